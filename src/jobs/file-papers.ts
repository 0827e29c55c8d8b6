import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { fileSome } from '../library/file-papers.js';
import type { LibraryStore } from '../library/library-store.js';
import { type LeaseDeps, underLease } from './lease.js';

export interface FilePapersDeps extends LeaseDeps {
  library: Pick<LibraryStore, 'loadUnfiled' | 'saveFacets' | 'unfileAll'>;
  settings: FilingSettings;
  clock: Clock;
  logger: Logger;
}

interface FilingSettings {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
}

const EVERY = 30_000;
/** Finding the topics of one keeps the thread busy for some milliseconds. */
const AT_ONCE = 10;
/** So long others have their turn. */
const PAUSE = 20;

/**
 * By which rules papers are filed: raised when topics or names are read otherwise than before, so that
 * all papers are filed anew.
 */
export const FILING_RULES = '1';
const NAME = 'papers filed by rules';

/** Files what was taken in or changed, and everything anew when the rules have changed, bit by bit. */
export async function runFiling(deps: FilePapersDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (await isAnyUnfiled(deps)) {
      await underLease(deps, 'filing', (lost) => fileAll(deps, AbortSignal.any([signal, lost])));
    }
    await deps.clock.sleep(EVERY, signal);
  }
}

async function isAnyUnfiled({ library, settings }: FilePapersDeps): Promise<boolean> {
  const [next] = await library.loadUnfiled(1);
  return next !== undefined || (await settings.get(NAME)) !== FILING_RULES;
}

/** Files all papers that are not filed by the rules of today. */
export async function fileAll(
  {
    library,
    settings,
    clock,
    logger,
  }: Pick<FilePapersDeps, 'library' | 'settings' | 'clock' | 'logger'>,
  signal: AbortSignal,
): Promise<void> {
  const known = await settings.get(NAME);
  if (known !== FILING_RULES) {
    // A migration has noted all papers already where no rules are known.
    if (known !== null) await library.unfileAll();
    await settings.set(NAME, FILING_RULES);
  }
  let filed = 0;
  for (let some = -1; some !== 0 && !signal.aborted; filed += some) {
    some = await fileSome(library, AT_ONCE);
    if (some > 0) await clock.sleep(PAUSE, signal);
  }
  if (filed > 0) logger.debug({ event: 'papers_filed', papers: filed }, 'papers filed');
}
