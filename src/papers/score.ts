import type { RatedPaper } from './paper.js';
import type { Rising } from './rising.js';

/**
 * The trending score is the one number by which papers are ranked:
 *
 *     score      = votes + share × head start
 *     head start = 2 ^ (base + authors·log2(1 + how many authors, up to 63) + code + project)
 *     share      = 1 − (votes a paper of the list has on average) ÷ fade, never below 0
 *
 * `code` and `project` count where a paper has code, a page of its own. The head start is what such
 * papers get sooner or later, in votes. It decides while few have voted, fades as votes come in, and
 * in the end only orders papers that have the same votes. No more than twice `fade` of it counts,
 * once where one paper alone is voted on. That keeps what must hold: with one more vote no paper
 * stands worse against any other.
 *
 * A paper on which no source counts votes has no head start, since nobody is going to vote on it. One
 * that is still rising has the votes that came in a day since its own day in the place of all others.
 *
 * The defaults are from 3,034 papers of 101 days, rounded; how they do on months that they were not
 * fitted to, and what lost, is in docs/PERFORMANCE.md. `npm run bench:ranking` repeats it.
 */
export interface ScoreWeights {
  base: number;
  authors: number;
  code: number;
  project: number;
  /** Votes on average, from which on there is no head start; 0: there never is. */
  fade: number;
}

export const SCORE_WEIGHTS: ScoreWeights = {
  base: 1,
  authors: 0.4,
  code: 0.25,
  project: 0.25,
  fade: 4,
};

/** What the head start of a paper is made of, one number for each weight. */
export type Traits = Record<'authors' | 'code' | 'project', number>;

const MOST_AUTHORS = 63;

export function measureTraits({
  authors,
  codeUrl,
  projectUrl,
}: Pick<RatedPaper, 'authors' | 'codeUrl' | 'projectUrl'>): Traits {
  return {
    authors: Math.log2(1 + Math.min(authors.length, MOST_AUTHORS)),
    code: codeUrl === null ? 0 : 1,
    project: projectUrl === null ? 0 : 1,
  };
}

/** In votes, as a whole. */
export function headStart(traits: Traits, weights: ScoreWeights): number {
  const { base, authors, code, project } = weights;
  const exponent = base + authors * traits.authors + code * traits.code + project * traits.project;
  return 2 ** exponent;
}

export interface Score {
  score: number;
  /** As a whole, whatever share of it counts: it orders papers that score the same. */
  headStart: number;
}

/** The score of each of these papers, which are ranked together. */
export function scorePapers<P extends RatedPaper>(
  papers: readonly P[],
  weights: ScoreWeights,
): ReadonlyMap<P, Score> {
  const voted = papers.filter(({ uncounted, rising }) => !uncounted && !rising);
  const votes = voted.reduce((sum, { signal }) => sum + signal.upvotes, 0);
  const share = Math.max(0, 1 - votes / (voted.length * weights.fade)) || 0;
  return new Map(
    papers.map((paper) => {
      const ahead = headStart(measureTraits(paper), weights);
      if (paper.rising) return [paper, { score: perDay(paper.rising), headStart: ahead }];
      const counted = paper.uncounted
        ? 0
        : share * Math.min(ahead, Math.min(2, voted.length) * weights.fade);
      return [paper, { score: paper.signal.upvotes + counted, headStart: ahead }];
    }),
  );
}

/** How fast votes came in since a paper's own day. */
export function perDay({ votes, days }: Pick<Rising, 'votes' | 'days'>): number {
  return votes / Math.max(1, days);
}
