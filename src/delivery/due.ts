import { Temporal } from 'temporal-polyfill';
import type { Frequency } from '../subscribers/preferences.js';

/** When somebody wants their digest. */
export interface Wish {
  timezone: string;
  /** 0 to 23; `null`: at once. */
  hour: number | null;
  frequency: Frequency;
}

/**
 * The first moment at or after `from` (both in milliseconds since the epoch) at which the reader's
 * wish is met: their hour where they live, on a day they want. An hour that daylight saving skips
 * is met at the first valid minute after it, a doubled one the first time.
 */
export function dueAt(from: number, { timezone, hour, frequency }: Wish): number {
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
  // A week of days covers every wish; a day more, for a day that the date line swallowed.
  for (let days = 0; days <= 8; days++) {
    const atOnce = hour === null && days === 0;
    const wanted = atOnce ? start : momentOn(start.toPlainDate().add({ days }), timezone, hour);
    // The day is asked of the moment: what was wanted on a swallowed day falls on the next one.
    const fits = frequency === 'daily' || wanted.dayOfWeek <= 5;
    if (fits && wanted.epochMilliseconds >= from) return wanted.epochMilliseconds;
  }
  return from;
}

function momentOn(
  day: Temporal.PlainDate,
  timeZone: string,
  hour: number | null,
): Temporal.ZonedDateTime {
  const plainTime = Temporal.PlainTime.from({ hour: hour ?? 0 });
  const moment = day.toZonedDateTime({ timeZone, plainTime });
  if (moment.toPlainTime().equals(plainTime)) return moment;
  // A skipped hour comes out later by the whole gap; the gap's end is the first valid minute.
  return moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous') ?? moment;
}
