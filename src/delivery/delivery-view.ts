import type { Day } from '../base/day.js';
import type { Edition, EditionKind } from '../editions/edition.js';
import { type DeliveryState, NO_DELIVERIES } from './delivery.js';

/** What became of a delivery, for the operator. Times are milliseconds since the epoch. */
export interface DeliveryView {
  /** Of its edition. */
  date: Day;
  kind: EditionKind;
  state: DeliveryState;
  dueAt: number;
  endedAt: number | null;
  attempts: number;
  /** Over which it was tried last. */
  route: string | null;
  /** The server's last reply, or why it was skipped. */
  reply: string | null;
}

/** The same, and whose it is. */
export interface ReaderDelivery extends DeliveryView {
  subscriberId: number;
  email: string;
}

/** A page of an edition's deliveries, in the order of their subscribers' ids. */
export interface DeliveryPage {
  editionId: number;
  /** All of them when left out. */
  states?: readonly DeliveryState[];
  /** What stands behind the @, in ASCII and lower case. */
  domain?: string;
  /** Behind this subscriber's id. */
  after: number;
  limit: number;
}

/** The part of the ledger that tells what is in it. */
export interface DeliveryViews {
  deliveriesOfEdition(page: DeliveryPage): Promise<ReaderDelivery[]>;
  /** The last ones of a subscriber, newest edition first. */
  loadDeliveries(subscriberId: number, limit: number): Promise<DeliveryView[]>;
}

/** The states as operators tell them apart: those that an edition's counts have. */
export const COUNTED_STATES = Object.keys(NO_DELIVERIES) as (keyof typeof NO_DELIVERIES)[];
export type CountedState = (typeof COUNTED_STATES)[number];

/** The states that count as one of these; what is under way has no outcome yet. */
export function statesCountedAs(counted: readonly CountedState[]): DeliveryState[] {
  return counted.flatMap((state): DeliveryState[] =>
    state === 'planned' ? ['planned', 'claimed', 'sending'] : [state],
  );
}

/** Which deliveries of an edition are wanted. */
export type DeliveryFilter = Pick<DeliveryPage, 'states' | 'domain'>;

/** Deliveries that are in memory at once. */
const BATCH = 1_000;

/** The deliveries of editions, one edition after another, batch by batch: there may be a million. */
export async function* streamDeliveries(
  ledger: Pick<DeliveryViews, 'deliveriesOfEdition'>,
  editions: readonly Pick<Edition, 'id'>[],
  filter: DeliveryFilter,
): AsyncGenerator<ReaderDelivery[]> {
  for (const { id: editionId } of editions) {
    for (let after = 0; ; ) {
      const page = { editionId, ...filter, after, limit: BATCH };
      const batch = await ledger.deliveriesOfEdition(page);
      const last = batch.at(-1);
      if (last === undefined) break;
      yield batch;
      after = last.subscriberId;
    }
  }
}
