import type { ClaimedDelivery, ClaimedMail, ClaimedNotice, DeliveryCounts } from './delivery.js';
import type { DeliveryViews } from './delivery-view.js';
import type { Outcome } from './outcome.js';
import type { Planning } from './planning/planning.js';

/**
 * How beginning went: `ineligible` mails are at their end, with a reason, `lost` ones are another's.
 */
export type Begun = 'sending' | 'ineligible' | 'lost';

/** How an attempt ended, to be written down. */
export interface DeliveryResult {
  id: number;
  outcome: Outcome;
  /**
   * Milliseconds until a mail that is not at its end comes up again, by the store's clock; one that
   * expires before is at its end. `null`: it keeps its place in the queue.
   */
  retryIn: number | null;
}

/** A mail to begin, over which route. */
export interface Beginning {
  id: number;
  route: string;
  /** Whether it was begun already over a connection that turned out to be over. */
  again: boolean;
}

/** What the connections of one sender write down at once. */
export interface Step {
  results: readonly DeliveryResult[];
  begin: readonly Beginning[];
}

/**
 * Mails that wait to be sent. Every change of state is one conditional write; leases run by the
 * store's clock.
 */
export interface Outbox<Mail extends ClaimedMail> {
  /**
   * Hands up to `limit` due mails to `worker` for as long as a lease holds. Mails whose holder let the
   * lease run out are free again; those that it was sending become uncertain first (rule 3).
   */
  claim(worker: string, limit: number): Promise<Mail[]>;
  /**
   * Lengthens the leases of everything that `worker` holds, and cuts short what a clock that was set
   * back has made endless: others' leases, and waits for the next try.
   */
  renew(worker: string): Promise<void>;
  /**
   * Ends attempts and begins others, durable before it returns. A mail begins (`claimed →
   * sending`) if the lease lives, it is not too late, the reader may be mailed, and no newer edition
   * waits for them behind one that was held for a day.
   * @returns how beginning each of `begin` went.
   */
  advance(worker: string, step: Step): Promise<ReadonlyMap<number, Begun>>;
  /** Gives a claimed mail back, to come up again in `delay` milliseconds. */
  postpone(id: number, worker: string, delay: number): Promise<void>;
  /** Gives claimed mails back as they were. */
  release(worker: string, ids: readonly number[]): Promise<void>;
  /** Makes refusals of lately undone: they turned out to be about us. */
  takeBack(ids: readonly number[]): Promise<void>;
}

/** A domain for which mails are set aside. */
export interface SetAsideDomain {
  domain: string;
  /** Milliseconds until the first of them is due, 0 or less when one is, `null` when all are held. */
  dueIn: number | null;
}

export interface SetAsideWanted {
  domain: string;
  limit: number;
  probe: boolean;
}

/**
 * A queue of its own for mails whose domains take no more just now: claims of the main queue leave
 * them out. They are the same rows in the same states, and expire like any other.
 */
export interface SetAsideQueue {
  /** How many mails of the main queue are due, counted up to `limit`. */
  due(limit: number): Promise<number>;
  /** Gives claimed mails back to wait for their domains. */
  setAside(worker: string, mails: readonly { id: number; domain: string }[]): Promise<void>;
  /** Parks what goes to these domains among the first `limit` due mails of the main queue. */
  setAsideDue(domains: readonly string[], limit: number): Promise<void>;
  /** Up to `limit` domains for which mails are set aside, in the order of their names behind `after`. */
  setAsideDomains(after: string, limit: number): Promise<SetAsideDomain[]>;
  /**
   * Hands due set aside mails to `worker`, as `claim` does: up to so many of each domain, those first
   * that were tried before; `probe`: those last.
   */
  claimSetAside(worker: string, wanted: readonly SetAsideWanted[]): Promise<ClaimedDelivery[]>;
}

export type Deliveries = Outbox<ClaimedDelivery> & SetAsideQueue;

export interface Ledger extends Deliveries, Planning, DeliveryViews {
  /** The same outbox, narrowed to one edition. */
  ofEdition(editionId: number): Deliveries;
  counts(editionId: number): Promise<DeliveryCounts>;
  /**
   * How many are due now, or are being tried, and have not come to their end.
   * @param but domains whose set aside mails are left out
   */
  open(editionId: number, but?: readonly string[]): Promise<number>;
  /**
   * Forgets the reasons, which hold what readers typed, of up to `limit` selections of an edition
   * that was planned before that moment and whose deliveries have all ended. The papers stay.
   * @returns how many; 0 when there is nothing to forget.
   */
  forgetReasons(plannedBefore: number, limit: number): Promise<number>;
}

export type Notices = Outbox<ClaimedNotice>;
