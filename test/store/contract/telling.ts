import { paperId } from '../../../src/papers/identity.js';
import type { ListedPaper, Paper } from '../../../src/papers/paper.js';
import type { Store } from '../../../src/store/store.js';
import { saveListing } from '../../papers/save-listing.js';
import { paper } from './dialect.js';

export const DAY = '2026-03-02';
export const NEXT = '2026-03-03';
export const TITLE = 'A lantern for every harbour in the dark';
export const ARXIV = '2603.00001';
export const DOI = '10.1000/lantern';

/** A paper as a source tells of it, nothing but a title unless `changes` says more. */
export function told(
  changes: Partial<Paper> = {},
  version?: number,
  upvotes?: number,
): ListedPaper {
  const { signal: _, ...whole } = paper('x', {
    title: TITLE,
    abstract: '',
    authors: [],
    url: 'https://example.org/a',
    pdfUrl: null,
    ...changes,
  });
  return {
    paper: { ...whole, id: paperId(whole, changes.id) },
    signal: upvotes === undefined ? null : { upvotes, comments: 0, codeStars: null },
    version,
  };
}

interface Answer {
  source: string;
  day: string;
  papers: ListedPaper[];
}

export const save = (store: Store, { source, day, papers }: Answer) =>
  saveListing(store.papers, source, day, papers);

/** All that a store tells of the papers of both days. */
export async function papersOf(store: Store) {
  const listed = await store.papers.listedFrom(DAY, NEXT);
  const whole = await Promise.all(
    listed.map(async (one) => ({ ...one, origins: (await store.papers.find(one.id))?.origins })),
  );
  return whole.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export const idsOn = async (store: Store, day: string) =>
  (await store.papers.listedOn(day)).map(({ id }) => id).sort();
