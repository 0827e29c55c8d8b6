import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import type { Logger } from '../base/logger.js';
import { type PickReport, pickEdition } from '../editions/pick.js';
import type { EditionStore } from '../editions/store.js';
import { type FetchReport, fetchDay, newestDay } from '../papers/fetch.js';
import type { Source } from '../papers/paper.js';
import type { PaperStore } from '../papers/store.js';

export interface DailyRunDeps {
  sources: readonly Source[];
  papers: PaperStore;
  editions: EditionStore;
  clock: Clock;
  logger: Logger;
  today(): Day;
}

export interface DailyRunReport {
  day: Day;
  fetched: Record<string, FetchReport>;
  picked: PickReport;
}

/**
 * Fetches and picks the edition of `day`, or of the newest day that has papers. `signal` breaks
 * off the fetching.
 */
export async function makeEdition(
  deps: DailyRunDeps,
  day?: Day,
  signal?: AbortSignal,
): Promise<DailyRunReport> {
  const chosen = day ?? (await newestDay(deps.sources, deps.today(), signal));
  const fetched = await fetchDay(deps, chosen, signal);
  return { day: chosen, fetched, picked: await pickEdition(deps, chosen) };
}
