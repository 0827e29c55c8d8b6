import { addDays, type Day, daysBetween, startOfDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { type FetchDeps, type FetchReport, fetchDay, type SourceFailure } from './fetch.js';
import type { FetchedDay } from './source-states.js';

export interface BackfillOptions {
  from: Day;
  to: Day;
  /** Fetches every day anew. */
  again: boolean;
  signal?: AbortSignal;
  /** Called after each day. */
  onDay?: (day: Day, reports: Record<string, FetchReport>) => void;
}

export interface BackfillReport {
  days: Record<Day, Record<string, FetchReport>>;
  /** What could not be read; the same range fetched again reads just that. */
  failed: (SourceFailure & { day: Day })[];
}

const LONGEST_RANGE = 3660;
/** Votes still come for a while; so long after a day's end they hardly change. */
const SETTLED_AFTER = 3 * 24 * 3_600_000;

/**
 * Reads a range of days, one after the other. A day that was read when it was long over is not
 * fetched again, so a range that broke off goes on where it was.
 * @throws PaperboyError `bad_usage` for a range that is none
 */
export async function backfill(
  deps: FetchDeps,
  { from, to, again, signal, onDay }: BackfillOptions,
): Promise<BackfillReport> {
  const length = daysBetween(from, to) + 1;
  if (length < 1) throw new PaperboyError('bad_usage', `${from} is later than ${to}.`);
  if (length > LONGEST_RANGE) {
    throw new PaperboyError('bad_usage', `A range may have at most ${LONGEST_RANGE} days.`);
  }
  const report: BackfillReport = { days: {}, failed: [] };
  const since = deps.clock.now();
  for (let day = from; day <= to && !signal?.aborted; day = addDays(day, 1)) {
    const isSettled = ({ fetchedAt }: FetchedDay) =>
      fetchedAt >= startOfDay(addDays(day, 1), 'UTC') + SETTLED_AFTER;
    const { reports, failures } = await fetchOne(deps, day, { signal, again, since, isSettled });
    report.days[day] = reports;
    report.failed.push(...failures.map((failure) => ({ day, ...failure })));
    onDay?.(day, reports);
  }
  return report;
}

/** One bad day must not end a range. */
async function fetchOne(...[deps, day, options]: Parameters<typeof fetchDay>) {
  try {
    return await fetchDay(deps, day, options);
  } catch (error) {
    if (!(error instanceof PaperboyError) || error.code !== 'source_failed') throw error;
    const source = deps.sources.map(({ name }) => name).join(', ');
    return { reports: {}, failures: [{ source, reason: error.message }] };
  }
}
