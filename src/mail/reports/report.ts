/**
 * What a mail that came back says of a recipient.
 *
 * - `permanent`: the mailbox or its domain doesn't exist, has moved or takes no mail.
 * - `temporary`: delayed, or a mailbox that is disabled, suspended or filtered.
 * - `full`: the mailbox is full.
 * - `policy`: blocks, authentication, spam and relaying: it is about the sender.
 * - `complaint`: the reader reported spam (RFC 5965, or what big providers send in its place).
 * - `auto-reply`: out of office and the like (RFC 3834).
 * - `unsubscribe`: the reader asks to leave.
 * - `unknown`: none of these.
 */
export const REPORT_KINDS = [
  'permanent',
  'temporary',
  'full',
  'policy',
  'complaint',
  'auto-reply',
  'unsubscribe',
  'unknown',
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** What one mail says of one recipient. */
export interface Report {
  kind: ReportKind;
  /** The address that it speaks of, `null` if none can be found. */
  recipient: string | null;
  /** An enhanced status code (RFC 3463), `null` if there is none. */
  status: string | null;
  /** The words of the server that refused it, as one clean line; empty if there are none. */
  reply: string;
  /** Whether its mail is still being tried. */
  isDelay?: boolean;
  /** Of a complaint: the provider's own id of it, if it has one. */
  feedbackId: string | null;
}

/** What may tell which of our mails a report is about. Anybody can write it: verify before use. */
export interface ReportClues {
  /** Addresses that the report itself was sent to, by its header fields, as they are written. */
  addressedTo: string[];
  /** `Original-Envelope-Id` (RFC 3464 §2.2.1). */
  envelopeIds: string[];
  /** Message-IDs of the mails that it returns or refers to, in angle brackets. */
  messageIds: string[];
}

/** A mail that came back, as it was read. It has a report at least. */
export interface ReportMail {
  reports: Report[];
  clues: ReportClues;
}
