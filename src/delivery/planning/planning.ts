import type { Selection, SelectionPreferences } from '../../interests/selection.js';
import type { Cadence, Preferences } from '../../subscribers/preferences.js';

/** What decides when a subscriber's digest is due and what it holds. */
export type DeliveryPreferences = SelectionPreferences &
  Pick<Preferences, 'timezone' | 'hour' | 'frequency' | 'weekday'>;

/** An edition as planning sees it: whom it is for, and who has had it in another form. */
export interface Audience {
  editionId: number;
  /** Whether it is for those who want a weekly digest, or for all others. */
  weekly: boolean;
  /** Other editions with papers of this one: they are left out for who gets them in one of these. */
  sharing: readonly number[];
  /** Editions in whose place this one would come: whoever has one of them does not get this one. */
  insteadOf: readonly number[];
}

/** Subscribers with an id above `after` and up to `upTo`. */
export interface IdRange {
  after: number;
  upTo: number;
}

/** What the active subscribers of a range want, the same preferences once however many share it. */
export interface PreferenceGroups {
  upTo: number;
  /** How many subscribers that are. */
  readers: number;
  groups: PreferenceGroup[];
}

/** Preferences of many. Its key is all that a planner needs of one that it has met before. */
export interface PreferenceGroup {
  key: string;
  read(): DeliveryPreferences;
}

/** What follows from preferences, for all who share it. */
export interface PlannedGroup {
  key: string;
  selectionId: number;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

/** A subscriber who is planned by themselves. */
export type PlanningView = DeliveryPreferences & { id: number; activeSince: number };

/** A delivery to be written into the ledger. */
export interface PlannedDelivery {
  subscriberId: number;
  selectionId: number;
  /** Of the digest that greets somebody who has just confirmed: when the next ones come. */
  first: Cadence | null;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

/** The part of the ledger that writes deliveries down. */
export interface Planning {
  /** The ids of these selections of this edition, each kept once however many share it. */
  selectionIds(editionId: number, selections: Iterable<Selection>): Promise<number[]>;
  selection(id: number): Promise<Selection>;
  /** The papers of these selections, by the ids of the selections. */
  loadPapers(selectionIds: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>;
  /**
   * These papers by all ids that they have or had: one that was joined with another is still the
   * same.
   */
  alsoKnownAs(paperIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * The groups of the next `limit` active subscribers who want weekly digests, or of those who do
   * not; `null` when there are no more.
   */
  groups(page: { weekly: boolean; after: number; limit: number }): Promise<PreferenceGroups | null>;
  /**
   * Writes, in one statement, a delivery for each active subscriber of the range who has one of
   * these groups, has been active since `activeBy` at the latest, and has no delivery of this
   * edition or of one that it shares papers with. One that exists stays as it is. Nobody is planned
   * with a selection whose reasons have been forgotten since.
   * @returns how many were written.
   */
  planGroups(
    audience: Audience,
    range: IdRange,
    groups: readonly PlannedGroup[],
    activeBy: number,
  ): Promise<number>;
  /**
   * Active subscribers of the range whom the edition is for and who have no delivery of it, or a
   * skipped one that may be planned anew.
   */
  unplanned(audience: Audience, page: IdRange & { limit: number }): Promise<PlanningView[]>;
  /**
   * Waits until nobody else plans, and keeps it so until the end of the transaction: what somebody
   * has had must not change while it is decided what they get.
   */
  lockPlanning(): Promise<void>;
  /**
   * The selections that were or will be sent to these subscribers with one of these editions; what
   * was skipped or refused is none.
   */
  loadSelections(
    editionIds: readonly number[],
    subscriberIds: readonly number[],
  ): Promise<ReadonlyMap<number, number[]>>;
  /**
   * Writes deliveries down; one that exists stays as it is, but for a skipped one, which is
   * planned anew for somebody who came back or was too late, and one planned for later that becomes
   * a first digest.
   * @returns how many were written.
   */
  plan(editionId: number, deliveries: readonly PlannedDelivery[]): Promise<number>;
  /**
   * Plans once more what was refused in this edition, due at once, where the reader may be mailed
   * and has had nothing of its papers in an edition that shares some. Attempts are counted anew.
   * @returns how many were planned.
   */
  planAgain(audience: Pick<Audience, 'editionId' | 'sharing'>): Promise<number>;
  /** Makes what is planned or deferred in this edition due at once. */
  makeDueNow(editionId: number): Promise<void>;
}
