import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import type { Logger } from '../base/logger.js';
import type { RatedPaper } from '../papers/paper.js';
import { rankPapers } from '../papers/rank.js';
import type { PaperStore } from '../papers/store.js';
import { type Edition, weekStart } from './edition.js';
import type { EditionStore } from './store.js';

export interface PickDeps {
  papers: PaperStore;
  editions: EditionStore;
  clock: Clock;
  logger: Logger;
}

export interface PickReport {
  edition: Edition;
  /** `false` when the edition was frozen already and nothing changed. */
  changed: boolean;
  /** Papers of the day that another edition carries, so this one does not. */
  repeated: number;
}

/** Makes the edition of `day` from the papers in the store, or refreshes its draft. */
export async function pickEdition(deps: PickDeps, day: Day): Promise<PickReport> {
  const { papers, editions, clock, logger } = deps;
  const known = await editions.find(day);
  if (known?.state === 'frozen') return { edition: known, changed: false, repeated: 0 };

  const listed = withoutWithdrawn(await papers.listedOn(day), { day }, logger);
  const carried = await editions.carriedOutside(
    { from: day, to: day },
    listed.map((paper) => paper.id),
  );
  const fresh = rankPapers(listed.filter((paper) => !carried.has(paper.id)));
  const edition = await editions.saveDraft('daily', day, fresh, clock.now());
  if (edition === null) {
    // Frozen by another process since it was looked up.
    const frozen = await editions.find(day);
    if (frozen) return { edition: frozen, changed: false, repeated: 0 };
    throw new Error(`The edition of ${day} vanished while it was picked.`);
  }
  for (const id of carried) {
    logger.info({ day, id, reason: 'carried by another edition' }, 'paper not repeated');
  }
  logger.info({ day, papers: edition.count, repeated: carried.size }, 'edition picked');
  return { edition, changed: true, repeated: carried.size };
}

/** Papers of a weekly edition: as many as the longest digest has. */
const BEST = 50;

/**
 * Makes the weekly edition of the seven days that end on `date` from the papers in the store, or
 * refreshes its draft. Papers that a day before them has carried are not new.
 */
export async function pickWeekly(deps: PickDeps, date: Day): Promise<Edition> {
  const { editions, clock, logger } = deps;
  const best = await bestOfWeek(deps, date);
  const edition =
    (await editions.saveDraft('weekly', date, best, clock.now())) ??
    (await editions.find(date, 'weekly'));
  if (edition === null) throw new Error(`The week to ${date} vanished while it was picked.`);
  logger.info({ date, papers: edition.count }, 'weekly edition picked');
  return edition;
}

/** The papers that the weekly edition of a date would have now, best first. */
export async function bestOfWeek(
  { papers, editions, logger }: Pick<PickDeps, 'papers' | 'editions'> & Partial<PickDeps>,
  date: Day,
): Promise<RatedPaper[]> {
  const days = { from: weekStart(date), to: date };
  const all = await papers.listedFrom(days.from, days.to);
  const listed = withoutWithdrawn(all, { date }, logger);
  const carried = await editions.carriedOutside(
    days,
    listed.map((paper) => paper.id),
  );
  return rankPapers(listed.filter((paper) => !carried.has(paper.id))).slice(0, BEST);
}

function withoutWithdrawn(
  listed: readonly RatedPaper[],
  edition: { day: Day } | { date: Day },
  logger?: Logger,
): RatedPaper[] {
  for (const { id, withdrawn } of listed) {
    if (withdrawn) logger?.info({ ...edition, id, reason: 'withdrawn' }, 'paper left out');
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
