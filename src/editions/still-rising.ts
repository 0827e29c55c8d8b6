import { addDays, type Day } from '../base/day.js';
import type { RatedPaper } from '../papers/paper.js';
import type { PaperStore } from '../papers/paper-store.js';
import { byScore } from '../papers/rank.js';
import { risenSince } from '../papers/rising.js';
import { perDay, type ScoreWeights, scorePapers } from '../papers/score.js';
import type { EditionStore } from './edition-store.js';

export interface RisingDeps {
  papers: Pick<PaperStore, 'voteObservations' | 'byIds'>;
  editions: Pick<EditionStore, 'find' | 'carriedOutside' | 'droppedBefore'>;
}

/** Older papers have had their time. */
const DAYS_BACK = 7;
/** Fewer votes than these may come to anybody. */
const LEAST_VOTES = 5;
/** It has to be as fast as what stands at this place, or at the last of a shorter day. */
const FAST_AS = 10;

/**
 * Papers of the days before that no edition carries and that go on rising as fast as the best of
 * this day do. A day without papers of its own stays without.
 * @param own the papers that the day has anyway
 * @param most how many may come
 */
export async function stillRising(
  { papers, editions }: RisingDeps,
  day: Day,
  own: readonly RatedPaper[],
  { most, weights }: { most: number; weights: ScoreWeights },
): Promise<RatedPaper[]> {
  if (most === 0 || own.length === 0) return [];
  const seen = await papers.voteObservations(addDays(day, -DAYS_BACK), addDays(day, -1));
  const risen = risenSince(
    seen,
    day,
    await pickedAt(editions, new Set(seen.map((one) => one.day))),
  );

  const least = toRisingBar(own, weights);
  const here = new Set(own.map(({ id }) => id));
  const ids = [...risen].flatMap(([id, rising]) => {
    const fast = rising.votes >= LEAST_VOTES && perDay(rising) >= least;
    return fast && !here.has(id) ? [id] : [];
  });
  if (ids.length === 0) return [];
  const carried = await editions.carriedOutside({ from: day, to: day }, ids);
  const dropped = await editions.droppedBefore({ kind: 'daily', date: day }, ids);
  const candidates = (await papers.byIds(ids)).flatMap((paper): RatedPaper[] => {
    const rising = risen.get(paper.id);
    if (!rising || paper.withdrawn || carried.has(paper.id) || dropped.has(paper.id)) return [];
    return [{ ...paper, rising }];
  });
  return byScore(candidates, weights).slice(0, most);
}

/** When the editions of these days were picked. */
async function pickedAt(
  editions: RisingDeps['editions'],
  days: ReadonlySet<Day>,
): Promise<Map<Day, number>> {
  const found = await Promise.all([...days].map((day) => editions.find(day)));
  return new Map(found.flatMap((edition) => (edition ? [[edition.date, edition.pickedAt]] : [])));
}

function toRisingBar(own: readonly RatedPaper[], weights: ScoreWeights): number {
  const scores = [...scorePapers(own, weights).values()].map(({ score }) => score);
  return (
    scores
      .sort((a, b) => b - a)
      .slice(0, FAST_AS)
      .at(-1) ?? 0
  );
}
