import { type Day, dayOfWeek } from '../../base/day.js';
import { timezoneOr } from '../../base/timezones.js';
import { WEEKDAYS } from '../../subscribers/preferences.js';
import { type DuePreferences, dueAt, endOfDay } from './due.js';
import type { PlanningLedger } from './planning-ledger.js';

/** The time in which a weekly edition is the newest one. */
export interface DateWindow {
  /** Both in milliseconds since the epoch; `until` is excluded. */
  from: number;
  until: number;
}

/**
 * When the weekly edition of `window` is due for a reader; `null` if another one serves them. Each
 * reader gets the edition that is the newest at their hour on their day. A reader without an hour gets
 * the last one that is ready on that day.
 * @param from the earliest moment, for somebody who became a reader within the window
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

/** Whether the date of a weekly edition is on the weekday that a reader chose. */
export function isOnDay(date: Day, { weekday }: Pick<DuePreferences, 'weekday'>): boolean {
  return WEEKDAYS[dayOfWeek(date) - 1] === weekday;
}

const BATCH = 5_000;

export interface WantedDeps {
  ledger: Pick<PlanningLedger, 'groups'>;
  /** The time zone of readers who have not chosen one. */
  defaultTimezone: string;
}

/** Whether any reader wants weekly digests. */
export async function isWeeklyRead(ledger: Pick<PlanningLedger, 'groups'>): Promise<boolean> {
  return (await ledger.groups({ weekly: true, after: 0, limit: 1 })) !== null;
}

/**
 * Whether any reader gets the weekly edition of `date`.
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
      const due = { ...preferences, timezone: timezoneOr(timezone, defaultTimezone) };
      return (now && isOnDay(date, due)) || weeklyDueAt(window, due) !== null;
    });
    if (wanted) return true;
    after = page.upTo;
  }
}
