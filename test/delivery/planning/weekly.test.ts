import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, dayAt, dayOfWeek } from '../../../src/base/day.js';
import { timezones } from '../../../src/base/timezones.js';
import type { DuePreferences } from '../../../src/delivery/planning/due.js';
import { weeklyDueAt } from '../../../src/delivery/planning/weekly.js';
import { PickTimes } from '../../../src/jobs/pick-times.js';
import { WEEKDAYS } from '../../../src/subscribers/preferences.js';

const preferences = fc.record({
  timezone: fc.constantFrom(...timezones()),
  hour: fc.option(fc.integer({ min: 0, max: 23 })),
  frequency: fc.constant('weekly' as const),
  weekday: fc.constantFrom(...WEEKDAYS),
});
const settings = fc.record({
  pickCron: fc.constantFrom('0 16 * * *', '30 3 * * 1-5', '0 6,18 * * *', '0 9 * * 3'),
  editionTimezone: fc.constantFrom('UTC', 'Europe/Vienna', 'America/New_York', 'Asia/Tokyo'),
  freezeAfter: fc.constantFrom(0, 45),
});

/** The moments at which weekly editions of so many days are due for a reader. */
function dues(wanted: DuePreferences, times: PickTimes, first: string, days: number): number[] {
  const found: number[] = [];
  for (let n = 0; n < days; n++) {
    const day = addDays(first, n);
    if (times.firstOn(day) === null) continue;
    const due = weeklyDueAt(times.weeklyWindow(day), wanted);
    if (due !== null) found.push(due);
  }
  return found;
}

describe('weekly editions', () => {
  test('serve every reader once a week, on their day, wherever and whenever that is', () => {
    const start = fc.integer({ min: 0, max: 400 }).map((days) => addDays('2026-01-01', days));
    fc.assert(
      fc.property(preferences, settings, start, (wanted, how, first) => {
        const served = dues(wanted, new PickTimes(how), first, 30);
        // Of 30 days, the first and the last week may be cut.
        expect(served.length).toBeGreaterThanOrEqual(3);
        for (const [index, due] of served.entries()) {
          expect(WEEKDAYS[dayOfWeek(dayAt(due, wanted.timezone)) - 1]).toBe(wanted.weekday);
          const before = served[index - 1];
          if (before === undefined) continue;
          expect(dayAt(due, wanted.timezone)).toBe(addDays(dayAt(before, wanted.timezone), 7));
        }
      }),
      { numRuns: 25 },
    );
  });

  /** It is picked at four in the afternoon. Monday is 2 March. */
  const times = new PickTimes({
    pickCron: '0 16 * * *',
    editionTimezone: 'UTC',
    freezeAfter: 0,
  });

  test.each([
    ['the morning has what ended the evening before', 'UTC', 7, '2026-03-01', '2026-03-02T07:00Z'],
    ['the evening has the day itself', 'UTC', 20, '2026-03-02', '2026-03-02T20:00Z'],
    ['the very hour has the day itself', 'UTC', 16, '2026-03-02', '2026-03-02T16:00Z'],
    ['no hour has it as soon as it is ready', 'UTC', null, '2026-03-02', '2026-03-02T16:00Z'],
    [
      'no hour far in the east has it that day',
      'Asia/Tokyo',
      null,
      '2026-03-01',
      '2026-03-01T16:00Z',
    ],
    ['the far west has it that day', 'Pacific/Honolulu', 7, '2026-03-02', '2026-03-02T17:00Z'],
    ['the first to see Monday', 'Pacific/Kiritimati', 0, '2026-02-28', '2026-03-01T10:00Z'],
    ['the last to see Monday', 'Etc/GMT+12', 23, '2026-03-02', '2026-03-03T11:00Z'],
  ] as const)('%s', (_what, timezone, hour, day, due) => {
    const wanted = { timezone, hour, frequency: 'weekly', weekday: 'monday' } as const;
    const serving = [0, 1, 2, 3, 4, 5, 6].map((n) => addDays('2026-02-26', n));
    const found = serving.flatMap((date) => {
      const moment = weeklyDueAt(times.weeklyWindow(date), wanted);
      return moment === null ? [] : [{ date, due: new Date(moment) }];
    });
    expect(found).toEqual([{ date: day, due: new Date(due) }]);
  });

  test('leave who becomes a reader after their hour to the next week', () => {
    const wanted = { timezone: 'UTC', hour: 7, frequency: 'weekly', weekday: 'monday' } as const;
    const window = times.weeklyWindow('2026-03-01');
    const seven = Date.UTC(2026, 2, 2, 7);
    expect(weeklyDueAt(window, wanted, seven)).toBe(seven);
    expect(weeklyDueAt(window, wanted, seven + 1)).toBeNull();
  });
});
