import type { Selection, SelectionPreferences } from '../../interests/selection.js';
import type { Cadence, Preferences } from '../../subscribers/preferences.js';

/** The preferences that decide when a digest is due and which papers it has. */
export type DeliveryPreferences = SelectionPreferences &
  Pick<Preferences, 'timezone' | 'hour' | 'frequency' | 'weekday'>;

/** The readers of an edition. */
export interface Audience {
  editionId: number;
  /** Whether it is for readers of weekly digests, or for all others. */
  weekly: boolean;
  /** Other editions with some of its papers. Readers do not get these papers twice. */
  sharing: readonly number[];
  /** Other editions that it replaces. Readers with one of them do not get this one. */
  insteadOf: readonly number[];
  /** What is written to readers who have not chosen a language. */
  defaultLanguage: string;
}

/** Subscribers with an id above `after` and up to `upTo`. */
export interface IdRange {
  after: number;
  upTo: number;
}

/** The active subscribers of a range, grouped by equal preferences. */
export interface PreferenceGroups {
  upTo: number;
  /** How many subscribers are in all groups. */
  readers: number;
  groups: PreferenceGroup[];
}

/** Subscribers with equal preferences. A planner that knows the key need not read them again. */
export interface PreferenceGroup {
  key: string;
  read(): DeliveryPreferences;
}

/** The delivery that all subscribers of a group get. */
export interface PlannedGroup {
  key: string;
  selectionId: number;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

/** A subscriber who is planned individually. */
export type PlanningView = DeliveryPreferences &
  Pick<Preferences, 'language'> & { id: number; activeSince: number };

/** A delivery for the ledger. */
export interface PlannedDelivery {
  subscriberId: number;
  selectionId: number;
  /** Only for the first digest after confirming: the reader's cadence. */
  first: Cadence | null;
  /** What it is written in, whatever the reader chooses later. */
  language: string;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

/** The part of the ledger that planning uses. */
export interface PlanningLedger {
  /** Saves these selections, equal ones once. @returns their ids, in the same order */
  selectionIds(editionId: number, selections: Iterable<Selection>): Promise<number[]>;
  selection(id: number): Promise<Selection>;
  /** The paper ids of these selections, by selection id. */
  loadPapers(selectionIds: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>;
  /**
   * All ids that these papers have or had, with the current ids of the papers. A paper that was
   * merged into another is still the same.
   */
  alsoKnownAs(paperIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * The groups of the next `limit` active subscribers with weekly digests, or with others; `null` if
   * there are no more.
   */
  groups(page: { weekly: boolean; after: number; limit: number }): Promise<PreferenceGroups | null>;
  /**
   * Plans, in one statement, a delivery for each active subscriber of the range who is in one of
   * these groups, has been active since `activeBy` at the latest, and has no delivery of this edition
   * or of one that shares papers with it, in the language of each. Existing deliveries stay. A selection whose reasons were
   * erased since is not used.
   * @returns how many were planned
   */
  planGroups(
    audience: Audience,
    range: IdRange,
    groups: readonly PlannedGroup[],
    activeBy: number,
  ): Promise<number>;
  /**
   * Active subscribers of the range who should get the edition and have no delivery of it, or a
   * skipped one that may be planned again.
   */
  unplanned(audience: Audience, page: IdRange & { limit: number }): Promise<PlanningView[]>;
  /**
   * Takes the lock of planning until the end of the transaction. What readers had must not change
   * while it is decided what they get.
   */
  lockPlanning(): Promise<void>;
  /**
   * The ids of the selections of these editions that were or will be sent to these subscribers, by
   * subscriber id. Skipped and refused deliveries do not count.
   */
  loadSelections(
    editionIds: readonly number[],
    subscriberIds: readonly number[],
  ): Promise<ReadonlyMap<number, number[]>>;
  /**
   * Plans deliveries. An existing one stays, with two exceptions: a skipped one is planned again for
   * a reader who came back or was too late, and a planned one becomes a first digest.
   * @returns how many were planned
   */
  plan(editionId: number, deliveries: readonly PlannedDelivery[]): Promise<number>;
  /**
   * Plans refused deliveries of this edition again, due at once, if the reader may be mailed and had
   * none of its papers in an edition that shares some. Attempts start at 0, and they are written in
   * the language that the reader has by now.
   * @returns how many were planned
   */
  planAgain(audience: Pick<Audience, 'editionId' | 'sharing' | 'defaultLanguage'>): Promise<number>;
  /** Makes planned and deferred deliveries of this edition due at once. */
  makeDueNow(editionId: number): Promise<void>;
}
