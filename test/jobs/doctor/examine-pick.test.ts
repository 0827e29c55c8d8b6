import { expect, test } from 'vitest';
import { examinePick } from '../../../src/jobs/doctor/examine-pick.js';

const NOW = Date.UTC(2026, 10, 30, 12);

function told(pickCron: string, editionTimezone = 'UTC', sources = ['huggingface']): string[] {
  const findings = examinePick({ pickCron, editionTimezone, freezeAfter: 0, sources }, NOW);
  return findings.map(({ warns, told: words, remedy }) => `${warns ?? false} ${words} ${remedy}`);
}

test.each([
  ['0 16 * * *', 'UTC', false, '16:00', 90],
  ['0 12 * * *', 'UTC', false, '12:00', 81],
  ['0 4 * * *', 'UTC', true, '04:00', 51],
  ['30 9 * * *', 'UTC', true, '09:30', 72],
  ['0 10 * * *', 'UTC', false, '10:00', 74],
  ['0 8 * * *', 'America/New_York', false, '13:00', 83],
  ['0 9 * * *', 'Europe/Vienna', true, '08:00', 66],
  ['0 0 * * *', 'UTC', true, '00:00', 40],
  ['59 23 * * *', 'UTC', false, '23:59', 100],
])('%s in %s', (cron, zone, warns, at, share) => {
  const [line, ...others] = told(cron, zone);
  expect(others).toEqual([]);
  expect(line).toContain(
    `${warns} editions are picked at ${at} UTC, when Hugging Face has listed about ${share} % of a day's papers`,
  );
  expect(line?.includes('set PICK_CRON to a later hour')).toBe(warns);
});

test('nothing is said of other sources, or where nothing is picked in a week', () => {
  expect(told('0 4 * * *', 'UTC', ['arxiv', 'feed'])).toEqual([]);
  expect(told('0 0 29 2 *')).toEqual([]);
});
