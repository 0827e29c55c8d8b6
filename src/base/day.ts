import { Temporal } from 'temporal-polyfill';
import { PaperboyError } from './errors.js';

/** A calendar day as `YYYY-MM-DD`, in whatever zone the caller counts days. Compares as text. */
export type Day = string;

/**
 * Reads a day as people type it.
 * @throws PaperboyError `bad_date` when it is not `YYYY-MM-DD` or not in the calendar.
 */
export function parseDay(text: string): Day {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    try {
      return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString();
    } catch {
      // Every bad date gets the same message below.
    }
  }
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw new PaperboyError('bad_date', `"${shown}" is not a date; write it as YYYY-MM-DD.`);
}

export function isDay(text: string): boolean {
  try {
    parseDay(text);
    return true;
  } catch {
    return false;
  }
}

/** The day that it is in `timezone` (IANA name) at `epochMs`. */
export function dayAt(epochMs: number, timezone: string): Day {
  return Temporal.Instant.fromEpochMilliseconds(epochMs)
    .toZonedDateTimeISO(timezone)
    .toPlainDate()
    .toString();
}

export function addDays(day: Day, days: number): Day {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

export function addMonths(day: Day, months: number): Day {
  return Temporal.PlainDate.from(day).add({ months }).toString();
}

/** Days from `from` to `day`; negative when `day` is earlier. */
export function daysBetween(from: Day, day: Day): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(day)).days;
}

let longFormat: Intl.DateTimeFormat | undefined;

/** `Thursday 20 August 2026`. */
export function longDay(day: Day): string {
  // Building the formatter costs more than a hundred uses of it.
  longFormat ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
  return longFormat.format(new Date(`${day}T00:00:00Z`)).replace(',', '');
}

/** The month of a day: `August 2026`. */
export function longMonth(day: Day): string {
  return longDay(day).split(' ').slice(2).join(' ');
}

/** `2 to 8 March 2026`, `27 February to 5 March 2026`. */
export function longDays(from: Day, to: Day): string {
  const [first, last] = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(to)];
  const parts = (day: Temporal.PlainDate, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(
      new Date(`${day.toString()}T00:00:00Z`),
    );
  const whole = { day: 'numeric', month: 'long', year: 'numeric' } as const;
  const { year, month, ...day } = whole;
  const sameYear = first.year === last.year;
  const beginning = {
    ...day,
    ...((!sameYear || first.month !== last.month) && { month }),
    ...(!sameYear && { year }),
  };
  return `${parts(first, beginning)} to ${parts(last, whole)}`;
}

/** The moment, in milliseconds since the epoch, at which a day begins in `timezone`. */
export function startOfDay(day: Day, timezone: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime(timezone).epochMilliseconds;
}

/** Monday is 1, Sunday is 7. */
export function dayOfWeek(day: Day): number {
  return Temporal.PlainDate.from(day).dayOfWeek;
}
