import { type Day, dayOfWeek } from '../../base/day.js';
import { WEEKDAYS } from '../../subscribers/preferences.js';
import { dueAt, endOfDay, type Wish } from './due.js';
import type { Planning } from './planning.js';

/** The stretch of time for whose wishes a weekly edition is the newest that there is. */
export interface Span {
  /** Both in milliseconds since the epoch; `until` is no part of it. */
  from: number;
  until: number;
}

/**
 * When the weekly edition that serves `span` is due for a reader, `null` when another one serves
 * them: each gets the one that is the newest when their hour comes on their day. Without an hour, it
 * is the last that is ready on that day.
 * @param from not before this moment, for who became a reader within the span
 */
export function weeklyDueAt(span: Span, wish: Wish, from = span.from): number | null {
  const due = dueAt(Math.max(from, span.from), wish);
  const latest = wish.hour === null ? endOfDay(due, wish.timezone) : due;
  return latest < span.until ? due : null;
}

/** Whether a weekly edition is of their day, whatever their hour. */
export function isOnDay(date: Day, { weekday }: Pick<Wish, 'weekday'>): boolean {
  return WEEKDAYS[dayOfWeek(date) - 1] === weekday;
}

const BATCH = 5_000;

export interface WantedDeps {
  ledger: Pick<Planning, 'wishes'>;
  /** Where readers without a zone of their own are taken to live. */
  defaultTimezone: string;
}

/** Whether anybody reads weekly digests, of whatever day. */
export async function isWeeklyRead(ledger: Pick<Planning, 'wishes'>): Promise<boolean> {
  return (await ledger.wishes({ weekly: true, after: 0, limit: 1 })) !== null;
}

/**
 * Whether there is anybody whom the weekly edition of `date` is for.
 * @param now whether it is sent at once, whatever the readers' hours
 */
export async function isWeeklyWanted(
  { ledger, defaultTimezone }: WantedDeps,
  { date, span, now }: { date: Day; span: Span; now: boolean },
): Promise<boolean> {
  for (let after = 0; ; ) {
    const page = await ledger.wishes({ weekly: true, after, limit: BATCH });
    if (page === null) return false;
    const wanted = page.wishes.some(({ read }) => {
      const { timezone, ...wish } = read();
      const whole = { ...wish, timezone: timezone ?? defaultTimezone };
      return (now && isOnDay(date, whole)) || weeklyDueAt(span, whole) !== null;
    });
    if (wanted) return true;
    after = page.upTo;
  }
}
