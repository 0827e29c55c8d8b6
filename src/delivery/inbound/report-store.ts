import type { ReportKind } from '../../mail/reports/report.js';
import type { DeliveryState } from '../delivery.js';
import type { InboundAction, InboundDoor } from './inbound.js';

export type { ReportKind };

/**
 * By what a report is known to be about a mail of ours. `return-path`: by the key in the address that it
 * was sent to. `envelope-id`: by the same key in `Original-Envelope-Id`. `message-id`: by the Message-ID
 * and the recipient. `provider`: by the signature of a mail provider. `none`: it proves nothing.
 */
export type ReportTrust = 'return-path' | 'envelope-id' | 'message-id' | 'provider' | 'none';

/** A mail of one of the outboxes: a delivery or a notice. */
export interface MailRef {
  kind: 'd' | 'n';
  id: number;
}

/** A mail that a report is about. */
export interface ReportedMail extends MailRef {
  subscriberId: number;
  email: string;
  state: DeliveryState;
  /** `null` while it is not at its end. */
  endedAt: number | null;
}

/** A report as it is kept. */
export interface KeptReport {
  at: number;
  via: InboundDoor;
  kind: ReportKind;
  /** Only of subscribers. */
  email: string | null;
  /** Of the recipient, in ASCII and lower case. */
  domain: string | null;
  mail: MailRef | null;
  subscriberId: number | null;
  status: string | null;
  /** At most 500 characters. */
  reply: string;
  trust: ReportTrust;
  feedbackId: string | null;
}

/** A report as operators see it. */
export type ReportView = Pick<
  KeptReport,
  'at' | 'via' | 'kind' | 'status' | 'reply' | 'trust' | 'feedbackId'
> & { action: KeptAction };

/** A repeated report is not kept again. */
export type KeptAction = Exclude<InboundAction, 'repeated'>;

/** Reports of one kind of which the same was done. */
export interface ReportCount {
  kind: ReportKind;
  action: KeptAction;
  count: number;
}

export interface ReportStore {
  /**
   * Finds a mail, and keeps all others from reporting of its reader until the transaction ends: what
   * follows depends on what was reported before.
   */
  lockMail(ref: MailRef): Promise<ReportedMail | null>;
  /** The last mail to a subscriber that was out by then. */
  findLastMail(subscriberId: number, by: number): Promise<MailRef | null>;
  /**
   * Keeps a report, once for each key, whoever comes first.
   * @returns whether it was written
   */
  add(report: KeptReport, key: string): Promise<boolean>;
  /** The same for one that proves nothing, unless there are `most` of those since then. */
  addUnproven(
    report: KeptReport,
    key: string,
    limit: { most: number; since: number },
  ): Promise<boolean>;
  /** What was done about a report that was added. */
  setAction(key: string, action: KeptAction): Promise<void>;
  /** The last reports of a subscriber, newest first. */
  loadReports(subscriberId: number, limit: number): Promise<ReportView[]>;
  /** How many there are since then. */
  countSince(at: number): Promise<ReportCount[]>;
}
