import type { Day } from '../base/day.js';
import type { Rising } from './rising.js';

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
  /**
   * Where its source has a picture of it, and, after a space, where another is if that is of no use;
   * readers never load it from there. Left out: nowhere.
   */
  pictureUrl?: string;
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

/** It counts where the title is the same, or where nothing else can be meant (`papers/aliases.ts`). */
interface Alias {
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
  alias?: Alias | undefined;
}

/** An item of a source's answer that was left out, and why. */
export interface DroppedItem {
  /** The item's own id where it has one, else its place in the answer as `#3`. */
  id: string;
  reason: string;
}
