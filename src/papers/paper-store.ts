import type { Day } from '../base/day.js';
import type { Origins } from './merge.js';
import type { ListedPaper, Paper, RatedPaper } from './paper.js';
import type { VoteObservation } from './rising.js';

/** What became of one answer in the store. */
export interface SavedListing {
  /** How many distinct papers of it are in the store, new or known. */
  stored: number;
  /** Papers of before that turned out to be the same as another, by their ids. */
  joined: { id: string; into: string }[];
}

/** The source of papers that people suggested. It makes no day a day with papers. */
export const SUGGESTED = 'suggestion';

export interface PaperStore {
  /**
   * Keeps `papers` as listed by `source` for `day`, together with their signals, all or none, and
   * makes one paper of all that are the same, whichever source told of them (`merge.ts`).
   * @param updates newer texts of papers that are not listed: unknown ones stay unknown.
   */
  saveListing(
    source: string,
    day: Day,
    papers: readonly ListedPaper[],
    updates?: readonly ListedPaper[],
  ): Promise<SavedListing>;
  /** The papers that any source lists for `day`, each with its newest signal. */
  listedOn(day: Day): Promise<RatedPaper[]>;
  /** The papers that any source lists for a day from `from` to `to`, each with its newest signal. */
  listedFrom(from: Day, to: Day): Promise<RatedPaper[]>;
  /** All votes that were seen on what sources list for a day from `from` to `to`, in no order. */
  voteObservations(from: Day, to: Day): Promise<VoteObservation[]>;
  /** Those of these papers that are known, each with its newest signal, in no order. */
  byIds(ids: readonly string[]): Promise<RatedPaper[]>;
  /**
   * What each of these papers is kept under today: sources that tell more may give a paper another
   * id. Ids that nobody knows stay as they are.
   */
  todaysIds(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** A paper by its id, also by one that it had before it was joined with another. */
  find(id: string): Promise<{ paper: Paper; origins: Origins } | null>;
  /**
   * The newest day, up to `last` where that is given, for which a source lists papers (suggestions
   * aside); `null` where there is none.
   */
  newestListedDay(last?: Day): Promise<Day | null>;
}
