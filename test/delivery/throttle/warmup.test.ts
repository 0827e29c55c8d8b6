import { describe, expect, test } from 'vitest';
import { addDays } from '../../../src/base/day.js';
import { toDailyCap, WARMUP_DAYS } from '../../../src/delivery/throttle/warmup.js';

const FROM = '2026-12-01';
const warmup = { from: FROM, first: 200 };

describe('the daily cap', () => {
  test('without a warm-up is the same each day', () => {
    expect(toDailyCap(FROM, { dailyCap: null, warmup: null })).toBeNull();
    expect(toDailyCap(FROM, { dailyCap: 500, warmup: null })).toBe(500);
  });

  test('grows by half each day of a warm-up', () => {
    const days = Array.from({ length: 15 }, (_, day) => addDays(FROM, day));
    expect(days.map((day) => toDailyCap(day, { dailyCap: null, warmup }))).toEqual([
      200, 300, 450, 675, 1_012, 1_518, 2_278, 3_417, 5_125, 7_688, 11_533, 17_299, 25_949, 38_923,
      58_385,
    ]);
  });

  test('is never more than DAILY_CAP', () => {
    const caps = [0, 3, 4, 5, 40, 44, 45, 400].map((day) =>
      toDailyCap(addDays(FROM, day), { dailyCap: 1_000, warmup }),
    );
    expect(caps).toEqual([200, 675, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
    expect(toDailyCap(FROM, { dailyCap: 50, warmup })).toBe(50);
  });

  test('before a warm-up and after its last day is DAILY_CAP, or none', () => {
    for (const day of [addDays(FROM, -1), addDays(FROM, WARMUP_DAYS)]) {
      expect(toDailyCap(day, { dailyCap: null, warmup })).toBeNull();
      expect(toDailyCap(day, { dailyCap: 70, warmup })).toBe(70);
    }
    expect(toDailyCap(addDays(FROM, WARMUP_DAYS - 1), { dailyCap: null, warmup })).toBeGreaterThan(
      1e9,
    );
  });
});
