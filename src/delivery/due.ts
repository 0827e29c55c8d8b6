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
export function dueAt(from: number, { timezone, hour, frequency }: Wish): number {
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
  const today = start.toPlainDate();
  const wanted = (day: Temporal.PlainDate) => frequency === 'daily' || day.dayOfWeek <= 5;
  if (hour === null && wanted(today)) return from;
  // A week holds every wish; a day more, for one that was swallowed.
  for (let days = beginsDay(start) ? -1 : 0; days <= 8; days++) {
    const day = today.add({ days });
    const moment = wanted(day) ? momentOn(day, hour ?? 0, timezone) : null;
    if (moment !== null && moment >= from) return moment;
  }
  return from;
}

/** Then yesterday's last hour may have been skipped, and is met in this moment. */
function beginsDay(moment: Temporal.ZonedDateTime): boolean {
  const { epochMilliseconds } = moment;
  // Clocks are moved at whole minutes; this is asked for each wish of each edition.
  return epochMilliseconds % 60_000 === 0 && moment.startOfDay().equals(moment);
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
