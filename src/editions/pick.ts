import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import type { Logger } from '../base/logger.js';
import type { RatedPaper } from '../papers/paper.js';
import type { PaperStore } from '../papers/paper-store.js';
import { rankPapers } from '../papers/rank.js';
import { SCORE_WEIGHTS, type ScoreWeights } from '../papers/score.js';
import { curated } from './curated.js';
import { type Edition, type EditionPaper, weekStart } from './edition.js';
import type { EditionStore } from './edition-store.js';
import { stillRising } from './still-rising.js';

export interface Ranking {
  weights: ScoreWeights;
  /** How many papers of days before may come into an edition as still rising. */
  mostRising: number;
}

export const RANKING: Ranking = { weights: SCORE_WEIGHTS, mostRising: 3 };

export interface PickDeps {
  papers: PaperStore;
  editions: EditionStore;
  clock: Clock;
  logger: Logger;
  /** Left out: the defaults. */
  ranking?: Ranking | undefined;
}

export interface PickReport {
  edition: Edition;
  /** `false` when the edition was frozen already and nothing changed. */
  changed: boolean;
  /** Papers of the day that another edition carries, so this one does not. */
  repeated: number;
  /** Papers of days before that it has as still rising. */
  rising: number;
}

/** Makes the edition of `day` from the papers in the store, or refreshes its draft. */
export async function pickEdition(deps: PickDeps, day: Day): Promise<PickReport> {
  const { papers, editions, clock, logger, ranking = RANKING } = deps;
  const known = await editions.find(day);
  if (known?.state === 'frozen') {
    return { edition: known, changed: false, repeated: 0, rising: 0 };
  }

  await editions.bringForward(day);
  const listed = withoutWithdrawn(await papers.listedOn(day), { day }, logger);
  const carried = await editions.carriedOutside(
    { from: day, to: day },
    listed.map((paper) => paper.id),
  );
  const { weights, mostRising } = ranking;
  const fresh = listed.filter((paper) => !carried.has(paper.id));
  const risen = await stillRising(deps, day, fresh, { most: mostRising, weights });
  const ranked = rankPapers([...fresh, ...risen], weights);
  const draft = await curated(deps, { kind: 'daily', date: day, draft: known }, ranked);
  const edition = await editions.saveDraft('daily', day, draft.papers, clock.now(), draft.basis);
  // Frozen, curated or picked by another process since it was looked up.
  if (edition === null) return pickEdition(deps, day);
  for (const id of carried) {
    logger.info(
      { event: 'paper_not_repeated', day, id, reason: 'carried by another edition' },
      'paper not repeated',
    );
  }
  for (const { id, rising } of risen) {
    logger.info(
      { event: 'paper_rising', day, id, ...rising, reason: 'still rising' },
      'paper of an earlier day',
    );
  }
  const rising = draft.papers.filter((paper) => paper.rising).length;
  logger.info(
    { event: 'edition_picked', day, papers: edition.count, repeated: carried.size, rising },
    'edition picked',
  );
  return { edition, changed: true, repeated: carried.size, rising };
}

/**
 * Makes the weekly edition of the seven days that end on `date` from the papers in the store, or
 * refreshes its draft. Papers that a day before them has carried are not new.
 */
export async function pickWeekly(deps: PickDeps, date: Day): Promise<Edition> {
  const { editions, clock, logger } = deps;
  const known = await editions.find(date, 'weekly');
  if (known?.state === 'frozen') return known;

  const ranked = await rankedWeek(deps, date);
  const draft = await curated(deps, { kind: 'weekly', date, draft: known }, ranked);
  const edition = await editions.saveDraft('weekly', date, draft.papers, clock.now(), draft.basis);
  // Frozen, curated or picked by another process since it was looked up.
  if (edition === null) return pickWeekly(deps, date);
  logger.info(
    { event: 'weekly_edition_picked', date, papers: edition.count },
    'weekly edition picked',
  );
  return edition;
}

/** The papers that the weekly edition of a date would have now, best first. */
export async function bestOfWeek(
  deps: Omit<PickDeps, 'clock'>,
  date: Day,
): Promise<EditionPaper[]> {
  const ranked = await rankedWeek(deps, date);
  return (await curated(deps, { kind: 'weekly', date, draft: null }, ranked)).papers;
}

async function rankedWeek(
  { papers, editions, logger, ranking = RANKING }: Omit<PickDeps, 'clock'>,
  date: Day,
): Promise<RatedPaper[]> {
  const days = { from: weekStart(date), to: date };
  const all = await papers.listedFrom(days.from, days.to);
  const listed = withoutWithdrawn(all, { date }, logger);
  const carried = await editions.carriedOutside(
    days,
    listed.map((paper) => paper.id),
  );
  return rankPapers(
    listed.filter((paper) => !carried.has(paper.id)),
    ranking.weights,
  );
}

function withoutWithdrawn(
  listed: readonly RatedPaper[],
  edition: { day: Day } | { date: Day },
  logger?: Logger,
): RatedPaper[] {
  for (const { id, withdrawn } of listed) {
    if (withdrawn)
      logger?.info(
        { event: 'paper_left_out', ...edition, id, reason: 'withdrawn' },
        'paper left out',
      );
  }
  return listed.filter(({ withdrawn }) => !withdrawn);
}

/** Keeps the bundled papers as the sample edition of their date. */
export async function saveSample(
  { editions, clock }: Pick<PickDeps, 'editions' | 'clock'>,
  date: Day,
  papers: readonly RatedPaper[],
): Promise<void> {
  await editions.saveDraft('sample', date, rankPapers(papers), clock.now());
}
