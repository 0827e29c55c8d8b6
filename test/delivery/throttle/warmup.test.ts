import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../../src/base/day.js';
import { toDailyCap, WARMUP_STEPS, type WarmupDay } from '../../../src/delivery/throttle/warmup.js';

const FROM = '2026-12-01';
const warmup = { from: FROM, first: 200 };
const open = { dailyCap: null, warmup };
const dayOf = (n: number) => addDays(FROM, n);

/** Day `n` of the warm-up, counted from 0. */
const went = (n: number, taken: number, slowed: number): WarmupDay => ({
  ...{ day: dayOf(n), taken, slowed },
});

describe('the daily cap', () => {
  test('without a warm-up is the same each day', () => {
    expect(toDailyCap(FROM, { dailyCap: null, warmup: null })).toBeNull();
    expect(toDailyCap(FROM, { dailyCap: 500, warmup: null })).toBe(500);
  });

  test('grows by 18 % each day of a warm-up', () => {
    const days = Array.from({ length: 15 }, (_, n) => toDailyCap(dayOf(n), open));
    expect(days).toEqual([
      200, 236, 278, 328, 387, 457, 539, 637, 751, 887, 1_046, 1_235, 1_457, 1_719, 2_029,
    ]);
  });

  test('takes six weeks from 200 mails to 200,000', () => {
    const last = toDailyCap(dayOf(41), open) ?? 0;
    expect(last).toBe(177_089);
    expect(last * 1.18).toBeGreaterThan(200_000);
    expect(toDailyCap(dayOf(42), open)).toBeNull();
  });

  test('is never more than DAILY_CAP', () => {
    const caps = [0, 3, 10, 11, 40, 41, 42, 400].map((n) =>
      toDailyCap(dayOf(n), { dailyCap: 1_100, warmup }),
    );
    expect(caps).toEqual([200, 328, 1_046, 1_100, 1_100, 1_100, 1_100, 1_100]);
    expect(toDailyCap(FROM, { dailyCap: 50, warmup })).toBe(50);
  });

  test('before a warm-up and after its last day is DAILY_CAP, or none', () => {
    for (const day of [dayOf(-1), dayOf(WARMUP_STEPS), '2036-01-01']) {
      expect(toDailyCap(day, open)).toBeNull();
      expect(toDailyCap(day, { dailyCap: 70, warmup })).toBe(70);
    }
  });
});

describe('a day of a warm-up on which mails were slowed', () => {
  const caps = (count: number, ...days: WarmupDay[]) =>
    Array.from({ length: count }, (_, n) => toDailyCap(dayOf(n), open, days));

  test('is followed by one with as many mails where they were many', () => {
    expect(caps(5, went(1, 220, 12))).toEqual([200, 236, 236, 278, 328]);
  });

  test('is followed by one with fewer where they were very many', () => {
    expect(caps(7, went(4, 300, 75))).toEqual([200, 236, 278, 328, 387, 278, 328]);
  });

  test('changes nothing where they were few', () => {
    expect(caps(4, went(0, 200, 10), went(1, 10, 4), went(2, 0, 4))).toEqual([200, 236, 278, 328]);
  });

  test('never leads below the first day', () => {
    expect(caps(4, went(0, 0, 200), went(1, 10, 90), went(2, 0, 9))).toEqual([200, 200, 200, 200]);
  });

  test('puts off the end of the warm-up, and nothing brings it back', () => {
    const bad = [3, 9, 20].map((n) => went(n, 100, 100));
    const all = [...bad, went(51, 10, 90), went(60, 10, 90)];
    expect(toDailyCap(dayOf(50), open, all)).not.toBeNull();
    expect(toDailyCap(dayOf(51), open, all)).toBeNull();
    expect(toDailyCap(dayOf(52), open, all)).toBeNull();
    expect(toDailyCap(dayOf(61), open, all)).toBeNull();
  });

  test('never has more mails than without it, nor more than 18 % above the day before', () => {
    const days = fc.array(fc.record({ n: fc.nat(60), taken: fc.nat(500), slowed: fc.nat(200) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(days, fc.nat(60), (list, n) => {
        const history = list.map(({ n: day, taken, slowed }) => went(day, taken, slowed));
        const at = (day: number, known: WarmupDay[]) =>
          toDailyCap(dayOf(day), open, known) ?? Number.POSITIVE_INFINITY;
        expect(at(n, history)).toBeLessThanOrEqual(at(n, []));
        expect(at(n, history)).toBeGreaterThanOrEqual(200);
        if (at(n + 1, history) === Number.POSITIVE_INFINITY) return;
        expect(at(n + 1, history)).toBeLessThanOrEqual(at(n, history) * 1.18 + 1);
      }),
    );
  });
});
