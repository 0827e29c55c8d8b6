import type { NoticeCause } from '../subscribers/subscribe.js';
import type { ClaimedDelivery, ClaimedMail, ClaimedNotice, DeliveryCounts } from './delivery.js';
import type { DeliveryViews } from './delivery-view.js';
import type { Outcome } from './outcome.js';
import type { PlanningLedger } from './planning/planning-ledger.js';

/**
 * The result of beginning a mail. `ineligible`: it was skipped, with a reason. `lost`: another sender
 * has it now.
 */
export type Begun = 'sending' | 'ineligible' | 'lost';

/**
 * The result of a bounce. `under-way`: no end of the attempt is written yet. `other`: the mail is in no
 * state from which it can come back, or it is gone.
 */
export type Bounced = 'bounced' | 'repeated' | 'under-way' | 'other';

/** The end of an attempt, for the ledger. */
export interface DeliveryResult {
  id: number;
  outcome: Outcome;
  /**
   * Milliseconds until the next attempt of a mail that is not finished. It is finished if it expires
   * before that. `null`: it keeps its place in the queue.
   */
  retryIn: number | null;
}

/** A mail to begin, and its route. */
export interface Beginning {
  id: number;
  route: string;
  /** Whether it was begun just before, over a connection that turned out to be closed. */
  again: boolean;
}

/** What one sender writes in one commit. */
export interface Step {
  results: readonly DeliveryResult[];
  begin: readonly Beginning[];
}

/**
 * Mails that wait to be sent. Every change of state is one conditional write. Leases run by the
 * store's clock.
 */
export interface Outbox<Mail extends ClaimedMail> {
  /**
   * Hands up to `limit` due mails to `worker` for as long as a lease holds. Mails whose holder let the
   * lease run out are free again; those that it was sending become uncertain first (rule 3).
   */
  claim(worker: string, limit: number): Promise<Mail[]>;
  /**
   * Renews the leases of everything that `worker` holds. Also shortens leases of others and waits for
   * the next attempt that would never end, because the clock was set back.
   */
  renew(worker: string): Promise<void>;
  /**
   * Ends attempts and begins others; durable before it returns (rule 3). A mail begins (`claimed →
   * sending`) if its lease is alive, it has not expired, and the reader may be mailed (rule 5). If it
   * was held for a day and a newer edition waits for the reader, it is skipped.
   * @returns the result for each of `begin`, by id
   */
  advance(worker: string, step: Step): Promise<ReadonlyMap<number, Begun>>;
  /** Gives a claimed mail back; its next attempt is in `delay` milliseconds. */
  postpone(id: number, worker: string, delay: number): Promise<void>;
  /** Gives claimed mails back as they were. */
  release(worker: string, ids: readonly number[]): Promise<void>;
  /** Undoes recent refusals that turned out to be about us. */
  takeBack(ids: readonly number[]): Promise<void>;
  /**
   * `accepted`, `uncertain → bounced`: the mail has come back, so it was out. It stays ended; a copy
   * that waited is not sent. Also a mail that is being sent while it comes back can't be told from one
   * that is not out yet, so it is left alone.
   * @returns whether it is bounced by this write, was before, or is on the wire
   */
  bounce(id: number, reply: string): Promise<Bounced>;
}

/** A domain for which mails are set aside. */
export interface SetAsideDomain {
  domain: string;
  /** Milliseconds until the first of them is due, 0 or less if one is; `null` if all are claimed. */
  dueIn: number | null;
}

export interface SetAsideWanted {
  domain: string;
  limit: number;
  probe: boolean;
}

/**
 * The queue of mails whose domains take no more mails now. `claim` leaves these out. They are the same
 * rows in the same states, and expire like any other.
 */
export interface SetAsideQueue {
  /** How many mails of the main queue are due, but at most `limit`. */
  due(limit: number): Promise<number>;
  /** Gives claimed mails back and sets them aside. */
  setAside(worker: string, mails: readonly { id: number; domain: string }[]): Promise<void>;
  /** Sets aside the mails to these domains among the first `limit` due mails of the main queue. */
  setAsideDue(domains: readonly string[], limit: number): Promise<void>;
  /** Up to `limit` domains with set-aside mails, by name, after the name `after`. */
  setAsideDomains(after: string, limit: number): Promise<SetAsideDomain[]>;
  /**
   * Hands due set-aside mails to `worker`, as `claim` does, up to a limit for each domain. Mails that
   * were tried before come first; with `probe` they come last.
   */
  claimSetAside(worker: string, wanted: readonly SetAsideWanted[]): Promise<ClaimedDelivery[]>;
}

export type Deliveries = Outbox<ClaimedDelivery> & SetAsideQueue;

export interface Ledger extends Deliveries, PlanningLedger, DeliveryViews {
  /** The same outbox, narrowed to one edition. */
  ofEdition(editionId: number): Deliveries;
  counts(editionId: number): Promise<DeliveryCounts>;
  /**
   * How many unfinished deliveries are due or under way.
   * @param but domains whose set-aside mails are left out
   */
  open(editionId: number, but?: readonly string[]): Promise<number>;
  /**
   * Erases the reasons of up to `limit` selections, since they hold what readers typed. Only of
   * editions that were planned before that moment and whose deliveries are all finished. The papers
   * stay.
   * @returns how many selections; 0 if none is left
   */
  forgetReasons(plannedBefore: number, limit: number): Promise<number>;
}

export interface DueNotices {
  now: number;
  due: Record<NoticeCause, number>;
}

export interface Notices extends Omit<Outbox<ClaimedNotice>, 'claim'> {
  /** As with any outbox; with `cause` only those. */
  claim(worker: string, limit: number, cause?: NoticeCause): Promise<ClaimedNotice[]>;
  /** How many of each cause are due, but at most `limit`, and the time by the store's clock. */
  dueByCause(limit: number): Promise<DueNotices>;
  /**
   * Skips a claimed notice that is certainly not out, for that reason.
   * @returns whether it was still this worker's to skip
   */
  skip(worker: string, id: number, reason: string): Promise<boolean>;
}
