import type { Day } from '../../base/day.js';
import type { ReportKind } from '../../mail/reports/report.js';

/** What is counted of mails: that a server took them, and what came back later. */
export const COUNTED_EVENTS = [
  'accepted',
  'permanent',
  'temporary',
  'full',
  'policy',
  'complaint',
] as const satisfies readonly ('accepted' | ReportKind)[];
export type CountedEvent = (typeof COUNTED_EVENTS)[number];

/**
 * Digests are counted apart from notices: a stranger can cause notices to any address, and must not be
 * able to stop anybody's digests by it.
 */
export type CountedMails = 'digest' | 'notice';

export interface MailCount {
  /** The day, in the time zone of editions, on which the mails were accepted that it is about. */
  day: Day;
  event: CountedEvent;
  /** A domain group; `OTHERS` for domains of past days with very few mails. */
  group: string;
  mails: CountedMails;
  count: number;
}

/** Domains that get too few mails to tell anything, and whose names may be people's names. */
export const OTHERS = 'others';

/** What of a report is counted. Times are milliseconds since the epoch. */
export interface CountableReport {
  id: number;
  at: number;
  kind: ReportKind;
  domain: string | null;
  /** When the mail was accepted that it is about; `null` if that mail is not known. */
  acceptedAt: number | null;
  mails: CountedMails;
  /** Whether it is proven to be about a mail of ours, and its reader's first of that kind in a week. */
  counts: boolean;
}

/** A digest that was accepted before mails were counted. */
export interface OldMail {
  acceptedAt: number;
  domain: string;
}

/** Counts of mails by day and domain group, for all processes. */
export interface MailCounts {
  /** Adds to the counts, in one write. */
  add(counts: readonly MailCount[]): Promise<void>;
  /**
   * Takes up to `limit` reports that were not taken before. What is counted of them has to be written
   * in the same transaction.
   * @param sameReader milliseconds within which further reports of a reader and kind don't count
   */
  takeReports(limit: number, sameReader: number): Promise<CountableReport[]>;
  /**
   * Takes the accepted digests among up to `limit` deliveries from before mails were counted, the newest
   * first. They have to be counted in the same transaction.
   * @returns `null` if all were taken before
   */
  takeOldMails(limit: number): Promise<OldMail[] | null>;
  /** Whether all of those are counted: only then may old deliveries be deleted. */
  isComplete(): Promise<boolean>;
  /**
   * The counts since that day of all groups about which anything came back, and of `groups`.
   */
  since(day: Day, groups: readonly string[]): Promise<MailCount[]>;
  /**
   * Moves the counts of groups with fewer than `few` accepted mails on a day to `OTHERS`.
   * @param days from the first up to, and without, the last one
   * @param keep groups that stay, however few their mails are
   */
  fold(days: readonly [Day, Day], few: number, keep: readonly string[]): Promise<void>;
}
