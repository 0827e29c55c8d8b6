import type {
  ClaimedDelivery,
  ClaimedMail,
  ClaimedNotice,
  DeliveryCounts,
  OpenDeliveries,
  PlannedDelivery,
  PlanningView,
} from './delivery.js';
import type { Outcome } from './outcome.js';

/** How `begin` went: `ineligible` rows are skipped with a reason, `lost` ones are another's. */
export type Begun = 'sending' | 'ineligible' | 'lost';

/**
 * Mails that wait to be sent. Every change of state is one conditional write; leases run by the
 * store's clock.
 */
export interface Outbox<Mail extends ClaimedMail> {
  /**
   * Hands up to `limit` due mails to `worker` for `LEASE` milliseconds. Mails whose holder let the
   * lease run out are free again; those that it was sending become uncertain first (rule 3).
   */
  claim(worker: string, limit: number): Promise<Mail[]>;
  /** Lengthens the leases of everything that `worker` holds. */
  renew(worker: string): Promise<void>;
  /** `claimed → sending`, durable before it returns, if the lease lives and the reader may be mailed. */
  begin(id: number, worker: string): Promise<Begun>;
  /** Gives a claimed mail back, to come up again at `until`. */
  postpone(id: number, worker: string, until: number): Promise<void>;
  /** Gives claimed mails back as they were. */
  release(worker: string, ids: readonly number[]): Promise<void>;
  /**
   * Ends an attempt. `retryAt` is when a deferred, uncertain or unsent mail comes up again; one
   * that expires before is refused. A refusal with `suppress` suppresses the address with it.
   */
  settle(id: number, worker: string, outcome: Outcome, retryAt: number): Promise<void>;
  /** When the next mail comes up, `null` when none waits. */
  nextAt(): Promise<number | null>;
}

export interface Ledger extends Outbox<ClaimedDelivery> {
  /** The same outbox, narrowed to one edition. */
  ofEdition(editionId: number): Outbox<ClaimedDelivery>;
  /** The id of this ordered list of papers in this edition, kept once however many share it. */
  selectionId(editionId: number, paperIds: readonly string[]): Promise<number>;
  /** The papers of a selection, in order. */
  selection(id: number): Promise<string[]>;
  /** Active subscribers with an id above `after` who have no delivery of this edition yet. */
  unplanned(page: { editionId: number; after: number; limit: number }): Promise<PlanningView[]>;
  /**
   * Writes deliveries down; one that exists stays as it is, but for a skipped one, which is
   * planned anew for somebody who came back or was too late, and a planned one that becomes a
   * first digest.
   * @returns how many were written.
   */
  plan(editionId: number, deliveries: readonly PlannedDelivery[]): Promise<number>;
  /** Makes what is planned or deferred in this edition due at once. */
  hasten(editionId: number): Promise<void>;
  counts(editionId: number): Promise<DeliveryCounts>;
  /** What is due now, or is being tried, and has not come to its end. */
  open(editionId: number): Promise<OpenDeliveries>;
}

export type Notices = Outbox<ClaimedNotice>;
