import { afterEach, beforeEach, expect, test } from 'vitest';
import { PaperboyError } from '../../src/base/errors.js';
import { LateLeaves } from '../../src/web/late-leaves.js';
import { type Noted, notingLogger } from '../sources/asking.js';
import { HOUR, MINUTE, MovableClock, SECOND } from '../store/clock.js';

const MOST = 3;

let clock: MovableClock;
let noted: Noted;
let leaves: LateLeaves;
let isFull: boolean;
let tries: unknown[];
let done: unknown[];
beforeEach(() => {
  clock = new MovableClock();
  noted = notingLogger();
  leaves = new LateLeaves({ clock, logger: noted.logger, most: MOST });
  isFull = true;
  tries = [];
  done = [];
});
afterEach(() => leaves.close());

const work = (who: unknown) => async () => {
  tries.push(who);
  if (isFull) throw new PaperboyError('store_full', 'The disk is full.');
  done.push(who);
};
const leave = (who: number | string) =>
  leaves.leave(who, work(who)).then(
    () => 'done',
    (error: PaperboyError) => error.code,
  );
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number, step = SECOND): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step);
    await settle();
  }
}

test('a disk that is full for a day: who asked once has left a minute after', async () => {
  expect(await leave(1)).toBe('store_full');
  await pass(24 * HOUR, 10 * SECOND);
  expect(done).toEqual([]);
  // About once a minute, not once a second.
  expect(tries.length).toBeLessThan(24 * 60 + 20);
  isFull = false;
  await pass(MINUTE + 10 * SECOND);
  expect(done).toEqual([1]);
  tries.length = 0;
  await pass(HOUR, MINUTE);
  expect(tries).toEqual([]);
  expect(noted.lines).toEqual([]);
});

test('however often one asks, and however many: one try a round while it fails, each once after', async () => {
  for (let n = 0; n < 1_000; n++) await leave(n % MOST);
  tries.length = 0;
  await pass(SECOND);
  expect(tries).toHaveLength(1);
  await pass(10 * MINUTE);
  expect(tries.length).toBeLessThan(20);
  // One after the other: what only one of them meets holds up nobody.
  expect(new Set(tries).size).toBe(MOST);
  isFull = false;
  await pass(2 * MINUTE);
  expect([...done].sort()).toEqual([0, 1, 2]);
});

test('once a leave is taken, all others are, without a pause', async () => {
  await leave(1);
  await leave(2);
  await pass(HOUR, MINUTE);
  isFull = false;
  expect(await leave(2)).toBe('done');
  await settle();
  expect(done).toEqual([2, 1]);
});

test('what somebody has taken back is not done', async () => {
  await leave('ada@reader.test');
  leaves.forget('ada@reader.test');
  isFull = false;
  await pass(MINUTE);
  expect(done).toEqual([]);
});

test('giving up is told, without an address: where too many wait, at the end, and for any other reason', async () => {
  for (const who of [1, 2, 'ada@reader.test']) await leave(who);
  expect(noted.lines).toEqual([]);
  await leave(4);
  expect(noted.lines).toMatchObject([{ event: 'leave_not_done', level: 'error', subscriber: 4 }]);
  leaves.close();
  expect(noted.lines.slice(1)).toMatchObject([{ subscriber: 1 }, { subscriber: 2 }, {}]);
  expect(noted.lines).toHaveLength(4);
  expect(JSON.stringify(noted.lines)).not.toContain('ada@');
});

test('what does not pass by itself is told and not tried again', async () => {
  let fails = 0;
  const failing = async () => {
    fails++;
    throw new PaperboyError(fails === 1 ? 'store_busy' : 'store_corrupt', 'It is in trouble.');
  };
  await leaves.leave(7, failing).catch(() => undefined);
  await pass(HOUR, MINUTE);
  expect(fails).toBe(2);
  expect(noted.lines).toMatchObject([{ event: 'leave_not_done', subscriber: 7 }]);
});
