import type { Day } from '../base/day.js';
import type { Rising } from './rising.js';

/** The sources that are asked each day. */
export const SOURCE_NAMES = ['huggingface', 'arxiv', 'feed'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** What a source says of a paper's popularity at a moment. */
export interface Signal {
  upvotes: number;
  comments: number;
  /** Stars of the code repository, `null` where there is none or nobody counted. */
  codeStars: number | null;
}

/** One research paper. Texts are clean: one line, Unicode, no markup; never HTML. */
export interface Paper {
  /** What it is stored under: its arXiv id, else `doi:…`, else its source's own (`paperId`). */
  id: string;
  /** Without version, e.g. `2608.13489` or `cs/0112017`. */
  arxivId: string | null;
  /** In lower case, without `https://doi.org/`; the DOIs that arXiv gives are left out. */
  doi: string | null;
  title: string;
  abstract: string;
  /** One sentence that says what the paper is about, where a source has one. */
  summary: string | null;
  authors: string[];
  organisation: string | null;
  publishedOn: Day | null;
  url: string;
  pdfUrl: string | null;
  codeUrl: string | null;
  projectUrl: string | null;
  keywords: string[];
  /** Categories of arXiv, the primary one first. */
  categories: string[];
  /** Its authors or arXiv have taken it back: no edition picks it. */
  withdrawn: boolean;
}

/** A paper with the newest signal known of it, or zeros: what an edition is made of. */
export interface RatedPaper extends Paper {
  signal: Signal;
  /** No source counts votes on it: its signal is made up. */
  uncounted?: true;
  /** Names of all sources that list it. */
  sources?: string[];
  /** It comes after its own day, because of what came in since then. */
  rising?: Rising;
}

/** It counts where the title is the same, or where nothing else can be meant (`store/former-keys.ts`). */
interface FormerKey {
  key: string;
  /** Whether the source tells of others by now that may have been called so. */
  isShared: boolean;
}

/** A paper as one source listed it on one day. */
export interface ListedPaper {
  paper: Paper;
  /** `null` where the source counts nothing. */
  signal: Signal | null;
  /** Which version on arXiv the texts are of, where the source says it. */
  version?: number | undefined;
  /** What the source may have called it before. */
  former?: FormerKey | undefined;
}

/** An item of a source's answer that was left out, and why. */
export interface DroppedItem {
  /** The item's own id where it has one, else its place in the answer as `#3`. */
  id: string;
  reason: string;
}

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
  validators?: string | null;
  /** Why a part of the source could not be read, where one could not. */
  failure?: string;
  /** Whether there may be more another time, though nothing went wrong. */
  isUnsure?: boolean;
}

/** How a source is asked. */
export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** The day that it is for whoever asks; by the clock when left out. */
  today?: Day | undefined;
  /** When whoever asks gives up, by the clock: nothing that ends later need be waited for. */
  until?: number | undefined;
  /** What the source has read since then, by the clock, it need not read again. */
  since?: number | undefined;
  /** Of an earlier answer for this day. */
  validators?: string | undefined;
  /** Told why a newer day than the newest that was found may be missing, where one may. */
  onMissing?: ((reason: string) => void) | undefined;
}

/** Where papers come from. */
export interface Source {
  readonly name: string;
  /** Whether it counts votes, so that asking again during a day tells something. */
  readonly countsVotes?: boolean;
  /** By what its answers differ from those under other settings, if by anything. */
  readonly settings?: string;
  /**
   * The papers that the source lists for `day`; an empty answer is a day without papers.
   * @throws PaperboyError `source_failed` when the source can't be read.
   */
  listDay(day: Day, options?: AskOptions): Promise<SourceAnswer>;
  /**
   * The newest day, not after `today`, that has papers, or `null` when none of the last weeks has.
   * @throws PaperboyError `source_failed` when the source can't be read.
   */
  newestDay(today: Day, options?: AskOptions): Promise<Day | null>;
}
