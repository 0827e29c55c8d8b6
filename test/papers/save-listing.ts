import { type Ingested, ingest } from '../../src/papers/ingest.js';
import type { ListedPaper } from '../../src/papers/paper.js';
import type { PaperStore } from '../../src/papers/paper-store.js';
import { START } from '../store/clock.js';

/** Takes in what a source lists for a day, as `fetch` does with its answer. */
export function saveListing(
  papers: PaperStore,
  source: string,
  day: string,
  listed: readonly ListedPaper[],
  { now = START, updates }: { now?: number; updates?: readonly ListedPaper[] } = {},
): Promise<Ingested> {
  return ingest({ papers, clock: { now: () => now } }, { source, day, papers: listed, updates });
}
