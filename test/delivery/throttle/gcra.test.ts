import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  grantSlots,
  LONGEST_DEBT,
  LOOKAHEAD,
  type SlotsWanted,
} from '../../../src/delivery/throttle/gcra.js';

const START = 1_772_438_400_000_000;
const ask = (changes: Partial<SlotsWanted> = {}) =>
  grantSlots({
    ...{ now: START, next: 0, interval: 20_000, wanted: 1, notBefore: 0, urgent: false },
    ...changes,
  });

/** One of several senders asks, some time after the one before. */
const question = fc.record({
  after: fc.oneof(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 0, max: 5_000_000 })),
  wanted: fc.integer({ min: 1, max: 500 }),
});

describe('slots', () => {
  test('are at least an interval apart, whoever takes them, when and how many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000_000 }),
        fc.array(question, { minLength: 1, maxLength: 60 }),
        (interval, questions) => {
          let [now, next, last] = [START, 0, Number.NEGATIVE_INFINITY];
          for (const { after, wanted } of questions) {
            now += after;
            const given = ask({ now, next, interval, wanted });
            next = given.next;
            if (given.count === 0) continue;
            expect(given.count).toBeLessThanOrEqual(wanted);
            expect(given.first).toBeGreaterThanOrEqual(Math.max(now, last + interval));
            last = given.first + (given.count - 1) * interval;
            expect(last).toBeLessThanOrEqual(now + LOOKAHEAD);
            expect(next).toBe(last + interval);
          }
        },
      ),
    );
  });

  test('are not wasted: who keeps asking gets the whole rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 2_000_000 }),
        fc.integer({ min: 1_000, max: LOOKAHEAD }),
        (interval, pause) => {
          let [now, next, count] = [START, 0, 0];
          for (; now <= START + 20_000_000; now += pause) {
            const given = ask({ now, next, interval, wanted: 1_000_000 });
            next = given.next;
            count += given.count;
          }
          expect(count).toBeGreaterThanOrEqual(Math.floor(20_000_000 / interval));
        },
      ),
    );
  });

  test('are not saved up: who comes back late gets no burst', () => {
    const { next } = ask({ wanted: 10 });
    const late = ask({ now: START + 60_000_000, next, wanted: 1_000 });
    expect(late).toMatchObject({ first: START + 60_000_000, count: LOOKAHEAD / 20_000 + 1 });
  });

  test('do not begin before a pause ends', () => {
    const notBefore = START + 200_000;
    expect(ask({ notBefore, wanted: 3 })).toEqual({
      ...{ first: notBefore, count: 3, next: notBefore + 60_000 },
    });
    expect(ask({ notBefore: START + LOOKAHEAD + 1 })).toMatchObject({ count: 0, next: START });
  });

  test('are given to urgent mails at once, and those behind wait the longer', () => {
    const { next } = ask({ wanted: 10 });
    const urgent = ask({ next, wanted: 20, urgent: true });
    expect(urgent).toMatchObject({ count: 20, first: START, next: START + 30 * 20_000 });
    expect(ask({ next: urgent.next })).toMatchObject({ count: 0 });
  });

  test('come back after a minute, however many urgent mails there were', () => {
    const { next } = ask({ wanted: 1_000_000, urgent: true });
    expect(next).toBe(START + LONGEST_DEBT);
    expect(ask({ next, wanted: 10, urgent: true }).next).toBe(next);
    expect(ask({ now: START + LONGEST_DEBT, next })).toMatchObject({ count: 1 });
  });

  test('are not waited for when the clock was set back', () => {
    const { next } = ask({ wanted: 10 });
    const now = START - 3_600_000_000;
    expect(ask({ now, next })).toMatchObject({ count: 1, first: now });
  });
});
