import type { Day } from '../base/day.js';
import type { IngestStore } from './ingest-store.js';
import type { MergedPaper } from './merge.js';
import type { RatedPaper } from './paper.js';
import type { VoteObservation } from './rising.js';

/** The source of papers that people suggested. It makes no day a day with papers. */
export const SUGGESTED = 'suggestion';

export interface PaperStore {
  /**
   * Runs `work` (`ingest.ts`) so that all its writes happen or none does, while nobody else takes in
   * an answer: who works beside another would not see which papers are the same.
   */
  ingesting<T>(work: (store: IngestStore) => Promise<T>): Promise<T>;
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
  find(id: string): Promise<MergedPaper | null>;
  /**
   * The newest day, up to `last` where that is given, for which a source lists papers (suggestions
   * aside); `null` where there is none.
   */
  newestListedDay(last?: Day): Promise<Day | null>;
}
