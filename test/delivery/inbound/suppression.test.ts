import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { InboundDesk } from './desk.js';

const DAY = 24 * HOUR;

let temp: TempStore;
let desk: InboundDesk;
let ada: Subscriber;
beforeEach(async () => {
  temp = await tempStore();
  desk = new InboundDesk(temp.store, temp.clock, temp.file);
  ada = await desk.reader();
});
afterEach(() => temp.close());

/** One mail a day; gives their numbers. */
async function daily(days: number): Promise<number[]> {
  const ids: number[] = [];
  for (let day = 0; day < days; day++) {
    ids.push(await desk.send(ada));
    temp.clock.advance(DAY);
  }
  return ids;
}

/** A mail a day, each of which comes back an hour later; what followed from each. */
async function bouncing(days: number, status: string, apart = DAY): Promise<string[]> {
  const actions: string[] = [];
  for (let day = 0; day < days; day++) {
    const id = await desk.send(ada);
    temp.clock.advance(HOUR);
    actions.push(await desk.bounce(id, { status }));
    temp.clock.advance(apart - HOUR);
  }
  return actions;
}

const counted = (count: number) => Array(count).fill('counted');

describe('a mailbox that is gone', () => {
  test('is suppressed at once where it never took a mail', async () => {
    expect(await bouncing(1, '5.1.1')).toEqual(['suppressed']);
  });

  test('is suppressed at once though the relay accepted more before the first came back', async () => {
    const [first] = await daily(3);
    expect(await desk.bounce(first ?? 0)).toBe('suppressed');
  });

  test('is believed on a later day where it took mail for weeks', async () => {
    await daily(21);
    expect(await bouncing(3, '5.1.1')).toEqual(['counted', 'counted', 'suppressed']);
  });

  test('is not believed by one bounce that is handed in on several days', async () => {
    await daily(21);
    const id = await desk.send(ada);
    for (let day = 0; day < 5; day++) {
      expect(await desk.bounce(id, { status: `5.1.${day}` })).toBe('counted');
      temp.clock.advance(DAY);
    }
    expect(await desk.suppression()).toBeNull();
  });

  test('is judged by when its mails went out, where all bounces are read at once', async () => {
    await daily(21);
    const ids = await daily(3);
    const actions: string[] = [];
    for (const id of ids) actions.push(await desk.bounce(id));
    expect(actions).toEqual(['counted', 'counted', 'suppressed']);
  });

  test('is there again where a mail was taken since and nothing came back of it for a week', async () => {
    const [first] = await daily(9);
    expect(await desk.bounce(first ?? 0)).toBe('counted');
    expect(desk.state(first ?? 0)).toBe('bounced');
  });

  test('is suppressed by a refusal and a bounce together', async () => {
    await daily(21);
    expect(await bouncing(1, '5.1.1')).toEqual(['counted']);
    await desk.send(ada, '550 5.1.1 No such user');
    temp.clock.advance(DAY);
    expect(await bouncing(1, '5.1.1')).toEqual(['suppressed']);
  });
});

describe('a mailbox that fails for a while', () => {
  test.each([
    ['daily', DAY],
    ['weekly', 7 * DAY],
  ])('is suppressed by the fifth of %s mails', async (_how, apart) => {
    await daily(3);
    expect(await bouncing(5, '5.2.1', apart)).toEqual([...counted(4), 'suppressed']);
  });

  test('is not by five on four days, nor beyond thirty', async () => {
    const twice = [];
    for (let n = 0; n < 2; n++) twice.push(await desk.send(ada));
    for (const id of twice) expect(await desk.bounce(id, { status: '5.2.1' })).toBe('counted');
    temp.clock.advance(DAY);
    expect(await bouncing(3, '5.2.1')).toEqual(counted(3));
    temp.clock.advance(28 * DAY);
    expect(await bouncing(1, '5.2.1')).toEqual(counted(1));
  });

  test('is forgiven by a mail that is accepted and does not come back', async () => {
    expect(await bouncing(4, '4.4.7')).toEqual(counted(4));
    await daily(1);
    expect(await bouncing(4, '4.4.7')).toEqual(counted(4));
    expect(await bouncing(1, '4.4.7')).toEqual(['suppressed']);
  });

  test('is not forgiven by one that comes back days later, as they do while a server is away', async () => {
    const ids = await daily(9);
    const actions: string[] = [];
    for (const id of ids.slice(0, 5)) actions.push(await desk.bounce(id, { status: '4.4.7' }));
    expect(actions).toEqual([...counted(4), 'suppressed']);
  });
});

test('the order in which bounces are read makes no difference', async () => {
  const status = fc.constantFrom('5.1.1', '5.2.1', '5.2.2', null);
  const days = fc.array(status, { minLength: 2, maxLength: 6 });
  let readers = 0;
  await fc.assert(
    fc.asyncProperty(days, fc.infiniteStream(fc.nat()), async (statuses, chance) => {
      const suppressed: boolean[] = [];
      const places = statuses.map((_, n) => n);
      const keys = new Map(places.map((n) => [n, chance.next().value as number]));
      const shuffled = [...places].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
      for (const order of [places, shuffled]) {
        const email = `reader${++readers}@reader.test`;
        const reader = await desk.reader(email);
        const ids: number[] = [];
        for (const _ of statuses) {
          ids.push(await desk.send(reader));
          temp.clock.advance(DAY);
        }
        for (const n of order) {
          const one = statuses[n];
          if (one) await desk.bounce(ids[n] ?? 0, { status: one, recipient: email });
        }
        suppressed.push((await desk.suppression(email)) !== null);
      }
      expect(suppressed[1]).toBe(suppressed[0]);
    }),
    { numRuns: 12 },
  );
});

test('a full mailbox is given more time', async () => {
  await daily(3);
  expect(await bouncing(8, '5.2.2')).toEqual([...counted(7), 'suppressed']);
});

test('what is about us suppresses nobody, and is no acceptance either', async () => {
  expect(await bouncing(40, '5.7.1')).toEqual(counted(40));
  expect(await desk.suppression()).toBeNull();
  expect(await bouncing(1, '5.1.1')).toEqual(['suppressed']);
});

test('what went out before the operator lifted a suppression counts no more', async () => {
  const [first, second] = await daily(2);
  expect(await desk.bounce(first ?? 0)).toBe('suppressed');
  const { subscribers } = temp.store;
  const suppression = found(await desk.suppression());
  const word = { at: temp.clock.now(), event: 'unsuppressed', reason: 'operator' } as const;
  await subscribers.unsuppress(suppression, { ...word, detail: null });
  await subscribers.readmit(ada.email, 'active', temp.clock.now());
  expect(await desk.bounce(second ?? 0)).toBe('counted');
  expect(await desk.suppression()).toBeNull();
});
