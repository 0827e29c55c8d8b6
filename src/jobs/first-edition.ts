import { toErrorMessage } from '../base/errors.js';
import { saveSample } from '../editions/pick.js';
import { samplePapers } from '../sources/sample/sample.js';
import { type DailyRunDeps, makeEdition } from './daily-run.js';

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
