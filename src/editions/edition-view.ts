import { PaperboyError } from '../base/errors.js';
import type { PaperStore } from '../papers/paper-store.js';
import { loadCuration } from './curated.js';
import type { DraftCuration } from './curation.js';
import { asToday, formatTarget, type Target } from './draft.js';
import type { EditionPaper, FullEdition } from './edition.js';
import type { EditionStore } from './edition-store.js';

export type EditionView = Awaited<ReturnType<typeof loadEditionView>>;

/**
 * An edition as its editor sees it: its papers in order, what is pinned and dropped, and the note.
 * @throws PaperboyError `no_edition`
 */
export async function loadEditionView(
  { editions, papers }: { editions: EditionStore; papers: PaperStore },
  target: Target,
) {
  const found = await editions.find(target.date, target.kind);
  if (!found) {
    const name = formatTarget(target).replace(/^the /, '');
    throw new PaperboyError('no_edition', `There is no ${name}.`);
  }
  const edition = await asToday({ papers }, await editions.withPapers(found));
  return toView(edition, await loadCuration({ editions, papers }, found.id), papers);
}

async function toView(edition: FullEdition, { pins, drops }: DraftCuration, papers: PaperStore) {
  const pinned = new Set(pins.map(({ paperId }) => paperId));
  const dropped = await papers.byIds(drops.map(({ paperId }) => paperId));
  const titles = new Map(dropped.map(({ id, title }) => [id, title]));
  const { kind, date, state, note } = edition;
  return {
    ...{ kind, date, state, note },
    pickedAt: iso(edition.pickedAt),
    frozenAt: edition.frozenAt === null ? null : iso(edition.frozenAt),
    papers: edition.papers.map((paper, index) => toPaperView(paper, index + 1, pinned)),
    dropped: drops.map(({ paperId, reason }) => ({
      ...{ id: paperId, title: titles.get(paperId) ?? null, reason },
    })),
  };
}

function toPaperView(
  { id, title, signal, suggestedBy = [], rising }: EditionPaper,
  place: number,
  pinned: ReadonlySet<string>,
) {
  const { upvotes } = signal;
  return {
    ...{ place, id, title, upvotes, pinned: pinned.has(id), suggestedBy },
    ...(rising && { rising }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
