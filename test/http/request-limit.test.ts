import { afterEach, describe, expect, test, vi } from 'vitest';
import { burstLimit, oneAtATime, type RequestLimit } from '../../src/http/request-limit.js';
import { notingLogger, QuickClock } from '../sources/asking.js';
import { type MovableClock, SECOND } from '../store/clock.js';
import { type TempStore, tempStore } from '../store/temp-store.js';

const { logger } = notingLogger();
let temp: TempStore | undefined;
afterEach(async () => {
  await temp?.close();
  temp = undefined;
});

test('a burst goes at once, and the rest at its rate, however long nobody asked', async () => {
  const clock = new QuickClock();
  const limit = burstLimit(clock, 50, 750);
  const times: number[] = [];
  const ask = () => limit.run(async () => times.push(clock.now()));
  for (let n = 0; n < 700; n++) await ask();
  clock.time += 3_600_000;
  for (let n = 0; n < 700; n++) await ask();
  const within = times.map((at) => times.filter((one) => one >= at && one < at + 300_000).length);
  expect(Math.max(...within)).toBeLessThanOrEqual(451);
  expect(times.filter((at) => at === times[0])).toHaveLength(50);
});

/** Lets time go by until all of it is done. */
async function pass(clock: MovableClock, work: Promise<unknown>[]): Promise<void> {
  let done = false;
  const all = Promise.all(work).finally(() => {
    done = true;
  });
  while (!done) {
    await vi.waitUntil(() => done || clock.sleeping > 0, { interval: 1 });
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await all;
}

describe('one at a time', () => {
  test('holds across processes, with an interval between the end of one and the next', async () => {
    temp = await tempStore();
    const { clock, store } = temp;
    const options = { clock, logger, leases: store.leases, name: 'asking', interval: 3 * SECOND };
    const limits = ['one', 'two', 'three'].map((holder) =>
      oneAtATime({ ...options, holder, longest: 30 * SECOND }),
    );
    const spans: [number, number][] = [];
    let open = 0;
    let most = 0;
    const request = async () => {
      most = Math.max(most, ++open);
      const began = clock.now();
      await clock.sleep(SECOND);
      open--;
      spans.push([began, clock.now()]);
    };
    await pass(
      clock,
      limits.flatMap((limit) => [limit.run(request), limit.run(request)]),
    );
    expect([spans.length, most]).toEqual([6, 1]);
    const intervals = spans.slice(1).map(([began], index) => began - (spans[index]?.[1] ?? 0));
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(3 * SECOND);
  });

  test('a process with a long row of requests takes turns with the others', async () => {
    temp = await tempStore();
    const { clock, store } = temp;
    const options = { clock, logger, leases: store.leases, name: 'asking', interval: 3 * SECOND };
    const limitOf = (holder: string) => oneAtATime({ ...options, holder, longest: 30 * SECOND });
    const [long, one, other] = [limitOf('long'), limitOf('one'), limitOf('other')];
    const asked: string[] = [];
    const ask = (limit: RequestLimit, who: string) => limit.run(async () => asked.push(who));
    const row = Array.from({ length: 12 }, (_, n) => ask(long, `long ${n}`));
    await pass(clock, row.slice(0, 3));
    await pass(clock, [ask(one, 'one'), ask(other, 'other')]);
    const before = asked.filter((who) => who.startsWith('long')).length;
    expect(before).toBeLessThanOrEqual(6);
    await pass(clock, [ask(one, 'one again')]);
    expect(asked.filter((who) => who.startsWith('long')).length).toBeLessThanOrEqual(before + 2);
    await pass(clock, row);
    expect(asked).toHaveLength(15);
  });

  test('whoever gives up does not stand in the way of the others', async () => {
    temp = await tempStore();
    const { clock, store } = temp;
    const options = { clock, logger, leases: store.leases, name: 'asking', interval: 3 * SECOND };
    const limitOf = (holder: string) => oneAtATime({ ...options, holder, longest: 30 * SECOND });
    await pass(clock, [limitOf('first').run(async () => 'asked')]);
    const stop = new AbortController();
    const waiting = limitOf('second').run(async () => 'asked', stop.signal);
    await vi.waitUntil(() => clock.sleeping > 0, { interval: 1 });
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
    const began = clock.now();
    await pass(clock, [limitOf('third').run(async () => 'asked')]);
    expect(clock.now() - began).toBeLessThanOrEqual(4 * SECOND);
  });

  test('a request that fails lets the next one through', async () => {
    temp = await tempStore();
    const clock = new QuickClock(temp.clock.now());
    const leases = { take: async () => true, release: async () => undefined };
    const times = { interval: 3_000, longest: 9_000 };
    const limit = oneAtATime({ clock, logger, leases, name: 'a', holder: 'b', ...times });
    await expect(limit.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limit.run(async () => 'yes')).toBe('yes');
    expect(clock.waits).toEqual([3_000]);
  });

  test('an answer is not lost over a lease that cannot be handed on, which is logged', async () => {
    const clock = new QuickClock();
    const noted = notingLogger();
    let asked = 0;
    const leases = {
      take: async (_name: string, _holder: string, ms: number) => {
        if (ms === 3_000) throw new Error('The store is away.');
        return true;
      },
      release: () => Promise.reject(new Error('The store is locked.')),
    };
    const times = { interval: 3_000, longest: 9_000 };
    const options = { clock, logger: noted.logger, leases, name: 'a', holder: 'b', ...times };
    const limit = oneAtATime(options);
    expect(await limit.run(async () => ++asked)).toBe(1);
    await expect(limit.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limit.run(async () => ++asked)).toBe(2);
    const told = noted.lines.map(({ err }) => (err as Error).message);
    const both = ['The store is locked.', 'The store is away.'];
    expect(told).toEqual([...both, ...both, ...both]);
    expect(clock.waits).toEqual([3_000, 3_000]);
  });
});
