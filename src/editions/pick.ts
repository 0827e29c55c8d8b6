import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import type { Logger } from '../base/logger.js';
import type { RatedPaper } from '../papers/paper.js';
import { rankPapers } from '../papers/rank.js';
import type { PaperStore } from '../papers/store.js';
import type { Edition } from './edition.js';
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

  const listed = await papers.listedOn(day);
  const carried = await editions.carriedElsewhere(
    day,
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

/** Keeps the bundled papers as the sample edition of their date. */
export async function saveSample(
  { editions, clock }: Pick<PickDeps, 'editions' | 'clock'>,
  date: Day,
  papers: readonly RatedPaper[],
): Promise<void> {
  await editions.saveDraft('sample', date, rankPapers(papers), clock.now());
}
