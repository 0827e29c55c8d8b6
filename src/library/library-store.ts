import type { Day } from '../base/day.js';
import type { Edition, EditionPaper } from '../editions/edition.js';
import type { RatedPaper } from '../papers/paper.js';
import type { Facet, FiledPaper } from './facets.js';
import type { FacetKind } from './slugs.js';

/** A paper of a list. */
export interface ShelvedPaper extends RatedPaper {
  /** The day for which it was listed first. */
  day: Day;
}

/** How many votes a source had counted at a moment. */
export interface CountedVotes {
  source: string;
  observedAt: number;
  upvotes: number;
}

export interface ListPage {
  offset: number;
  limit: number;
}

export interface Shelf {
  papers: ShelvedPaper[];
  /** Whether the list goes on. */
  more: boolean;
}

/** An edition that has a paper, or stands for itself in a calendar. */
export type EditionMark = Pick<Edition, 'kind' | 'date'>;

export interface UnfiledPaper {
  paper: FiledPaper;
  /** Differs after each change to the paper. */
  mark: number;
}

export interface FiledFacets {
  paperId: string;
  mark: number;
  facets: readonly Pick<Facet, 'kind' | 'slug'>[];
}

/** Papers by what they have in common, as the library shows them. */
export interface LibraryStore {
  /** The papers of an author, an organisation or a topic, those first that came last. */
  listBy(kind: FacetKind, slug: string, page: ListPage): Promise<Shelf>;
  /** The papers that were listed first for a day from `from` to `to`, most votes first. */
  listBest(from: Day, to: Day, page: ListPage): Promise<Shelf>;
  /** How a paper is called by which it is listed so, e.g. for a heading; `null` if there is none. */
  sampleOf(kind: FacetKind, slug: string): Promise<ShelvedPaper | null>;
  /** The paper as the newest edition had it that had it: one that no source lists, like the sample's. */
  findInEditions(id: string, pickedBefore?: number): Promise<EditionPaper | null>;
  /** The editions that have a paper under any of its ids, newest first. */
  editionsWith(id: string, pickedBefore?: number): Promise<EditionMark[]>;
  /** All votes that were counted on a paper, oldest first. */
  votesOf(id: string): Promise<CountedVotes[]>;
  /**
   * Ids of papers, but for `id`, that share these facets, of each the newest `most`, with the number
   * of the facets that led there.
   */
  sharing(
    id: string,
    facets: readonly { kind: FacetKind; slug: string }[],
    most: number,
  ): Promise<{ paperId: string; facet: number }[]>;
  /** These papers, in no order. */
  byIds(ids: readonly string[]): Promise<ShelvedPaper[]>;
  /** Of papers of a weekly edition the daily edition from `from` to `to` that had each first. */
  daysOf(
    paperIds: readonly string[],
    days: { from: Day; to: Day },
    pickedBefore?: number,
  ): Promise<ReadonlyMap<string, Day>>;
  /** How many papers can be found, and the ids of some of them, oldest first. */
  countPapers(): Promise<number>;
  listIds(page: ListPage): Promise<string[]>;
  /** Notes all papers as not filed: the rules of filing have changed. */
  unfileAll(): Promise<void>;
  /** Papers that are new, or have changed since they were filed, at most `most`. */
  loadUnfiled(most: number): Promise<UnfiledPaper[]>;
  /** Files papers; one that has changed since it was loaded waits for the next time. */
  saveFacets(filed: readonly FiledFacets[]): Promise<void>;
}
