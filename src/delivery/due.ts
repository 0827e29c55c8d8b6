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
 * is met at the first valid minute after it, a doubled one the first time. A day that the date line
 * swallowed is no day.
 */
export function dueAt(from: number, wish: Wish): number {
  const { timezone, hour } = wish;
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
  if (hour === null && wanted(start, wish)) return from;
  // From yesterday, whose last hour may have been skipped and is met as today begins. A week holds
  // every wish; a day more, for one that was swallowed.
  for (let days = -1; days <= 8; days++) {
    const midnight = start.toPlainDate().add({ days }).toZonedDateTime(timezone);
    const swallowed = !midnight.toPlainDate().equals(start.toPlainDate().add({ days }));
    if (swallowed || !wanted(midnight, wish)) continue;
    const moment = momentOn(midnight, hour ?? 0).epochMilliseconds;
    if (moment >= from) return moment;
  }
  return from;
}

function wanted({ dayOfWeek }: Temporal.ZonedDateTime, { frequency }: Wish): boolean {
  return frequency === 'daily' || dayOfWeek <= 5;
}

/** That hour of a day, of which the beginning is given. */
function momentOn(midnight: Temporal.ZonedDateTime, hour: number): Temporal.ZonedDateTime {
  const plainTime = Temporal.PlainTime.from({ hour });
  const moment = midnight
    .toPlainDate()
    .toZonedDateTime({ timeZone: midnight.timeZoneId, plainTime });
  if (moment.toPlainTime().equals(plainTime)) return moment;
  // A skipped hour comes out later by the whole gap; the gap's end is the first valid minute.
  return moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous') ?? moment;
}
