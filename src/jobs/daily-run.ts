import type { Day } from '../base/day.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import type { EditionStore } from '../editions/edition-store.js';
import { type PickDeps, type PickReport, pickEdition, saveSample } from '../editions/pick.js';
import {
  type FetchDeps,
  type FetchOptions,
  type FetchReport,
  failureSentence,
  fetchDay,
  newestDay,
  type SourceFailure,
} from '../sources/fetch.js';
import { samplePapers } from '../sources/sample/sample.js';
import type { FetchedDay } from '../sources/source-states.js';
import {
  isFarBelow,
  isUsuallyOutByNow,
  loadUsualListings,
  type UsualListings,
} from './usual-listings.js';

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
  /**
   * Says of a source that failed, or lists too few papers, whether no edition is better than one
   * without its papers.
   */
  isNeeded?: (source: string) => boolean;
  /** The zone of the days, for whoever waits for sources that list far fewer papers than usual. */
  expectsUsualIn?: string;
}

/**
 * Fetches and picks an edition. `signal` breaks off the fetching.
 * @throws PaperboyError `source_failed` when no source could be read, or not all that are needed;
 * `few_papers` when one that is needed lists far fewer than usual.
 */
export async function makeEdition(
  deps: DailyRunDeps,
  { day, isNeeded = () => false, expectsUsualIn, ...options }: MakeOptions = {},
): Promise<DailyRunReport> {
  const { signal } = options;
  const today = deps.today();
  const usual = expectsUsualIn === undefined ? NOTHING_USUAL : await loadUsualListings(deps, today);
  const { isSettled = () => false } = options;
  const how = {
    ...{ since: deps.clock.now(), today, ...options },
    isSettled: (known: FetchedDay, source: string) =>
      isSettled(known, source) && !isFarBelow(known.stored, usual.get(source)),
  };
  const needed = (failures: readonly SourceFailure[], code = 'source_failed') => {
    signal?.throwIfAborted();
    const missing = failures.filter(({ source }) => isNeeded(source));
    if (missing.length > 0) throw new PaperboyError(code, failureSentence(missing));
  };
  // One that could not say its newest day may have one that is newer than the others'.
  const newest = day === undefined ? await newestDay(deps, today, how) : { day, failures: [] };
  needed(newest.failures);
  const { reports, failures } = await fetchDay(deps, newest.day, how);
  needed(failures);
  const few = await findFew(
    deps,
    { today, newest: newest.day, zone: expectsUsualIn },
    usual,
    reports,
  );
  needed(few, 'few_papers');
  for (const { source, reason } of few) {
    deps.logger.warn({ event: 'few_papers', source, reason }, 'a source lists few papers');
  }
  const picked = await pickEdition(deps, newest.day);
  return { day: newest.day, fetched: reports, failed: failures, picked };
}

const NOTHING_USUAL: UsualListings = new Map();

interface FoundDay {
  today: Day;
  newest: Day;
  zone: string | undefined;
}

/** The sources that list far fewer papers for today than they usually do, each with a sentence. */
async function findFew(
  { editions }: DailyRunDeps,
  { today, newest, zone }: FoundDay,
  usual: UsualListings,
  reports: Readonly<Record<string, FetchReport>>,
): Promise<SourceFailure[]> {
  const isToday = newest === today;
  const few = [...usual].flatMap(([source, count]) => {
    const listed = isToday ? reports[source]?.stored : 0;
    if (listed === undefined || !isFarBelow(listed, count)) return [];
    const reason = `It lists ${listed} papers for ${today}, and usually has ${count} by now.`;
    return [{ source, reason }];
  });
  if (isToday || zone === undefined || few.length === 0) return few;
  const find = (day: Day) => editions.find(day);
  return (await isUsuallyOutByNow(find, today, zone)) ? few : [];
}

/**
 * Milliseconds that each source has to say its newest day, and again for that day's papers: a
 * newcomer waits for this before the first page shows.
 */
const LIMIT = 9_000;

/**
 * Gives an empty store something to show: the newest day that has papers, or, when no source
 * can be read, the sample edition that comes with the program. `signal` breaks it off.
 */
export async function ensureFirstEdition(deps: DailyRunDeps, signal?: AbortSignal): Promise<void> {
  const { editions, logger } = deps;
  const newest = await editions.newest();
  if (newest && newest.kind !== 'sample') return;
  try {
    await makeEdition(deps, { signal, limitFor: () => LIMIT });
  } catch (error) {
    if (signal?.aborted) return;
    const sample = samplePapers();
    if (!newest) await saveSample(deps, sample.date, sample.papers);
    logger.warn(
      { event: 'sample_edition_shown', reason: toErrorMessage(error) },
      'no source could be read: the bundled sample edition is shown until one can',
    );
  }
}
