import type { Day } from '../base/day.js';
import type { Logger } from '../base/logger.js';
import type { RatedPaper } from '../papers/paper.js';
import type { PaperStore } from '../papers/paper-store.js';
import { curate, type DraftBasis, type DraftCuration, renamed, UNTOUCHED } from './curation.js';
import { type Edition, type EditionKind, type EditionPaper, weekStart } from './edition.js';
import type { EditionStore } from './edition-store.js';

export interface CuratedDeps {
  papers: PaperStore;
  editions: EditionStore;
  logger: Logger;
}

/** What an edition is to be saved as. */
export interface CuratedPapers {
  papers: EditionPaper[];
  basis: DraftBasis;
}

/**
 * The papers of a draft as its editor wants them. Besides what was ranked they may be papers of
 * other days that are pinned; what an edition before has dropped comes only when it is pinned.
 * @param draft as it was before the papers were ranked; `null` for an edition that is not there yet
 * @param ranked best first, without what other editions carry
 */
export async function curated(
  deps: CuratedDeps,
  target: { kind: EditionKind; date: Day; draft: Edition | null },
  ranked: readonly RatedPaper[],
): Promise<CuratedPapers> {
  const read = target.draft && (await loadCuration(deps, target.draft.id));
  const basis = { ranked: ranked.map(({ id }) => id), revision: read?.revision ?? 0 };
  return { papers: await arranged(deps, target, ranked, read ?? UNTOUCHED), basis };
}

/** An edition's curation, by the ids that its papers are kept under today. */
export async function loadCuration(
  { editions, papers }: Pick<CuratedDeps, 'editions' | 'papers'>,
  editionId: number,
): Promise<DraftCuration & { revision: number }> {
  const { revision, ...curation } = await editions.curation(editionId);
  const { pins, drops, ranked } = curation;
  const ids = [...[...pins, ...drops].map(({ paperId }) => paperId), ...ranked];
  return { ...renamed(curation, await papers.todaysIds(ids)), revision };
}

/** Applies a curation to ranked papers, and says in the log what became of whom. */
export async function arranged(
  { papers, editions, logger }: CuratedDeps,
  { kind, date }: { kind: EditionKind; date: Day },
  ranked: readonly RatedPaper[],
  { pins, drops }: Pick<DraftCuration, 'pins' | 'drops'>,
): Promise<EditionPaper[]> {
  const pinned = new Set(pins.map(({ paperId }) => paperId));
  const ids = ranked.map(({ id }) => id);
  const before = await editions.droppedBefore({ kind, date }, ids);
  const listed = ranked.filter(({ id }) => pinned.has(id) || !before.has(id));
  for (const { id } of ranked) {
    const drop = before.get(id);
    if (drop === undefined || pinned.has(id)) continue;
    logger.info(
      { event: 'paper_left_out', date, kind, id, ...why(drop), droppedFrom: drop.date },
      'paper left out',
    );
  }
  for (const { paperId, reason } of drops) {
    logger.info(
      { event: 'paper_dropped', date, kind, id: paperId, ...why({ reason }) },
      'paper dropped',
    );
  }

  const others = [...pinned].filter((id) => !ids.includes(id));
  const carried = await editions.carriedOutside(toDayRange({ kind, date }), others);
  for (const id of carried) {
    logger.info(
      { event: 'pin_without_effect', date, kind, id, reason: 'carried by another edition' },
      'pin without effect',
    );
  }
  const extra = (await papers.byIds(others.filter((id) => !carried.has(id)))).filter(
    ({ withdrawn }) => !withdrawn,
  );
  const order = curate([...listed, ...extra], { pins, drops }).slice(0, limitFor(kind));
  const credits = await editions.credits(order.map(({ id }) => id));
  return order.map((paper) => {
    const suggestedBy = credits.get(paper.id) ?? [];
    return suggestedBy.length > 0 ? { ...paper, suggestedBy } : paper;
  });
}

/** A weekly edition has as many papers as the longest digest, a daily one all of its day. */
function limitFor(kind: EditionKind): number | undefined {
  return kind === 'weekly' ? 50 : undefined;
}

function why({ reason }: { reason: string | null }) {
  return { reason: reason ?? 'the editor gave no reason' };
}

/** The days of which an edition may carry papers that other editions carry too. */
export function toDayRange({ kind, date }: { kind: EditionKind; date: Day }): {
  from: Day;
  to: Day;
} {
  return { from: kind === 'weekly' ? weekStart(date) : date, to: date };
}
