import type { Consent, Subscriber } from '../subscribers/subscriber.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type { Suppression, SuppressionEvent } from '../subscribers/suppression.js';
import type { DeliveryView, DeliveryViews } from './delivery-view.js';

/** All that is known of a subscriber, for the operator. */
export interface SubscriberRecord {
  subscriber: Subscriber;
  consents: Consent[];
  suppression: Suppression | null;
  suppressionEvents: SuppressionEvent[];
  /** The last ones, newest edition first. */
  deliveries: DeliveryView[];
}

/** Deliveries in a record: a month of daily digests. */
const DELIVERIES = 30;

interface RecordDeps {
  subscribers: Pick<SubscriberStore, 'consents' | 'findSuppression' | 'suppressionEvents'>;
  ledger: Pick<DeliveryViews, 'loadDeliveries'>;
}

export async function loadSubscriberRecord(
  { subscribers, ledger }: RecordDeps,
  subscriber: Subscriber,
): Promise<SubscriberRecord> {
  const { id, email } = subscriber;
  return {
    subscriber,
    consents: await subscribers.consents(id),
    suppression: await subscribers.findSuppression(email),
    suppressionEvents: await subscribers.suppressionEvents(email),
    deliveries: await ledger.loadDeliveries(id, DELIVERIES),
  };
}
