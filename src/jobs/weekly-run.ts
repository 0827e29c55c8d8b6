import { addDays, type Day, dayAt } from '../base/day.js';
import { toErrorMessage } from '../base/errors.js';
import { type DateWindow, isWeeklyWanted, type WantedDeps } from '../delivery/planning/weekly.js';
import { type Edition, weekStart } from '../editions/edition.js';
import { type PickDeps, pickWeekly } from '../editions/pick.js';
import { type FetchDeps, fetchDay } from '../sources/fetch.js';

export type WeeklyRunDeps = PickDeps & WantedDeps;

export interface WeeklyRunOptions {
  window: DateWindow;
  /** Whether it is sent at once, whatever the readers' hours. */
  now: boolean;
  /** Brings the votes up to date before they are counted. */
  refresh?: () => Promise<void>;
}

/**
 * Makes the weekly edition of the seven days that end on `date`, or refreshes its draft, if there is
 * anybody whom it is for.
 * @returns `null` when there is none.
 */
export async function makeWeekly(
  deps: WeeklyRunDeps,
  date: Day,
  { window, now, refresh }: WeeklyRunOptions,
): Promise<Edition | null> {
  const known = await deps.editions.find(date, 'weekly');
  if (known?.state === 'frozen') return known;
  if (!(await isWeeklyWanted(deps, { date, window, now }))) return known;
  await refresh?.();
  return pickWeekly(deps, date);
}

/** Milliseconds that a source has for one of them. */
const LIMIT = 2 * 60_000;

/**
 * Fetches the seven days that end on `date` once more: their papers were voted on when the days were
 * over. What can't be fetched is ranked by what is known.
 */
export async function refreshWeek(deps: FetchDeps, date: Day, signal?: AbortSignal): Promise<void> {
  const now = deps.clock.now();
  const how = { signal, since: now, limitFor: () => LIMIT };
  // Where it is tomorrow already, sources refuse the day as one to come.
  const today = dayAt(now, 'UTC');
  let { sources } = deps;
  try {
    for (let day = weekStart(date); day <= date && day <= today; day = addDays(day, 1)) {
      const { failures } = await fetchDay({ ...deps, sources }, day, how);
      // One that fails is not waited for seven times.
      sources = sources.filter(({ name }) => failures.every(({ source }) => source !== name));
    }
  } catch (error) {
    signal?.throwIfAborted();
    deps.logger.warn(
      { event: 'week_refresh_failed', date, reason: toErrorMessage(error) },
      'the week could not be fetched once more: its votes are those of each day',
    );
  }
}
