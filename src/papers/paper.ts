import type { Day } from '../base/day.js';

export const SOURCE_NAMES = ['huggingface'] as const;
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
  /** arXiv id without version, e.g. `2608.13489`. */
  id: string;
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
}

/** A paper with the newest signal known of it: what an edition is made of. */
export interface RatedPaper extends Paper {
  signal: Signal;
}

/** A paper as one source listed it on one day. */
export interface ListedPaper {
  paper: Paper;
  signal: Signal;
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
  dropped: DroppedItem[];
}

/** Where papers come from. */
export interface Source {
  readonly name: string;
  /**
   * The papers that the source lists for `day`; an empty answer is a day without papers.
   * @throws PaperboyError `source_failed` when the source can't be read.
   */
  listDay(day: Day, signal?: AbortSignal): Promise<SourceAnswer>;
  /**
   * The newest day, not after `today`, that has papers, or `null` when none of the last weeks has.
   * @throws PaperboyError `source_failed` when the source can't be read.
   */
  newestDay(today: Day, signal?: AbortSignal): Promise<Day | null>;
}
