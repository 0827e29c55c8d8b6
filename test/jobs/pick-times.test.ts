import { describe, expect, test } from 'vitest';
import { PickTimes } from '../../src/jobs/pick-times.js';

const times = (pickCron: string, editionTimezone = 'UTC', freezeAfter = 0) =>
  new PickTimes({ pickCron, editionTimezone, freezeAfter });
const at = (text: string) => Date.parse(text);
const shown = ({ from, until }: { from: number; until: number }) => [
  new Date(from).toISOString(),
  new Date(until).toISOString(),
];

describe('the moments of PICK_CRON', () => {
  test('are found backwards, newest first', () => {
    const daily = times('0 16 * * *', 'Europe/Vienna');
    const four = at('2026-03-02T15:00:00Z');
    expect(daily.newest(four - 1, four)).toBe(four);
    expect(daily.newest(four, four + 3_600_000)).toBeNull();
    expect(daily.newest(0, four - 1)).toBe(at('2026-03-01T15:00:00Z'));
  });

  test('are found forwards, to the second where they have seconds', () => {
    const exact = times('30 0 16 * * *');
    const moment = at('2026-03-02T16:00:30Z');
    expect(exact.first(at('2026-03-02T00:00:00Z'), at('2026-03-03T00:00:00Z'))).toBe(moment);
    expect(exact.first(moment, moment + 1)).toBe(moment);
    expect(exact.first(moment - 1, moment)).toBeNull();
    expect(exact.first(moment + 1, at('2026-03-03T00:00:00Z'))).toBeNull();
    expect(exact.newest(0, moment)).toBe(moment);
  });

  test('are the first of a day where the operator lives', () => {
    expect(times('0 6,18 * * *', 'Asia/Tokyo').firstOn('2026-03-02')).toBe(
      at('2026-03-01T21:00:00Z'),
    );
    expect(times('0 16 * * 1-5').firstOn('2026-03-01')).toBeNull();
  });
});

describe('what a weekly edition serves', () => {
  test.each([
    ['0 16 * * *', 'UTC', 0, ['2026-03-02T16:00', '2026-03-03T16:00']],
    ['0 16 * * *', 'UTC', 30, ['2026-03-02T16:30', '2026-03-03T16:30']],
    ['0 6,18 * * *', 'UTC', 0, ['2026-03-02T06:00', '2026-03-03T06:00']],
    ['* * * * * *', 'UTC', 0, ['2026-03-02T00:00', '2026-03-03T00:00']],
    // Until Wednesday; until the same day next week; a day without a run.
    ['0 16 * * 1,3', 'UTC', 0, ['2026-03-02T16:00', '2026-03-04T16:00']],
    ['0 16 2 * *', 'UTC', 0, ['2026-03-02T16:00', '2026-03-09T16:00']],
    ['0 16 * * 2', 'UTC', 0, ['2026-03-02T00:00', '2026-03-03T16:00']],
    // Clocks are moved in between: 8 March in New York.
    ['0 16 * * 1', 'America/New_York', 0, ['2026-03-02T21:00', '2026-03-09T20:00']],
  ] as const)('by %s in %s, frozen after %s minutes', (cron, zone, freezeAfter, window) => {
    const found = times(cron, zone, freezeAfter).weeklyWindow('2026-03-02');
    expect(shown(found)).toEqual(window.map((text) => `${text}:00.000Z`));
  });
});
