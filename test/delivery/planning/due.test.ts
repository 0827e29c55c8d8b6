import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timezones } from '../../../src/base/timezones.js';
import { type DuePreferences, dueAt } from '../../../src/delivery/planning/due.js';
import { FREQUENCIES, WEEKDAYS, type Weekday } from '../../../src/subscribers/preferences.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clock and calendar on the wall say, as if it were UTC: the oracle asks nothing but Intl. */
function wall(at: number, timeZone: string): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    });
  formats.set(timeZone, format);
  const parts = format.formatToParts(at);
  const part = (type: string) => Number(parts.find((found) => found.type === type)?.value);
  const time = [part('hour'), part('minute'), part('second')] as const;
  return Date.UTC(part('year'), part('month') - 1, part('day'), ...time) + (at % SECOND);
}

/** A stretch of time in which the clock on the wall runs evenly. */
interface Stretch {
  from: number;
  until: number;
  offset: number;
}

/** The stretches between two moments; what the clock does is looked up every hour. */
function stretches(from: number, until: number, timezone: string): Stretch[] {
  const offset = (at: number) => wall(at, timezone) - at;
  const found: Stretch[] = [];
  let last = { from, until, offset: offset(from) };
  for (let at = from + HOUR; at <= until; at += HOUR) {
    if (offset(at) === last.offset) continue;
    let [before, after] = [at - HOUR, at];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offset(middle) === last.offset) before = middle;
      else after = middle;
    }
    found.push({ ...last, until: after });
    last = { from: after, until, offset: offset(after) };
  }
  return [...found, last];
}

/** Days of the calendar on the wall, as midnight in UTC, that a stretch has part of. */
function daysOf({ from, until, offset }: Stretch): number[] {
  const days: number[] = [];
  const midnight = Math.floor((from + offset) / DAY) * DAY;
  for (let day = midnight; day < until + offset; day += DAY) days.push(day);
  return days;
}

const isWeekend = (day: number) => [0, 6].includes(new Date(day).getUTCDay());

/**
 * When the preferences are met, by brute force: of each day that there is, the first moment at which the
 * clock on the wall shows the hour or more; of these, the first that is not before `from`.
 */
function expected(from: number, { timezone, hour, frequency, weekday }: DuePreferences): number {
  const known = stretches(from - 3 * DAY, from + 10 * DAY, timezone);
  const wanted = (day: number) =>
    frequency === 'weekly'
      ? WEEKDAYS[(new Date(day).getUTCDay() + 6) % 7] === weekday
      : frequency === 'daily' || !isWeekend(day);
  const today = Math.floor(wall(from, timezone) / DAY) * DAY;
  if (hour === null && wanted(today)) return from;
  const all = new Set(known.flatMap(daysOf));
  // The first of them may have begun before what is known of it.
  all.delete(Math.min(...all));
  const days = [...all].filter(wanted);
  const last = Math.max(...all);
  for (let day = Math.min(...all); frequency === 'weekly' && day < last; day += DAY) {
    if (!all.has(day) && wanted(day)) days.push(day + DAY);
  }
  const moments = days.map((day) => {
    const time = day + (hour ?? 0) * HOUR;
    const stretch = known.find(({ until, offset }) => until + offset > time);
    return stretch ? Math.max(stretch.from, time - stretch.offset) : Number.POSITIVE_INFINITY;
  });
  return Math.min(...moments.filter((moment) => moment >= from));
}

const anyZone = fc.constantFrom(...timezones());
const oddZone = fc.constantFrom(
  ...['Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Africa/Casablanca'],
  ...['Pacific/Kiritimati', 'Pacific/Apia', 'Etc/GMT+12', 'Etc/GMT-14', 'America/St_Johns'],
  ...['America/Nuuk', 'Asia/Beirut', 'America/Havana', 'Antarctica/Troll', 'Asia/Tehran'],
);
const anyMoment = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2037, 0) });
const wishIn = (zone: fc.Arbitrary<string>) =>
  fc.record({
    timezone: zone,
    hour: fc.option(fc.integer({ min: 0, max: 23 })),
    frequency: fc.constantFrom(...FREQUENCIES),
    weekday: fc.constantFrom(...WEEKDAYS),
  });

/** Moments when the clock of a zone is moved, in all the years from `first` on and before `end`. */
const changes = new Map<string, number[]>();
function changesIn(timezone: string, first = 1990, end = 2037): number[] {
  const key = `${timezone} ${first}`;
  const known = changes.get(key);
  if (known) return known;
  const found: number[] = [];
  let offset = wall(Date.UTC(first, 0), timezone) - Date.UTC(first, 0);
  for (let day = Date.UTC(first, 0); day < Date.UTC(end, 0); day += DAY) {
    if (wall(day, timezone) - day === offset) continue;
    const [, after] = stretches(day - DAY, day, timezone);
    if (after) found.push(after.from);
    offset = wall(day, timezone) - day;
  }
  changes.set(key, found);
  return found;
}

describe('whatever the zone, the hour and the moment', () => {
  const meets = (from: number, wanted: DuePreferences) => {
    const due = dueAt(from, wanted);
    expect(new Date(due)).toEqual(new Date(expected(from, wanted)));
    expect(new Date(dueAt(due, wanted))).toEqual(new Date(due));
  };

  test('a digest is due when its reader wants it', () => {
    fc.assert(
      fc.property(wishIn(anyZone), anyMoment, (wanted, from) => meets(from, wanted)),
      {
        numRuns: 300,
      },
    );
  });

  const near = fc.oneof(
    fc.integer({ min: -2, max: 2 }),
    fc.integer({ min: -3 * 24 * 60, max: 25 * 60 }).map((minutes) => minutes * MINUTE),
  );

  test('so it is in every zone whose clock is moved from 2024 to 2030', () => {
    const moved = timezones().flatMap((zone) => {
      // Mid-winter and mid-summer differ wherever a clock is moved twice a year.
      const differs = wall(Date.UTC(2026, 0), zone) - wall(Date.UTC(2026, 6), zone);
      return differs === Date.UTC(2026, 0) - Date.UTC(2026, 6) ? [] : [zone];
    });
    fc.assert(
      fc.property(wishIn(fc.constantFrom(...moved)), fc.nat(), near, (wanted, which, distance) => {
        const moments = changesIn(wanted.timezone, 2024, 2031);
        const change = moments[which % moments.length] ?? expect.fail(wanted.timezone);
        meets(change + distance, wanted);
      }),
      { numRuns: 80 },
    );
  });

  test('so it is around the moments when clocks are moved, to the millisecond', () => {
    fc.assert(
      fc.property(wishIn(oddZone), fc.nat(), near, (wanted, which, distance) => {
        const moments = changesIn(wanted.timezone);
        const change = moments[which % moments.length] ?? Date.UTC(2026, 2, 29);
        meets(change + distance, wanted);
      }),
      { numRuns: 400 },
    );
  });
});

/** Each line: zone, hour, frequency or the day of a weekly digest, from, due. */
const cases: [string, number | null, 'daily' | 'weekdays' | Weekday, string, string][] = [
  // Plain days.
  ['UTC', 7, 'daily', '2026-08-20T06:59:59.999Z', '2026-08-20T07:00:00Z'],
  ['UTC', 7, 'daily', '2026-08-20T07:00:00Z', '2026-08-20T07:00:00Z'],
  ['UTC', 7, 'daily', '2026-08-20T07:00:00.001Z', '2026-08-21T07:00:00Z'],
  ['UTC', null, 'daily', '2026-08-22T07:00:00.001Z', '2026-08-22T07:00:00.001Z'],
  ['Asia/Kathmandu', 6, 'daily', '2026-08-20T00:00:00Z', '2026-08-20T00:15:00Z'],
  ['Asia/Kathmandu', 6, 'daily', '2026-08-20T00:16:00Z', '2026-08-21T00:15:00Z'],
  // Friday evening in UTC is Saturday in Tokyo and still Friday in Honolulu.
  ['Asia/Tokyo', 9, 'weekdays', '2026-08-21T16:00:00Z', '2026-08-24T00:00:00Z'],
  ['Pacific/Honolulu', 9, 'weekdays', '2026-08-21T16:00:00Z', '2026-08-21T19:00:00Z'],
  ['Asia/Tokyo', null, 'weekdays', '2026-08-21T16:00:00Z', '2026-08-23T15:00:00Z'],
  ['UTC', 0, 'weekdays', '2026-08-21T00:00:00Z', '2026-08-21T00:00:00Z'],
  ['UTC', 0, 'weekdays', '2026-08-21T00:00:01Z', '2026-08-24T00:00:00Z'],
  // Weekly: that day where they live.
  ['UTC', 7, 'monday', '2026-08-23T16:00:00Z', '2026-08-24T07:00:00Z'],
  ['UTC', 7, 'monday', '2026-08-24T07:00:00Z', '2026-08-24T07:00:00Z'],
  ['UTC', 7, 'monday', '2026-08-24T07:00:00.001Z', '2026-08-31T07:00:00Z'],
  ['UTC', null, 'monday', '2026-08-24T16:00:00Z', '2026-08-24T16:00:00Z'],
  ['UTC', null, 'monday', '2026-08-23T16:00:00Z', '2026-08-24T00:00:00Z'],
  ['Asia/Tokyo', null, 'monday', '2026-08-23T16:00:00Z', '2026-08-23T16:00:00Z'],
  ['Pacific/Honolulu', 20, 'sunday', '2026-08-23T16:00:00Z', '2026-08-24T06:00:00Z'],
  ['Pacific/Kiritimati', 7, 'monday', '2026-08-23T16:00:00Z', '2026-08-23T17:00:00Z'],
  ['Europe/Berlin', 2, 'sunday', '2026-03-24T00:00:00Z', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', 2, 'sunday', '2026-10-20T00:00:00Z', '2026-10-25T00:00:00Z'],
  // Berlin springs from 02:00 to 03:00, and in autumn has 02:00 twice.
  ['Europe/Berlin', 2, 'daily', '2026-03-28T23:00:00Z', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', 3, 'daily', '2026-03-28T23:00:00Z', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', 7, 'daily', '2026-03-28T23:00:00Z', '2026-03-29T05:00:00Z'],
  ['Europe/Berlin', 7, 'daily', '2026-03-28T05:00:00Z', '2026-03-28T06:00:00Z'],
  ['Europe/Berlin', 2, 'daily', '2026-10-24T22:00:00Z', '2026-10-25T00:00:00Z'],
  ['Europe/Berlin', 2, 'daily', '2026-10-25T00:00:01Z', '2026-10-26T01:00:00Z'],
  ['Europe/Berlin', 7, 'daily', '2026-10-24T22:00:00Z', '2026-10-25T06:00:00Z'],
  // New York: the same on other days.
  ['America/New_York', 2, 'daily', '2026-03-08T05:00:00Z', '2026-03-08T07:00:00Z'],
  ['America/New_York', 8, 'daily', '2026-03-08T05:00:00Z', '2026-03-08T12:00:00Z'],
  ['America/New_York', 1, 'daily', '2026-11-01T04:00:00Z', '2026-11-01T05:00:00Z'],
  ['America/New_York', 8, 'daily', '2026-11-01T04:00:00Z', '2026-11-01T13:00:00Z'],
  // Lord Howe moves by half an hour: 02:00 is followed by 02:30, and 02:00 by 01:30.
  ['Australia/Lord_Howe', 2, 'daily', '2026-10-03T14:00:00Z', '2026-10-03T15:30:00Z'],
  ['Australia/Lord_Howe', 3, 'daily', '2026-10-03T14:00:00Z', '2026-10-03T16:00:00Z'],
  ['Australia/Lord_Howe', 2, 'daily', '2026-04-04T13:00:00Z', '2026-04-04T15:30:00Z'],
  ['Australia/Lord_Howe', 1, 'daily', '2026-04-04T13:00:00Z', '2026-04-04T14:00:00Z'],
  // Chatham springs from 02:45 to 03:45: 03:00 is met a quarter to four.
  ['Pacific/Chatham', 3, 'daily', '2026-09-26T12:00:00Z', '2026-09-26T14:00:00Z'],
  // Nuuk springs over the end of Saturday: its last hour is met as Sunday begins.
  ['America/Nuuk', 23, 'daily', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z'],
  // Who asks in that very moment gets it then.
  ['America/Nuuk', 23, 'daily', '2026-03-29T01:00:00Z', '2026-03-29T01:00:00Z'],
  ['America/Nuuk', 23, 'daily', '2026-03-29T01:00:00.001Z', '2026-03-30T00:00:00Z'],
  // Casablanca turns its clocks back for Ramadan: it has 02:00 twice in February.
  ['Africa/Casablanca', 2, 'daily', '2026-02-14T12:00:00Z', '2026-02-15T01:00:00Z'],
  ['Africa/Casablanca', 7, 'daily', '2026-02-15T05:00:00Z', '2026-02-15T07:00:00Z'],
  // Both sides of the date line: Saturday morning on one, Friday on the other.
  ['Pacific/Kiritimati', 9, 'weekdays', '2026-08-21T11:00:00Z', '2026-08-23T19:00:00Z'],
  ['Etc/GMT+12', 9, 'weekdays', '2026-08-21T11:00:00Z', '2026-08-21T21:00:00Z'],
  ['Pacific/Apia', 0, 'daily', '2026-08-21T11:00:00Z', '2026-08-21T11:00:00Z'],
  // Apia had no Friday, 30 December 2011: Thursday was followed by Saturday.
  ['Pacific/Apia', 7, 'daily', '2011-12-30T09:00:00Z', '2011-12-30T17:00:00Z'],
  ['Pacific/Apia', 7, 'weekdays', '2011-12-29T18:00:00Z', '2012-01-01T17:00:00Z'],
  ['Pacific/Apia', 7, 'friday', '2011-12-29T18:00:00Z', '2011-12-30T17:00:00Z'],
  ['Pacific/Apia', null, 'weekdays', '2011-12-30T10:00:00Z', '2012-01-01T10:00:00Z'],
];

describe('a digest', () => {
  test.each(cases)(
    'in %s at %s, %s: from %s on it is due at %s',
    (timezone, hour, when, from, due) => {
      const preferences: Omit<DuePreferences, 'frequency'> = {
        timezone,
        hour,
        weekday: 'wednesday',
      };
      const found = dueAt(
        Date.parse(from),
        when === 'daily' || when === 'weekdays'
          ? { ...preferences, frequency: when }
          : { ...preferences, frequency: 'weekly', weekday: when },
      );
      expect(new Date(found)).toEqual(new Date(due));
    },
  );
});
