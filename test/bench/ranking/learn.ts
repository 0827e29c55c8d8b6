import {
  headStart,
  measureTraits,
  type ScoreWeights,
  type Traits,
} from '../../../src/papers/score.js';
import type { TableDay } from './table.js';

const LEARNT = ['authors', 'code', 'project'] as const;
/** Draws the weights of traits towards 0. */
const RESTRAINT = 0.05;
const STEPS = 400;
const STEP = 0.05;

interface Prepared {
  traits: Traits;
  votes: number;
  /** The paper's part of all votes of its day, in the end. */
  part: number;
}

/**
 * The weights by which each paper's early score is most like its part of the day's final votes (cross
 * entropy). Nothing fades while fitting, so that days with many votes say something as well.
 */
export function learnt(days: readonly TableDay[], fade: number): ScoreWeights {
  const prepared = days.map(prepare);
  const weights: ScoreWeights = { base: 1, authors: 0, code: 0, project: 0, fade };
  const moments = new Map<string, { first: number; second: number }>();
  for (let step = 1; step <= STEPS; step++) {
    const slopes = slopesOf(prepared, weights);
    for (const name of ['base', ...LEARNT] as const) {
      const known = moments.get(name) ?? { first: 0, second: 0 };
      const first = 0.9 * known.first + 0.1 * slopes[name];
      const second = 0.99 * known.second + 0.01 * slopes[name] ** 2;
      moments.set(name, { first, second });
      const scale = Math.sqrt(second / (1 - 0.99 ** step)) + 1e-8;
      weights[name] -= (STEP * (first / (1 - 0.9 ** step))) / scale;
    }
  }
  return weights;
}

function prepare({ rows }: TableDay): Prepared[] {
  const all = rows.reduce((sum, { finalVotes }) => sum + finalVotes + 1, 0);
  return rows.map(({ paper, finalVotes }) => ({
    traits: measureTraits(paper),
    votes: paper.signal.upvotes,
    part: (finalVotes + 1) / all,
  }));
}

type Slopes = Record<'base' | (typeof LEARNT)[number], number>;

function slopesOf(days: readonly (readonly Prepared[])[], weights: ScoreWeights): Slopes {
  const slopes: Slopes = { base: 0, authors: 0, code: 0, project: 0 };
  for (const day of days) {
    const ahead = day.map(({ traits }) => headStart(traits, weights));
    const all = day.reduce((sum, { votes }, index) => sum + votes + (ahead[index] ?? 0), 0);
    for (const [index, { traits, votes, part }] of day.entries()) {
      const start = ahead[index] ?? 0;
      const score = votes + start;
      const slope = (((score / all - part) * start) / score) * Math.LN2;
      slopes.base += slope / days.length;
      for (const name of LEARNT) slopes[name] += (slope * traits[name]) / days.length;
    }
  }
  for (const name of LEARNT) slopes[name] += RESTRAINT * weights[name];
  return slopes;
}
