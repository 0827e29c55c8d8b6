import type { Cadence } from '../subscribers/preferences.js';
import type { NoticeCause, NoticeKind } from '../subscribers/subscribe.js';

/**
 * `planned → claimed → sending → accepted | deferred | refused | uncertain`, or `skipped`.
 * `deferred` and `uncertain` are tried again. `accepted`, `refused` and `skipped` are final, but an
 * `accepted` one turns into `bounced` when it comes back.
 */
export const DELIVERY_STATES = [
  'planned',
  'claimed',
  'sending',
  'accepted',
  'deferred',
  'refused',
  'uncertain',
  'skipped',
  'bounced',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Lost replies after which an uncertain delivery is not tried again (ledger rule 4). */
export const MAX_LOST_REPLIES = 5;
/**
 * The grace period in milliseconds: how long a delivery is tried after it is due, and how late a
 * missed daily run still happens.
 */
export const EXPIRES_AFTER = 24 * 3_600_000;

/** A mail of an outbox that a sender has claimed. Times are milliseconds since the epoch. */
export interface ClaimedMail {
  id: number;
  subscriberId: number;
  /** The recipient's address. */
  email: string;
  /** How often the reader's links were renewed by now. */
  links: number;
  /** A mark of the key by which it was composed first; `null` for what is older than such marks. */
  signedBy: string | null;
  /** Earlier attempts that count. */
  attempts: number;
  /** Earlier attempts that ended before the whole mail was out, or were turned away unjudged. */
  lostConnections: number;
  /** The route that a repeat of an uncertain mail has to take; `null` for any. */
  boundTo: string | null;
  /** Does not change with attempts. */
  dueAt: number;
  /** The time in its Date field: that of its first attempt. */
  datedAt: number;
  expiresAt: number;
  /**
   * What it is written in: as it was when it was planned or asked for, so that a repeat is the same.
   * `null` for what is older than the choice of a language.
   */
  language: string | null;
}

export interface ClaimedDelivery extends ClaimedMail {
  editionId: number;
  selectionId: number;
  /**
   * Only for the first digest after confirming: the reader's cadence when it was planned, so that a
   * repeat is the same even if they have changed it since.
   */
  first: Cadence | null;
}

export interface ClaimedNotice extends ClaimedMail {
  kind: NoticeKind;
  cause: NoticeCause;
  round: number;
}

/** An edition's deliveries by state. `claimed` and `sending` count as planned. */
export interface DeliveryCounts {
  planned: number;
  accepted: number;
  deferred: number;
  refused: number;
  uncertain: number;
  skipped: number;
  /** Accepted, and then reported as not delivered. */
  bounced: number;
}

export const NO_DELIVERIES: Readonly<DeliveryCounts> = {
  planned: 0,
  accepted: 0,
  deferred: 0,
  refused: 0,
  uncertain: 0,
  skipped: 0,
  bounced: 0,
};

export function addCounts(a: DeliveryCounts, b: DeliveryCounts): DeliveryCounts {
  return {
    planned: a.planned + b.planned,
    accepted: a.accepted + b.accepted,
    deferred: a.deferred + b.deferred,
    refused: a.refused + b.refused,
    uncertain: a.uncertain + b.uncertain,
    skipped: a.skipped + b.skipped,
    bounced: a.bounced + b.bounced,
  };
}
