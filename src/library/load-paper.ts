import type { EditionPaper } from '../editions/edition.js';
import { parsePaperId } from '../papers/identity.js';
import type { RatedPaper } from '../papers/paper.js';
import type { PaperStore } from '../papers/paper-store.js';
import type { EditionMark, LibraryStore, ShelvedPaper } from './library-store.js';
import { findRelated, type RelatedDeps } from './related.js';
import { type DayVotes, toVoteHistory } from './vote-history.js';

/** Everything that the library says of one paper. */
export interface PaperRecord {
  paper: EditionPaper | RatedPaper;
  /** Which source its sentence is from, where that is known. */
  summaryFrom: string | null;
  editions: EditionMark[];
  votes: DayVotes[];
  related: ShelvedPaper[];
}

export interface LoadPaperDeps extends RelatedDeps {
  papers: Pick<PaperStore, 'find'>;
  library: LibraryStore;
}

/**
 * What an id stands for today.
 * @returns the id of the paper, which may have become another one; `null` if nobody knows it
 */
export async function findPaperId(
  { papers, library }: Pick<LoadPaperDeps, 'papers' | 'library'>,
  text: string,
  pickedBefore?: number,
): Promise<string | null> {
  for (const id of new Set([text, parsePaperId(text)])) {
    const known = await papers.find(id);
    if (known) return known.paper.id;
    if (await library.findInEditions(id, pickedBefore)) return id;
  }
  return null;
}

/** A paper with all that belongs to it; `null` if nobody knows that id. */
export async function loadPaper(
  deps: LoadPaperDeps,
  id: string,
  pickedBefore?: number,
): Promise<PaperRecord | null> {
  const { papers, library } = deps;
  const known = await papers.find(id);
  const [shelved] = known ? await library.byIds([known.paper.id]) : [];
  const paper = shelved ?? (await library.findInEditions(id, pickedBefore));
  if (!paper) return null;
  return {
    paper,
    summaryFrom: known?.origins.summary ?? null,
    editions: await library.editionsWith(paper.id, pickedBefore),
    votes: toVoteHistory(await library.votesOf(paper.id)),
    related: paper.withdrawn ? [] : await findRelated(deps, paper),
  };
}
