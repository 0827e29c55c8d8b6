import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../src/base/day.js';
import { timezones } from '../../src/base/timezones.js';
import { PickTimes } from '../../src/jobs/pick-times.js';

// Clocks that are moved, in all zones and from 2024 to 2030: an hour in spring and autumn, half an
// hour on Lord Howe, at midnight in Cairo, Santiago, Beirut and Asuncion, over midnight in Nuuk, for
// a month in Casablanca. Whatever happens on the wall, each day has one edition. The oracle asks
// nothing but Intl.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const [BEGIN, END] = [Date.UTC(2024, 0), Date.UTC(2031, 0)];

/** What the wall is ahead of UTC. */
function offsetIn(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
  };
}

/** A clock that is moved: when, and what it is ahead of UTC before and from then on. */
interface Change {
  at: number;
  before: number;
  after: number;
}

function changesIn(timezone: string): Change[] {
  const offset = offsetIn(timezone);
  const found: Change[] = [];
  for (let at = BEGIN; at < END; at += 10 * DAY) {
    let [low, high] = [at, at + 10 * DAY];
    const [before, after] = [offset(low), offset(high)];
    if (before === after) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    found.push({ at: high, before, after });
  }
  return found;
}

/** The zones whose clocks are moved, each set of moves once. */
const moved = new Map<string, { zone: string; changes: Change[] }>();
for (const zone of timezones()) {
  const changes = changesIn(zone);
  if (changes.length > 0) moved.set(JSON.stringify(changes), { zone, changes });
}
const zones = [...moved.values()];
const anyChange = fc
  .constantFrom(...zones)
  .chain(({ zone, changes }) =>
    fc.record({ zone: fc.constant(zone), change: fc.constantFrom(...changes) }),
  );

const times = (pickCron: string, editionTimezone: string) =>
  new PickTimes({ pickCron, editionTimezone, freezeAfter: 0 });
const cronAt = (wall: number, days = '*') =>
  `${new Date(wall).getUTCMinutes()} ${new Date(wall).getUTCHours()} * * ${days}`;
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
const dayAt = (wall: number) => new Date(wall).toISOString().slice(0, 10);

/** The moments from `from` on and before `until`, one after the other. */
function all(picks: PickTimes, from: number, until: number): number[] {
  const found: number[] = [];
  for (let at = picks.first(from, until); at !== null; at = picks.first(at + 1, until))
    found.push(at);
  return found;
}

test('zones of all kinds are among them', () => {
  expect(zones.length).toBeGreaterThan(20);
  const widths = new Set(
    zones.flatMap(({ changes }) => changes.map(({ before, after }) => after - before)),
  );
  expect([...widths]).toEqual(expect.arrayContaining([HOUR, -HOUR, HOUR / 2, -HOUR / 2]));
});

describe('each time that a clock is moved, in each zone', () => {
  /** Where a time lies between the first and the last minute that are skipped, or shown twice. */
  const anyPlace = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
  const between = (from: number, until: number, place: number) =>
    from + Math.round(((until - MINUTE - from) * place) / MINUTE) * MINUTE;

  test('a time that is skipped comes as the gap ends, of the day that it names', () => {
    const gap = anyChange.filter(({ change }) => change.after > change.before);
    fc.assert(
      fc.property(gap, anyPlace, ({ zone, change: { at, before, after } }, place) => {
        const wall = between(at + before, at + after, place);
        const picks = times(cronAt(wall), zone);
        expect([iso(picks.firstOn(dayAt(wall))), picks.dayOf(at)]).toEqual([iso(at), dayAt(wall)]);
        expect(iso(picks.newest(at - 1, at))).toBe(iso(at));
        expect(iso(picks.first(at, at + 1))).toBe(iso(at));
        // None before and after on that day.
        expect(picks.newest(at - 6 * HOUR, at - 1)).toBeNull();
        expect(picks.first(at + 1, at + 6 * HOUR)).toBeNull();
      }),
      { numRuns: 120 },
    );
  });

  test('a time that is shown twice counts the first time', () => {
    const overlap = anyChange.filter(({ change }) => change.after < change.before);
    fc.assert(
      fc.property(overlap, anyPlace, ({ zone, change: { at, before, after } }, place) => {
        const wall = between(at + after, at + before, place);
        const picks = times(cronAt(wall), zone);
        const [first, second] = [wall - before, wall - after];
        expect(iso(picks.firstOn(dayAt(wall)))).toBe(iso(first));
        expect(iso(picks.newest(first - 1, second))).toBe(iso(first));
        expect(picks.first(first + 1, second + 6 * HOUR)).toBeNull();
      }),
      { numRuns: 120 },
    );
  });
});

describe('whatever the time on the wall', () => {
  const anyWall = fc.integer({ min: 0, max: 24 * 60 - 1 }).map((minutes) => minutes * MINUTE);

  test('each day has one moment, at that time or the first later one', () => {
    fc.assert(
      fc.property(anyChange, anyWall, ({ zone, change }, time) => {
        const picks = times(cronAt(time), zone);
        const offset = offsetIn(zone);
        const found = all(picks, change.at - 2 * DAY, change.at + 2 * DAY);
        const days = found.map((at) => picks.dayOf(at));
        expect(days).toEqual(days.map((_day, n) => addDays(days[0] ?? '', n)));
        expect(days.length).toBeGreaterThanOrEqual(3);
        for (const [n, at] of found.entries()) {
          const wall = Date.parse(days[n] ?? '') + time;
          expect(at + offset(at)).toBeGreaterThanOrEqual(wall);
          expect(at - 1 + offset(at - 1)).toBeLessThan(wall);
          expect(iso(picks.firstOn(days[n] ?? ''))).toBe(iso(at));
        }
        // The same ones backwards.
        const back: number[] = [];
        for (let to = change.at + 2 * DAY - 1; ; to = (back[0] ?? 0) - 1) {
          const newest = picks.newest(change.at - 2 * DAY - 1, to);
          if (newest === null) break;
          back.unshift(newest);
        }
        expect(back).toEqual(found);
      }),
      { numRuns: 60 },
    );
  });

  test('each week has one, and weekly editions follow each other without a hole', () => {
    fc.assert(
      fc.property(
        anyChange,
        anyWall,
        fc.integer({ min: 0, max: 6 }),
        ({ zone, change }, time, day) => {
          const picks = times(cronAt(time, String(day)), zone);
          const found = all(picks, change.at - 15 * DAY, change.at + 15 * DAY);
          expect(found.length).toBeGreaterThanOrEqual(4);
          for (const [n, at] of found.slice(0, -1).entries()) {
            const date = picks.dayOf(at);
            expect(new Date(date).getUTCDay()).toBe(day);
            const { from, until } = picks.weeklyWindow(date);
            expect([iso(from), iso(until)]).toEqual([iso(at), iso(found[n + 1] ?? 0)]);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('hours that are counted as they pass are counted on', () => {
    fc.assert(
      fc.property(
        anyChange,
        fc.constantFrom('*/30 * * * *', '0,30 */1 * * *'),
        ({ zone, change }, cron) => {
          const found = all(times(cron, zone), change.at - 5 * HOUR, change.at + 5 * HOUR);
          expect(new Set(found).size).toBe(found.length);
          const gaps = found.slice(1).map((at, n) => at - (found[n] ?? 0));
          expect(Math.max(...gaps)).toBeLessThanOrEqual(HOUR / 2);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test.each([
  ['Europe/Berlin', '30 2 * * *', '2026-03-29', '2026-03-29T01:00'],
  ['Europe/Berlin', '30 2 * * *', '2026-10-25', '2026-10-25T00:30'],
  ['Africa/Cairo', '0 0 * * *', '2026-04-24', '2026-04-23T22:00'],
  ['America/Santiago', '0 0 * * *', '2026-09-06', '2026-09-06T04:00'],
  ['Asia/Beirut', '0 0 * * *', '2026-03-29', '2026-03-28T22:00'],
  ['America/Asuncion', '0 0 * * *', '2024-10-06', '2024-10-06T04:00'],
  ['Australia/Lord_Howe', '15 2 * * *', '2026-10-04', '2026-10-03T15:30'],
  ['America/Nuuk', '30 23 * * *', '2026-03-28', '2026-03-29T01:00'],
  ['Europe/Berlin', '15 30 2 * * *', '2026-03-29', '2026-03-29T01:00'],
])('in %s %s of %s is at %s', (zone, cron, day, at) => {
  expect(iso(times(cron, zone).firstOn(day))).toBe(`${at}:00.000Z`);
});
