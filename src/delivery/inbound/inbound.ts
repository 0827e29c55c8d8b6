import type { ReportKind } from '../../mail/reports/report.js';

/** The way by which something came back. */
export const INBOUND_DOORS = ['smtp', 'lmtp', 'imap', 'command', 'hook'] as const;
export type InboundDoor = (typeof INBOUND_DOORS)[number];

/** A mail that came in. */
export interface InboundMail {
  octets: Uint8Array;
  via: InboundDoor;
  /** The recipients of its envelope, where the door knows them. */
  recipients: readonly string[];
}

/** An event of a mail provider, whose signature was checked. */
export interface ProviderEvent {
  /** `ses`, `postmark` …, as in `/hooks/:provider`. */
  provider: string;
  /** The provider's id of the event: the same event is written once. */
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  kind: ReportKind;
  recipient: string;
  status: string | null;
  /** The words of the server or of the provider, as one line; empty if there are none. */
  reply: string;
  /** Our Message-ID in angle brackets, where the provider keeps it. */
  messageId: string | null;
  feedbackId: string | null;
}

/**
 * What was done about a report. `suppressed`: the address gets no more mails. `counted`: it is written
 * down and counts. `unsubscribed`: the reader has left. `repeated`: it was known already. `none`: it
 * is about nobody whom it could prove, or says nothing that counts.
 */
export type InboundAction = 'suppressed' | 'counted' | 'unsubscribed' | 'repeated' | 'none';

/** What became of one report. */
export interface Received {
  kind: ReportKind;
  recipient: string | null;
  status: string | null;
  action: InboundAction;
}

/**
 * What all doors hand their mails to. Both resolve once the store has it, so that only then the door
 * says so. They reject if the store can't take it: the sender of the report has to try again.
 */
export interface Inbound {
  /** @param dryRun only tells what it would do */
  receive(mail: InboundMail, options?: { dryRun?: boolean }): Promise<Received[]>;
  receiveEvent(event: ProviderEvent): Promise<Received>;
  /**
   * Whether an address could be one that we gave to a mail of ours as its return path, or the plain
   * `BOUNCE_ADDRESS`. Asks no store.
   */
  isOurs(address: string): boolean;
}
