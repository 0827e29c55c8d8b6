import type { Day } from '../base/day.js';
import type { MergedPaper } from './merge.js';
import type { Signal } from './paper.js';
import type { PaperRecord } from './record.js';
import type { SearchTexts } from './search-texts.js';

/** A record as it is kept. */
export interface StoredRecord extends PaperRecord {
  paperId: string;
  /** What its source calls it by now, where that is not its key. */
  currentKey: string | null;
}

/** By what records of one paper find each other. */
export type RecordLink = 'key' | 'arxivId' | 'doi' | 'titleKey' | 'paperId';

/** That a source lists a record for a day. */
export interface Listing {
  paperId: string;
  source: string;
  key: string;
  day: Day;
}

/** A paper as it is written. */
export interface SavedPaper extends MergedPaper {
  searched: SearchTexts | null;
}

/** What taking in an answer reads and writes. All writes happen or none, and nobody else's beside. */
export interface IngestStore {
  /** The records that `source` has under these keys, or that it calls so by now. */
  loadRecords(
    source: string,
    keys: readonly string[],
    by?: 'key' | 'currentKey',
  ): Promise<StoredRecord[]>;
  /** The records of all sources that have one of these values. */
  loadLinkedRecords(link: RecordLink, values: readonly string[]): Promise<StoredRecord[]>;
  savePapers(papers: readonly SavedPaper[]): Promise<void>;
  saveRecords(records: readonly StoredRecord[]): Promise<void>;
  /** Moves what was listed and counted of a record to the paper that it belongs to now. */
  moveListings(record: { source: string; key: string }, from: string, to: string): Promise<void>;
  /** Takes away papers that have no records any more. */
  removePapers(ids: readonly string[]): Promise<void>;
  /** What is listed already stays as it is. */
  saveListings(listings: readonly Listing[]): Promise<void>;
  /** What was counted at the same moment is replaced. Each listing at most once. */
  saveSignals(
    signals: readonly { listing: Listing; signal: Signal }[],
    observedAt: number,
  ): Promise<void>;
}
