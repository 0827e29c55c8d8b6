import type { Day } from '../base/day.js';
import type { Edition, EditionKind } from '../editions/edition.js';
import type { Consent, Subscriber } from '../subscribers/subscriber.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type { Suppression, SuppressionEvent } from '../subscribers/suppression.js';
import { type DeliveryState, NO_DELIVERIES } from './delivery.js';
import type { ReportStore, ReportView } from './inbound/report-store.js';

/** A delivery as operators see it. Times are milliseconds since the epoch. */
export interface DeliveryView {
  /** The date of its edition. */
  date: Day;
  kind: EditionKind;
  state: DeliveryState;
  dueAt: number;
  endedAt: number | null;
  attempts: number;
  /** The route of its last attempt. */
  route: string | null;
  /** The server's last reply, or why it was skipped. */
  reply: string | null;
}

/** The same with its subscriber. */
export interface ReaderDelivery extends DeliveryView {
  subscriberId: number;
  email: string;
}

/** A page of an edition's deliveries, by subscriber id. */
export interface DeliveryPage {
  editionId: number;
  /** All states if left out. */
  states?: readonly DeliveryState[];
  /** The part of the address after the @, in ASCII and lower case. */
  domain?: string;
  /** Subscribers with a greater id than this. */
  after: number;
  limit: number;
}

/** A row as it is kept, with moments in milliseconds under names that end with `_at` or `_until`. */
export type KeptRow = Readonly<Record<string, unknown>>;

/** The part of the ledger that shows deliveries to operators. */
export interface DeliveryViews {
  /** All that is kept of mails to one reader, with the papers of each digest and why they were in it. */
  loadKeptMails(
    subscriberId: number,
  ): Promise<{ deliveries: KeptRow[]; notices: KeptRow[]; reports: KeptRow[] }>;
  deliveriesOfEdition(page: DeliveryPage): Promise<ReaderDelivery[]>;
  /** The last deliveries of a subscriber, newest edition first. */
  loadDeliveries(subscriberId: number, limit: number): Promise<DeliveryView[]>;
}

/** The states that operators see: those of an edition's counts. */
export const COUNTED_STATES = Object.keys(NO_DELIVERIES) as (keyof typeof NO_DELIVERIES)[];
export type CountedState = (typeof COUNTED_STATES)[number];

/** The ledger's states behind counted states: mails under way count as planned. */
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

/** All that is known of a subscriber, for the operator. */
export interface SubscriberRecord {
  subscriber: Subscriber;
  consents: Consent[];
  suppression: Suppression | null;
  suppressionEvents: SuppressionEvent[];
  /** The last ones, newest edition first. */
  deliveries: DeliveryView[];
  /** What came back of their mails; the last ones, newest first. */
  reports: ReportView[];
}

/** Deliveries in a record: a month of daily digests. */
const DELIVERIES = 30;
const REPORTS = 30;

interface RecordDeps {
  subscribers: Pick<SubscriberStore, 'consents' | 'findSuppression' | 'suppressionEvents'>;
  ledger: Pick<DeliveryViews, 'loadDeliveries'>;
  reports: Pick<ReportStore, 'loadReports'>;
}

export async function loadSubscriberRecord(
  { subscribers, ledger, reports }: RecordDeps,
  subscriber: Subscriber,
): Promise<SubscriberRecord> {
  const { id, email } = subscriber;
  return {
    subscriber,
    consents: await subscribers.consents(id),
    suppression: await subscribers.findSuppression(email),
    suppressionEvents: await subscribers.suppressionEvents(email),
    deliveries: await ledger.loadDeliveries(id, DELIVERIES),
    reports: await reports.loadReports(id, REPORTS),
  };
}
