import type { Day } from '../base/day.js';
import type { DroppedItem, ListedPaper } from '../papers/paper.js';

/** The sources that are fetched each day. */
export const SOURCE_NAMES = ['huggingface', 'arxiv', 'feed'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** One source's answer for one day. */
export interface SourceAnswer {
  /** Items in the answer, repeated and broken ones included. */
  listed: number;
  /** Distinct papers, in the order of the answer. */
  papers: ListedPaper[];
  /** Ids of items left out because the answer holds a better one of the same paper. */
  repeated?: string[];
  dropped: DroppedItem[];
  /** Newer texts of papers that are not listed for this day: for those that are known already. */
  updates?: ListedPaper[];
  /** Whether all is as it was when `validators` were given, so that nothing is repeated here. */
  unchanged?: boolean;
  /** By which the source knows this answer again, where it does. */
  validators?: readonly string[] | null;
  /** Why a part of the source could not be read, where one could not. */
  failure?: string;
  /** Whether there may be more another time, though nothing went wrong. */
  isUnsure?: boolean;
}

/** How a source is fetched. */
export interface SourceOptions {
  signal?: AbortSignal | undefined;
  /** The day that it is for whoever asks; by the clock when left out. */
  today?: Day | undefined;
  /** When whoever asks gives up, by the clock: nothing that ends later need be waited for. */
  until?: number | undefined;
  /** What the source has read since then, by the clock, it need not read again. */
  since?: number | undefined;
  /** Of an earlier answer for this day. */
  validators?: readonly string[] | undefined;
  /** The ids of what the store has from this source for another day. */
  listedFor?: ((day: Day) => Promise<ReadonlySet<string>>) | undefined;
  /** Called with the reason why a newer day than the newest that was found may be missing, where one may. */
  onMissing?: ((reason: string) => void) | undefined;
}

/** Where papers come from. */
export interface Source {
  readonly name: string;
  /** Whether it counts votes, so that fetching again during a day brings something new. */
  readonly countsVotes?: boolean;
  /** By what its answers differ from those under other settings, if by anything. */
  readonly settings?: string;
  /**
   * The papers that the source lists for `day`; an empty answer is a day without papers.
   * @throws PaperboyError `source_failed` when the source can't be read.
   */
  listDay(day: Day, options?: SourceOptions): Promise<SourceAnswer>;
  /**
   * The newest day, not after `today`, that has papers, or `null` when none of the last weeks has.
   * @throws PaperboyError `source_failed` when the source can't be read.
   */
  newestDay(today: Day, options?: SourceOptions): Promise<Day | null>;
}
