import type { Day } from '../base/day.js';
import type { Curation, DraftBasis, DraftCuration, DroppedBefore } from './curation.js';
import type { Edition, EditionKind, EditionPaper, FullEdition } from './edition.js';

/** What an editor does to drafts, and whom the community is to thank. */
export interface CurationStore {
  /** An edition's curation, by the ids of its day, and how often it was written as a draft. */
  curation(editionId: number): Promise<DraftCuration & { revision: number }>;
  /**
   * Replaces the curation of a draft that is still at this revision. Its papers stay as they are
   * until `saveDraft` at the next revision.
   * @returns `false` when it is frozen or was written since: then nothing was changed.
   */
  saveCuration(editionId: number, curation: Curation, revision: number): Promise<boolean>;
  /**
   * Which of `paperIds` were dropped from a daily edition before this one: of an earlier date, or,
   * for a weekly edition, up to its own. The latest of several counts.
   */
  droppedBefore(
    edition: { kind: EditionKind; date: Day },
    paperIds: readonly string[],
  ): Promise<ReadonlyMap<string, DroppedBefore>>;
  /** Those of these papers whose suggestion was accepted, with the names to be shown. */
  credits(paperIds: readonly string[]): Promise<ReadonlyMap<string, string[]>>;
  /**
   * Lists accepted suggestions that were meant for an earlier day for this one, unless a daily
   * edition carries or an editor has dropped them: there was no edition of that day.
   */
  bringForward(day: Day): Promise<void>;
}

/** A paper of a draft as it is known by now. */
export interface DraftPaper {
  id: string;
  /** What it is kept under today. */
  currentId: string;
  withdrawn: boolean;
}

/** A paper that a draft loses when it is frozen. */
export interface LeftOut {
  id: string;
  reason: string;
}

export interface EditionStore extends CurationStore {
  /**
   * Makes the edition of (kind, date) or replaces the papers of its draft, all or nothing. Drafts
   * of later days lose the papers that a daily edition carries.
   * @returns `null` when it is frozen, or was written since the revision in `basis`: then nothing
   *   was changed.
   */
  saveDraft(
    kind: EditionKind,
    date: Day,
    papers: readonly EditionPaper[],
    pickedAt: number,
    basis?: DraftBasis,
  ): Promise<Edition | null>;
  /**
   * Freezes a draft without the papers that `findStale` names; freezing a frozen edition changes
   * nothing.
   */
  freeze(
    id: number,
    frozenAt: number,
    findStale: (papers: readonly DraftPaper[]) => LeftOut[],
  ): Promise<{ edition: Edition; leftOut: LeftOut[] }>;
  /**
   * A text that differs after each change to what readers see of any edition, also as drafts come to
   * be picked before that moment.
   */
  version(pickedBefore?: number): Promise<string>;
  find(date: Day, kind?: EditionKind): Promise<Edition | null>;
  /** @throws Error when there is none: whoever holds an id got it from the store. */
  byId(id: number): Promise<Edition>;
  withPapers(edition: Edition): Promise<FullEdition>;
  /**
   * The newest daily edition that has papers; the sample only when there is no other. With
   * `pickedBefore`, drafts that were picked later do not count, here and below, but the sample does.
   */
  newest(pickedBefore?: number): Promise<Edition | null>;
  /** Orders an edition to be sent to everybody from `sendAt` on; the first order stays. */
  schedule(id: number, sendAt: number): Promise<void>;
  /**
   * Editions whose time to be sent has come and whose deliveries are not all planned: by date, a
   * day's own edition before the weekly one, which leaves out what its readers get from that.
   */
  toPlan(now: number): Promise<Edition[]>;
  /** Notes that all deliveries of an edition have been planned. */
  markPlanned(id: number, now: number): Promise<void>;
  /** Daily editions with papers before `before` (or all), newest first, each with its first titles. */
  list(page: {
    before?: Day;
    limit: number;
    pickedBefore?: number | undefined;
  }): Promise<(Edition & { titles: string[] })[]>;
  /** The dates of daily editions with papers, newest first. */
  dates(limit: number, pickedBefore?: number): Promise<Day[]>;
  /** The dates of weekly editions with papers from `from` to `to`, newest first. */
  weeklies(from: Day, to: Day, pickedBefore?: number): Promise<Day[]>;
  /** The months, as `YYYY-MM`, that have daily editions with papers, newest first. */
  months(pickedBefore?: number): Promise<{ month: string; editions: number }[]>;
  /** The nearest daily editions with papers on both sides of `date`. */
  neighbours(date: Day, pickedBefore?: number): Promise<{ previous: Day | null; next: Day | null }>;
  /**
   * Which of `paperIds` are carried by a daily edition of a date before `from`, or by a frozen one
   * of a date after `to`.
   */
  carriedOutside(days: { from: Day; to: Day }, paperIds: readonly string[]): Promise<Set<string>>;
  /** Ids of all other editions that carry any paper of this one. */
  sharing(id: number): Promise<number[]>;
  /** Ids of the other weekly editions whose dates are at most so many days away. */
  weekliesNear(date: Day, days: number): Promise<number[]>;
}
