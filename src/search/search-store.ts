import type { Day } from '../base/day.js';
import type { TextQuery } from './query.js';

/** A search result. */
export interface FoundPaper {
  id: string;
  title: string;
  abstract: string;
  summary: string | null;
  authors: string[];
  organisation: string | null;
  url: string;
  pdfUrl: string | null;
  /** The day of its first listing by a source. */
  listedOn: Day;
  /** The date of the first daily edition that has it. */
  edition: Day | null;
}

export interface Findings {
  /** Best first. */
  papers: FoundPaper[];
  /** How many can be reached by paging; 0 after the last page. */
  count: number;
  /** Whether more papers match than can be reached. */
  more: boolean;
}

export interface SearchPage {
  offset: number;
  limit: number;
  /** Drafts that were picked later are named by no paper. */
  pickedBefore?: number | undefined;
}

export interface SearchStore {
  /**
   * The matching papers; those with all terms in their title come first. If very many match, only the
   * newest are ranked.
   */
  findPapers(query: TextQuery, page: SearchPage): Promise<Findings>;
  /** The paper of an arXiv id, `null` when no source has listed it. */
  findById(arxivId: string, pickedBefore?: number): Promise<FoundPaper | null>;
}
