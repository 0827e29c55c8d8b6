import type { RatedPaper } from './paper.js';
import { SCORE_WEIGHTS, type ScoreWeights, scorePapers } from './score.js';

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

/** Of any five papers in a row, so many are of one organisation while others are near. */
const ROW = 5;
const OF_ONE = 2;
/** A score is near another from this share of it on, both counted with one vote more. */
const NEAR = 0.8;

/**
 * Keeps one organisation from having the whole top. A paper whose organisation has its share of the
 * places right before lets the next one of another go first, if that one's score is near; else it
 * keeps its place. Papers without an organisation are nobody's.
 * @param ranked best first
 */
export function spread<P extends { organisation: string | null }>(
  ranked: readonly P[],
  toScore: (paper: P) => number,
): P[] {
  const waiting = [...ranked];
  const placed: P[] = [];
  const isCrowded = (paper: P) => {
    const own = toOrganisation(paper);
    const before = placed.slice(1 - ROW);
    return own !== null && before.filter((other) => toOrganisation(other) === own).length >= OF_ONE;
  };
  while (waiting.length > 0) {
    const [first] = waiting;
    const other = first && isCrowded(first) ? waiting.findIndex((one) => !isCrowded(one)) : 0;
    const next = waiting[other];
    const gives = first && next && isNear(toScore(next), toScore(first));
    placed.push(...waiting.splice(gives ? other : 0, 1));
  }
  return placed;
}

function isNear(score: number, best: number): boolean {
  return score + 1 >= NEAR * (best + 1);
}

function toOrganisation({ organisation }: { organisation: string | null }): string | null {
  return organisation === null ? null : organisation.trim().toLowerCase();
}
