import { addDays, type Day } from '../base/day.js';
import { toErrorMessage } from '../base/errors.js';
import { type FetchDeps, fetchDay } from '../sources/fetch.js';
import { type LeaseDeps, underLease } from './lease.js';
import type { ScheduleSettings } from './schedule.js';

export interface RefreshVotesDeps extends FetchDeps, LeaseDeps {
  settings: ScheduleSettings;
  /** Minutes between two refreshes of votes; 0: there are none. */
  refreshVotesEvery: number;
  today(): Day;
}

/** How often it looks whether it is time. */
const LOOK_EVERY = 60_000;
/** In the store: when votes were refreshed last. */
const REFRESHED = 'votes refreshed at';

/**
 * Asks the sources that count votes again now and then, for the days whose papers are still voted
 * on, and keeps what they say as signals over time. Any number of processes may run it on one
 * store.
 */
export async function runVoteRefresh(deps: RefreshVotesDeps, signal: AbortSignal): Promise<void> {
  const { clock, settings, refreshVotesEvery, logger } = deps;
  const sources = deps.sources.filter(({ countsVotes }) => countsVotes === true);
  if (refreshVotesEvery === 0 || sources.length === 0) return;
  const isDue = async () => {
    const last = Number(await settings.getOrSet(REFRESHED, String(clock.now())));
    return clock.now() >= last + refreshVotesEvery * 60_000;
  };
  while (!signal.aborted) {
    if (await isDue()) {
      await underLease(deps, 'refreshing votes', async (lost) => {
        if (!(await isDue())) return;
        await settings.raise(REFRESHED, clock.now());
        await refreshVotes({ ...deps, sources }, AbortSignal.any([signal, lost])).catch(
          (error: unknown) => {
            if (signal.aborted || lost.aborted) return;
            logger.warn(
              { event: 'vote_refresh_failed', reason: toErrorMessage(error) },
              'votes could not be refreshed',
            );
          },
        );
      });
    }
    await clock.sleep(LOOK_EVERY, signal);
  }
}

/** Of today, and of the newest days that have papers: a weekend may lie between. */
async function refreshVotes(
  deps: FetchDeps & { today(): Day },
  signal: AbortSignal,
): Promise<void> {
  const today = deps.today();
  const newest = await deps.papers.newestListedDay(today);
  const days = new Set([today, ...(newest === null ? [] : [addDays(newest, -1), newest])]);
  for (const day of [...days].sort()) {
    await fetchDay(deps, day, { signal, today });
  }
}
