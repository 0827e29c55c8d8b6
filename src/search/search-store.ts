import type { Day } from '../base/day.js';
import type { TextQuery } from './query.js';

/** A paper that was found, as a list shows it. */
export interface FoundPaper {
  id: string;
  title: string;
  abstract: string;
  authors: string[];
  organisation: string | null;
  url: string;
  pdfUrl: string | null;
  /** The day for which a source listed it first. */
  listedOn: Day;
  /** The date of the first daily edition that carries it. */
  edition: Day | null;
}

export interface Findings {
  /** Best first. */
  papers: FoundPaper[];
  /** How many can be reached by turning pages; 0 behind the last one. */
  count: number;
  /** Whether more match than can be reached. */
  more: boolean;
}

export interface SearchStore {
  /**
   * The papers that match, those with all of it in their title first. Where very many match, only
   * the newest of them are looked at.
   */
  findPapers(query: TextQuery, page: { offset: number; limit: number }): Promise<Findings>;
  /** The paper of an arXiv id, `null` when no source has listed it. */
  findById(arxivId: string): Promise<FoundPaper | null>;
}
