import type { Day } from '../base/day.js';
import type { ListedPaper, RatedPaper } from './paper.js';

/** The source of papers that people suggested. It makes no day a day with papers. */
export const SUGGESTED = 'suggestion';

export interface PaperStore {
  /**
   * Keeps `papers` as listed by `source` for `day`, together with their signals, all or none.
   * A known paper takes the newer texts; a field that the newer answer lacks keeps its value.
   * @returns how many distinct papers of this answer are now in the store.
   */
  saveListing(source: string, day: Day, papers: ListedPaper[]): Promise<number>;
  /** The papers that any source lists for `day`, each with its newest signal. */
  listedOn(day: Day): Promise<RatedPaper[]>;
  /** The papers that any source lists for a day from `from` to `to`, each with its newest signal. */
  listedFrom(from: Day, to: Day): Promise<RatedPaper[]>;
  /** Those of these papers that are known, each with its newest signal, in no order. */
  byIds(ids: readonly string[]): Promise<RatedPaper[]>;
  /** The newest day for which a source lists papers (suggestions aside), or `null` in an empty store. */
  newestListedDay(): Promise<Day | null>;
}
