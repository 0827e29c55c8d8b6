import type { RatedPaper } from './paper.js';

/**
 * Best first: votes, then comments, then stars of the code. Ties end with the newer arXiv id, so
 * that the order never depends on the order in which papers were fetched.
 */
export function rankPapers(papers: readonly RatedPaper[]): RatedPaper[] {
  return [...papers].sort(
    (a, b) =>
      b.signal.upvotes - a.signal.upvotes ||
      b.signal.comments - a.signal.comments ||
      (b.signal.codeStars ?? 0) - (a.signal.codeStars ?? 0) ||
      (a.id < b.id ? 1 : -1),
  );
}
