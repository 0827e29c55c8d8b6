import type { Preferences } from '../subscribers/preferences.js';

/** What decides when a subscriber's digest is due and what it holds. */
export type ReaderWish = Pick<Preferences, 'timezone' | 'hour' | 'frequency' | 'length'>;

/** Subscribers with an id above `after` and up to `upTo`. */
export interface IdRange {
  after: number;
  upTo: number;
}

/** What the active subscribers of a range want, each wish once however many share it. */
export interface Wishes {
  upTo: number;
  wishes: (ReaderWish & { key: string })[];
}

/** What follows from a wish, for all who share it. */
export interface PlannedWish {
  key: string;
  selectionId: number;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

/** A subscriber who is planned by themselves. */
export type PlanningView = ReaderWish & { id: number; activeSince: number };

/** A delivery to be written into the ledger. */
export interface PlannedDelivery {
  subscriberId: number;
  selectionId: number;
  /** The digest that greets somebody who has just confirmed. */
  first: boolean;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

/** The part of the ledger that writes deliveries down. */
export interface Planning {
  /** The id of this ordered list of papers in this edition, kept once however many share it. */
  selectionId(editionId: number, paperIds: readonly string[]): Promise<number>;
  /** The papers of a selection, in order. */
  selection(id: number): Promise<string[]>;
  /** The wishes of the next `limit` active subscribers, `null` when there are no more. */
  wishes(page: { after: number; limit: number }): Promise<Wishes | null>;
  /**
   * Writes, in one statement, a delivery for each active subscriber of the range who has one of
   * these wishes, has been active since `activeBy` at the latest, and has no delivery of this
   * edition. One that exists stays as it is.
   * @returns how many were written.
   */
  planWishes(
    editionId: number,
    range: IdRange,
    wishes: readonly PlannedWish[],
    activeBy: number,
  ): Promise<number>;
  /**
   * Active subscribers of the range who have no delivery of this edition, or a skipped one that may
   * be planned anew.
   */
  unplanned(page: IdRange & { editionId: number; limit: number }): Promise<PlanningView[]>;
  /**
   * Writes deliveries down; one that exists stays as it is, but for a skipped one, which is
   * planned anew for somebody who came back or was too late, and one planned for later that becomes
   * a first digest.
   * @returns how many were written.
   */
  plan(editionId: number, deliveries: readonly PlannedDelivery[]): Promise<number>;
  /** Makes what is planned or deferred in this edition due at once. */
  hasten(editionId: number): Promise<void>;
}
