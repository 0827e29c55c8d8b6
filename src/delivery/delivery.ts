import type { Cadence } from '../subscribers/preferences.js';

/**
 * `planned → claimed → sending → accepted | deferred | refused | uncertain`, or `skipped`.
 * `deferred` and `uncertain` are tried again; `accepted`, `refused` and `skipped` are the end.
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
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Replies that may get lost on the wire before an uncertain delivery is left as it is. */
export const MAX_LOST_REPLIES = 5;
/**
 * The grace period: how long a delivery is tried after it is due, and how long a daily run that was
 * missed is made up for.
 */
export const EXPIRES_AFTER = 24 * 3_600_000;

/** What every outbox hands to the sender. */
export interface ClaimedMail {
  id: number;
  subscriberId: number;
  /** Where it goes. */
  email: string;
  /** Times that sending it began and that count, this one not included. */
  attempts: number;
  /** Times that the connection was lost over it before all of it had gone out. */
  lostConnections: number;
  /** The route that a repeat of an uncertain mail has to take, `null` where any will do. */
  boundTo: string | null;
  /** Milliseconds since the epoch; stays the same however often it is tried. */
  dueAt: number;
  /** What stands in its Date field, in milliseconds: when it was first tried. */
  datedAt: number;
  expiresAt: number;
}

export interface ClaimedDelivery extends ClaimedMail {
  editionId: number;
  selectionId: number;
  /**
   * Of the digest that greets somebody who has just confirmed: when the next ones come. As it was when
   * it was planned, so that a repeat is the same though they have changed their mind.
   */
  first: Cadence | null;
}

export interface ClaimedNotice extends ClaimedMail {
  kind: 'confirm' | 'preferences';
  round: number;
}

/** An edition's deliveries by state; `claimed` and `sending` count as planned: no outcome yet. */
export interface DeliveryCounts {
  planned: number;
  accepted: number;
  deferred: number;
  refused: number;
  uncertain: number;
  skipped: number;
}

export const NO_DELIVERIES: Readonly<DeliveryCounts> = {
  planned: 0,
  accepted: 0,
  deferred: 0,
  refused: 0,
  uncertain: 0,
  skipped: 0,
};

export function addCounts(a: DeliveryCounts, b: DeliveryCounts): DeliveryCounts {
  return {
    planned: a.planned + b.planned,
    accepted: a.accepted + b.accepted,
    deferred: a.deferred + b.deferred,
    refused: a.refused + b.refused,
    uncertain: a.uncertain + b.uncertain,
    skipped: a.skipped + b.skipped,
  };
}
