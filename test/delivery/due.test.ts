import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timezones } from '../../src/base/day.js';
import { dueAt, type Wish } from '../../src/delivery/due.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clock and calendar on the wall say. */
function local(at: number, timeZone: string): { day: string; hour: number; minute: number } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en', {
      timeZone,
      weekday: 'short',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    });
  formats.set(timeZone, format);
  const parts = format.formatToParts(at);
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? '';
  return { day: part('weekday'), hour: Number(part('hour')), minute: Number(part('minute')) };
}

const isWeekend = (day: string) => day === 'Sat' || day === 'Sun';
const minutes = ({ hour, minute }: { hour: number; minute: number }) => 60 * hour + minute;

/** Whether the wish is met at this moment, by the clock on the wall. */
function meets(at: number, { timezone, hour, frequency }: Wish & { hour: number }): boolean {
  const now = local(at, timezone);
  if (frequency === 'weekdays' && isWeekend(now.day)) return false;
  if (now.hour === hour && now.minute === 0) return true;
  // A minute before, the hour was still to come; now it is over: it was skipped.
  const before = minutes(local(at - MINUTE, timezone));
  const jump = (minutes(now) - before + 24 * 60) % (24 * 60);
  return jump > 1 && (60 * hour - before + 24 * 60) % (24 * 60) < jump;
}

const anyZone = fc.constantFrom(...timezones());
const anyMoment = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2037, 0) });
const wish = fc.record({
  timezone: anyZone,
  hour: fc.integer({ min: 0, max: 23 }),
  frequency: fc.constantFrom('daily' as const, 'weekdays' as const),
});

describe('whatever the zone, the hour and the moment', () => {
  test('a digest is due when its reader wants it, within days', () => {
    fc.assert(
      fc.property(wish, anyMoment, (wanted, from) => {
        const due = dueAt(from, wanted);
        expect(due).toBeGreaterThanOrEqual(from);
        expect(due - from).toBeLessThan(8 * DAY);
        expect(meets(due, wanted)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('it is due no later than it could be', () => {
    fc.assert(
      fc.property(wish, anyMoment, (wanted, from) => {
        const due = dueAt(from, wanted);
        const quarter = 15 * MINUTE;
        for (let at = Math.ceil(from / quarter) * quarter; at < due; at += quarter) {
          // Only the first of two equal hours counts, and that one was over.
          const again = minutes(local(at - HOUR, wanted.timezone));
          const doubled = again === minutes(local(at, wanted.timezone));
          if (!doubled && meets(at, wanted)) expect(new Date(at)).toEqual(new Date(due));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('without an hour it is due at once, or when the week begins', () => {
    const noHour = fc.record({
      timezone: anyZone,
      hour: fc.constant(null),
      frequency: wish.map(({ frequency }) => frequency),
    });
    fc.assert(
      fc.property(noHour, anyMoment, (wanted, from) => {
        const due = dueAt(from, wanted);
        const waits =
          wanted.frequency === 'weekdays' && isWeekend(local(from, wanted.timezone).day);
        if (!waits) {
          expect(due).toBe(from);
        } else {
          expect(local(due, wanted.timezone).day).toBe('Mon');
          expect(isWeekend(local(due - MINUTE, wanted.timezone).day)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('asking again at that moment gives the same moment', () => {
    fc.assert(
      fc.property(wish, anyMoment, (wanted, from) => {
        const due = dueAt(from, wanted);
        expect(dueAt(due, wanted)).toBe(due);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Each line: zone, hour, frequency, from, due. */
const cases: [string, number | null, Wish['frequency'], string, string][] = [
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
  // Apia had no Friday, 30 December 2011: Thursday was followed by Saturday.
  ['Pacific/Apia', 7, 'daily', '2011-12-30T09:00:00Z', '2011-12-30T17:00:00Z'],
  ['Pacific/Apia', 7, 'weekdays', '2011-12-29T18:00:00Z', '2012-01-01T17:00:00Z'],
  ['Pacific/Apia', null, 'weekdays', '2011-12-30T10:00:00Z', '2012-01-01T10:00:00Z'],
];

describe('a digest', () => {
  test.each(cases)(
    'in %s at %s, %s: from %s on it is due at %s',
    (zone, hour, frequency, from, due) => {
      const found = dueAt(Date.parse(from), { timezone: zone, hour, frequency });
      expect(new Date(found)).toEqual(new Date(due));
    },
  );
});
