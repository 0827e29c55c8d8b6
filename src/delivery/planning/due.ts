import { Temporal } from 'temporal-polyfill';
import { type Frequency, WEEKDAYS, type Weekday } from '../../subscribers/preferences.js';

/** When somebody wants their digest. */
export interface DuePreferences {
  timezone: string;
  /** 0 to 23; `null`: at once. */
  hour: number | null;
  frequency: Frequency;
  /** The day of a weekly digest. */
  weekday: Weekday;
}

/**
 * The first moment at or after `from` (both in milliseconds since the epoch) at which the reader's
 * preferences is met: their hour where they live, on a day they want. An hour that daylight saving skips
 * is met at the first valid minute after it, a doubled one the first time. A day that the date line
 * swallowed is no day; whoever wants their weekly digest on it gets that on the day after.
 */
export function dueAt(from: number, preferences: DuePreferences): number {
  const { timezone, hour, frequency } = preferences;
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
  const today = start.toPlainDate();
  if (hour === null && isWanted(today, preferences)) return from;
  // A week holds every preferences; a day more, for one that was swallowed.
  for (let days = mayBeOfYesterday(start, preferences) ? -1 : 0; days <= 8; days++) {
    const day = today.add({ days });
    if (!isWanted(day, preferences)) continue;
    let moment = momentOn(day, hour ?? 0, timezone);
    if (frequency === 'weekly') moment ??= momentOn(day.add({ days: 1 }), hour ?? 0, timezone);
    if (moment !== null && moment >= from) return moment;
  }
  return from;
}

/** Until when, at the latest, somebody without an hour waits for the digest of the day of `moment`. */
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

/** What was wanted yesterday: an hour that was skipped until this very moment, or a swallowed day. */
function mayBeOfYesterday(moment: Temporal.ZonedDateTime, { frequency }: DuePreferences): boolean {
  if (frequency === 'weekly') return true;
  // Clocks are moved at whole minutes; this is asked for each preferences of each edition.
  return moment.epochMilliseconds % 60_000 === 0 && moment.startOfDay().equals(moment);
}

/** When the clock on the wall shows that hour of that day, `null` on a day that was swallowed. */
function momentOn(day: Temporal.PlainDate, hour: number, timeZone: string): number | null {
  const plainTime = Temporal.PlainTime.from({ hour });
  const moment = day.toZonedDateTime({ timeZone, plainTime });
  if (moment.hour === hour && moment.minute === 0) {
    return moment.day === day.day ? moment.epochMilliseconds : null;
  }
  // A skipped hour comes out later by the whole gap; the gap's end is the first valid minute.
  const end = moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  return (end ?? moment).epochMilliseconds;
}
