import { type Day, dayOfWeek } from '../../base/day.js';
import { WEEKDAYS } from '../../subscribers/preferences.js';
import { type DuePreferences, dueAt, endOfDay } from './due.js';
import type { Planning } from './planning.js';

/** The stretch of time for whose groups a weekly edition is the newest that there is. */
export interface DateWindow {
  /** Both in milliseconds since the epoch; `until` is no part of it. */
  from: number;
  until: number;
}

/**
 * When the weekly edition that serves `window` is due for a reader, `null` when another one serves
 * them: each gets the one that is the newest when their hour comes on their day. Without an hour, it
 * is the last that is ready on that day.
 * @param from not before this moment, for who became a reader within the window
 */
export function weeklyDueAt(
  window: DateWindow,
  preferences: DuePreferences,
  from = window.from,
): number | null {
  const due = dueAt(Math.max(from, window.from), preferences);
  const latest = preferences.hour === null ? endOfDay(due, preferences.timezone) : due;
  return latest < window.until ? due : null;
}

/** Whether a weekly edition is of their day, whatever their hour. */
export function isOnDay(date: Day, { weekday }: Pick<DuePreferences, 'weekday'>): boolean {
  return WEEKDAYS[dayOfWeek(date) - 1] === weekday;
}

const BATCH = 5_000;

export interface WantedDeps {
  ledger: Pick<Planning, 'groups'>;
  /** Where readers without a zone of their own are taken to live. */
  defaultTimezone: string;
}

/** Whether anybody reads weekly digests, of whatever day. */
export async function isWeeklyRead(ledger: Pick<Planning, 'groups'>): Promise<boolean> {
  return (await ledger.groups({ weekly: true, after: 0, limit: 1 })) !== null;
}

/**
 * Whether there is anybody whom the weekly edition of `date` is for.
 * @param now whether it is sent at once, whatever the readers' hours
 */
export async function isWeeklyWanted(
  { ledger, defaultTimezone }: WantedDeps,
  { date, window, now }: { date: Day; window: DateWindow; now: boolean },
): Promise<boolean> {
  for (let after = 0; ; ) {
    const page = await ledger.groups({ weekly: true, after, limit: BATCH });
    if (page === null) return false;
    const wanted = page.groups.some(({ read }) => {
      const { timezone, ...preferences } = read();
      const whole = { ...preferences, timezone: timezone ?? defaultTimezone };
      return (now && isOnDay(date, whole)) || weeklyDueAt(window, whole) !== null;
    });
    if (wanted) return true;
    after = page.upTo;
  }
}
