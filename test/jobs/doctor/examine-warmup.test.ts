import { expect, test } from 'vitest';
import { addDays } from '../../../src/base/day.js';
import type { WarmupDay } from '../../../src/delivery/throttle/warmup.js';
import { examineWarmup } from '../../../src/jobs/doctor/examine-warmup.js';

const FROM = '2026-12-01';
const warmup = { from: FROM, first: 200 };

async function told(day: number, dailyCap: number | null, ...days: WarmupDay[]) {
  const store = { slowedDays: async () => days };
  const findings = await examineWarmup({ dailyCap, warmup }, store, addDays(FROM, day));
  return findings.map(({ warns, told: words }) => [warns ?? false, words]);
}

test('the cap of a day is told, and whether servers have lowered it', async () => {
  expect(await told(7, null)).toEqual([[false, 'WARMUP lets 637 mails go today']]);
  const bad = { day: addDays(FROM, 3), taken: 100, slowed: 50 };
  expect(await told(7, null, bad)).toEqual([
    [true, expect.stringMatching(/^WARMUP lets 387 mails go today instead of 637, for servers/)],
  ]);
  expect(await told(43, null, bad)).toEqual([
    [true, expect.stringMatching(/^WARMUP lets 150,075 mails go today instead of any number/)],
  ]);
});

test('nothing is told where nothing is warmed up', async () => {
  expect(await told(-1, null)).toEqual([]);
  expect(await told(42, null)).toEqual([]);
  expect(await told(9, 300)).toEqual([]);
  const store = { slowedDays: () => Promise.reject(new Error('not asked')) };
  expect(await examineWarmup({ dailyCap: 5, warmup: null }, store, FROM)).toEqual([]);
});
