import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { pickEdition, saveSample } from '../editions/pick.js';
import type { EditionStore } from '../editions/store.js';
import { fetchDay, newestDay } from '../papers/fetch.js';
import type { Source } from '../papers/paper.js';
import { samplePapers } from '../papers/sources/sample.js';
import type { PaperStore } from '../papers/store.js';

export interface FirstEditionDeps {
  sources: readonly Source[];
  papers: PaperStore;
  editions: EditionStore;
  clock: Clock;
  logger: Logger;
  today(): Day;
}

/** A newcomer waits for this before the first page shows. */
const LIMIT = 20_000;

/**
 * Gives an empty store something to show: the newest day that has papers, or, when no source
 * can be read, the sample edition that comes with the program. `signal` breaks it off.
 */
export async function ensureFirstEdition(
  deps: FirstEditionDeps,
  signal?: AbortSignal,
): Promise<void> {
  const { editions, logger } = deps;
  const newest = await editions.newest();
  if (newest && newest.kind !== 'sample') return;
  try {
    const limit = AbortSignal.any([AbortSignal.timeout(LIMIT), ...(signal ? [signal] : [])]);
    const day = await newestDay(deps.sources, deps.today(), limit);
    await fetchDay(deps, day, limit);
    await pickEdition(deps, day);
  } catch (error) {
    if (signal?.aborted) return;
    const sample = samplePapers();
    if (!newest) await saveSample(deps, sample.date, sample.papers);
    logger.warn(
      { reason: messageOf(error) },
      'no source could be read: the bundled sample edition is shown until one can',
    );
  }
}
