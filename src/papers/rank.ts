import type { RatedPaper } from './paper.js';
import { SCORE_WEIGHTS, type ScoreWeights, scorePapers } from './score.js';
import { spread } from './spread.js';

/**
 * Best first: by score (`score.ts`), spread over organisations (`spread.ts`). Papers that score the
 * same stand by head start, comments and stars of the code. Ties end with the newer arXiv id, so
 * that the order never depends on the order in which papers were fetched.
 */
export function rankPapers<P extends RatedPaper>(
  papers: readonly P[],
  weights: ScoreWeights = SCORE_WEIGHTS,
): P[] {
  const scores = scorePapers(papers, weights);
  return spread(byScore(papers, weights), (paper) => scores.get(paper)?.score ?? 0);
}

/** The same before it is spread over organisations. */
export function byScore<P extends RatedPaper>(papers: readonly P[], weights: ScoreWeights): P[] {
  const scores = scorePapers(papers, weights);
  const of = (paper: P) => scores.get(paper) ?? { score: 0, headStart: 0 };
  return [...papers].sort(
    (a, b) =>
      of(b).score - of(a).score ||
      of(b).headStart - of(a).headStart ||
      b.signal.comments - a.signal.comments ||
      (b.signal.codeStars ?? 0) - (a.signal.codeStars ?? 0) ||
      (a.id < b.id ? 1 : -1),
  );
}
