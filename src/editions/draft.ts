import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { RatedPaper } from '../papers/paper.js';
import type { PaperStore } from '../papers/paper-store.js';
import { arranged, loadCuration, toDayRange } from './curated.js';
import { type DraftCuration, distinctBy } from './curation.js';
import { type Edition, type EditionKind, editionTitle, type FullEdition } from './edition.js';
import type { EditionStore } from './edition-store.js';

export interface DraftStores {
  papers: PaperStore;
  editions: EditionStore;
}

export interface DraftDeps {
  /** Runs `work` on stores whose writes all happen or none does. */
  atomically<T>(work: (stores: DraftStores) => Promise<T>): Promise<T>;
  logger: Logger;
}

export interface Target {
  kind: EditionKind;
  date: Day;
}

/** A draft as whoever changes it finds it. */
export interface Draft {
  edition: FullEdition;
  curation: DraftCuration;
}

/** What becomes of a draft's curation; it may be asked again when somebody else was faster. */
export type Change = (draft: Draft, stores: DraftStores) => DraftCuration | Promise<DraftCuration>;

/** Each of them is one other writer that came between. */
const TRIES = 10;

/**
 * Changes the curation of a draft and its papers with it, in one transaction. What is not touched
 * stays as it was picked, and so does the moment at which it freezes.
 * @throws PaperboyError `no_edition`, `edition_frozen`, `draft_busy`, or what `change` throws
 */
export async function changeDraft(
  { atomically, logger }: DraftDeps,
  target: Target,
  change: Change,
): Promise<FullEdition> {
  for (let tries = 0; tries < TRIES; tries++) {
    const changed = await atomically((stores) => tryOnce(stores, logger, target, change));
    if (changed) return changed;
  }
  throw new PaperboyError(
    'draft_busy',
    `Others keep writing ${formatTarget(target)}; nothing was changed, try again.`,
  );
}

async function tryOnce(
  stores: DraftStores,
  logger: Logger,
  target: Target,
  change: Change,
): Promise<FullEdition | null> {
  const { editions } = stores;
  const found = await loadDraft(editions, target);
  const { revision, ...read } = await loadCuration(stores, found.id);
  const edition = await asToday(stores, await editions.withPapers(found));
  const next = await change({ edition, curation: read }, stores);
  if (!(await editions.saveCuration(found.id, next, revision))) return null;

  const pool = await loadPool(stores, edition, next.ranked);
  const papers = await arranged({ ...stores, logger }, target, pool, next);
  const basis = { ranked: next.ranked, revision: revision + 1 };
  const { kind, date, pickedAt } = found;
  const saved = await editions.saveDraft(kind, date, papers, pickedAt, basis);
  if (saved === null) throw new Error(`${formatTarget(target)} was written by another at once.`);
  return editions.withPapers(saved);
}

/** An edition whose papers have the ids that they are kept under today. */
export async function asToday(
  { papers }: Pick<DraftStores, 'papers'>,
  edition: FullEdition,
): Promise<FullEdition> {
  const today = await papers.todaysIds(edition.papers.map(({ id }) => id));
  const renamed = edition.papers.map((paper) => ({
    ...paper,
    id: today.get(paper.id) ?? paper.id,
  }));
  return { ...edition, papers: distinctBy(renamed, ({ id }) => id) };
}

/** The papers to arrange: as they were picked, or, for one that was left out, as it is now. */
async function loadPool(
  { papers, editions }: DraftStores,
  edition: FullEdition,
  ranked: readonly string[],
): Promise<RatedPaper[]> {
  const carried = await editions.carriedOutside(toDayRange(edition), ranked);
  const known = new Map<string, RatedPaper>(edition.papers.map((paper) => [paper.id, paper]));
  for (const paper of await papers.byIds(ranked.filter((id) => !known.has(id)))) {
    if (!paper.withdrawn) known.set(paper.id, paper);
  }
  return ranked.flatMap((id) => (carried.has(id) ? [] : (known.get(id) ?? [])));
}

/** @throws PaperboyError `no_edition`, `edition_frozen` */
export async function loadDraft(
  editions: Pick<EditionStore, 'find'>,
  target: Target,
): Promise<Edition> {
  const found = await editions.find(target.date, target.kind);
  if (!found) {
    const weekly = target.kind === 'weekly';
    throw new PaperboyError(
      'no_edition',
      weekly
        ? `There is no weekly edition of ${target.date}; it is made when somebody wants weekly digests.`
        : `There is no edition of ${target.date}; run "paperboy pick --date ${target.date}" first.`,
    );
  }
  if (found.state === 'frozen') {
    throw new PaperboyError(
      'edition_frozen',
      `${capital(formatTarget(target))} is frozen: it never changes.`,
    );
  }
  return found;
}

/** `the edition of Monday 2 March 2026` */
export function formatTarget(target: Target): string {
  return target.kind === 'weekly'
    ? `the weekly edition of ${target.date}`
    : `the edition of ${editionTitle(target)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
