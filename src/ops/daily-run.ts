import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { type PickDeps, type PickReport, pickEdition } from '../editions/pick.js';
import type { EditionStore } from '../editions/store.js';
import {
  type FetchDeps,
  type FetchOptions,
  type FetchReport,
  failureSentence,
  fetchDay,
  newestDay,
  type SourceFailure,
} from '../papers/fetch.js';

export interface DailyRunDeps extends FetchDeps {
  editions: EditionStore;
  ranking?: PickDeps['ranking'];
  today(): Day;
}

export interface DailyRunReport {
  day: Day;
  fetched: Record<string, FetchReport>;
  /** Sources that the edition had to do without. */
  failed: SourceFailure[];
  picked: PickReport;
}

export interface MakeOptions extends FetchOptions {
  /** Left out: the newest day that has papers. */
  day?: Day | undefined;
  /** Whether an edition without the papers of a source that fails is worse than none. */
  needsAll?: boolean;
}

/**
 * Fetches and picks an edition. `signal` breaks off the fetching.
 * @throws PaperboyError `source_failed` when no source could be read, or not all that are needed.
 */
export async function makeEdition(
  deps: DailyRunDeps,
  { day, needsAll = false, ...options }: MakeOptions = {},
): Promise<DailyRunReport> {
  const chosen = day ?? (await newestDay(deps, deps.today(), options.signal));
  const { reports, failures } = await fetchDay(deps, chosen, options);
  options.signal?.throwIfAborted();
  if (needsAll && failures.length > 0) {
    throw new PaperboyError('source_failed', failureSentence(failures));
  }
  const picked = await pickEdition(deps, chosen);
  return { day: chosen, fetched: reports, failed: failures, picked };
}
