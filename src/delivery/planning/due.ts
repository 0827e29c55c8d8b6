import { Temporal } from 'temporal-polyfill';
import { type Frequency, WEEKDAYS, type Weekday } from '../../subscribers/preferences.js';

/** The preferences that decide when a digest is due. */
export interface DuePreferences {
  timezone: string;
  /** 0 to 23; `null`: as soon as the edition is ready. */
  hour: number | null;
  frequency: Frequency;
  /** The day of a weekly digest. */
  weekday: Weekday;
}

/**
 * The first moment at or after `from` (both in milliseconds since the epoch) that fits the reader's
 * preferences: their hour in their zone, on a day they chose. An hour that daylight saving skips moves
 * to the first valid minute after it; of a doubled hour the first counts. A day that a zone skipped at
 * the date line is left out; a weekly digest of that day comes on the next one.
 */
export function dueAt(from: number, preferences: DuePreferences): number {
  const { timezone, hour, frequency } = preferences;
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
  const today = start.toPlainDate();
  if (hour === null && isWanted(today, preferences)) return from;
  // Every preference fits some day within a week; one day more for a skipped day.
  for (let days = mayBeOfYesterday(start, preferences) ? -1 : 0; days <= 8; days++) {
    const day = today.add({ days });
    if (!isWanted(day, preferences)) continue;
    let moment = momentOn(day, hour ?? 0, timezone);
    if (frequency === 'weekly') moment ??= momentOn(day.add({ days: 1 }), hour ?? 0, timezone);
    if (moment !== null && moment >= from) return moment;
  }
  return from;
}

/** The last millisecond of the day of `moment` in a zone. */
export function endOfDay(moment: number, timezone: string): number {
  const start = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(timezone);
  return start.toPlainDate().add({ days: 1 }).toZonedDateTime(timezone).epochMilliseconds - 1;
}

function isWanted(
  { dayOfWeek }: Temporal.PlainDate,
  { frequency, weekday }: DuePreferences,
): boolean {
  switch (frequency) {
    case 'daily':
      return true;
    case 'weekdays':
      return dayOfWeek <= 5;
    case 'weekly':
      return WEEKDAYS[dayOfWeek - 1] === weekday;
  }
}

/** Whether yesterday's digest may be due now: its hour or its whole day was skipped. */
function mayBeOfYesterday(moment: Temporal.ZonedDateTime, { frequency }: DuePreferences): boolean {
  if (frequency === 'weekly') return true;
  // Checks for whole minutes first, since clocks change at these and this runs very often.
  return moment.epochMilliseconds % 60_000 === 0 && moment.startOfDay().equals(moment);
}

/** The moment of an hour of a day in a zone; `null` on a skipped day. */
function momentOn(day: Temporal.PlainDate, hour: number, timeZone: string): number | null {
  const plainTime = Temporal.PlainTime.from({ hour });
  const moment = day.toZonedDateTime({ timeZone, plainTime });
  if (moment.hour === hour && moment.minute === 0) {
    return moment.day === day.day ? moment.epochMilliseconds : null;
  }
  // A skipped hour is moved by the whole gap, but the end of the gap is the first valid minute.
  const end = moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  return (end ?? moment).epochMilliseconds;
}
