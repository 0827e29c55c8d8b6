import type { ListedPaper } from '../papers/paper.js';

/**
 * What is known of one paper by its arXiv id, `null` where nobody knows it.
 * @throws PaperboyError `source_failed` when a source can't be read
 */
export type PaperLookup = (arxivId: string, signal?: AbortSignal) => Promise<ListedPaper | null>;

/**
 * Asks one after another until one knows the paper. One that fails does not keep the next from
 * being asked.
 */
export function firstLookup(lookups: readonly PaperLookup[]): PaperLookup {
  return async (arxivId, signal) => {
    let failure: unknown;
    for (const lookup of lookups) {
      try {
        const found = await lookup(arxivId, signal);
        if (found) return found;
      } catch (error) {
        signal?.throwIfAborted();
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return null;
  };
}
