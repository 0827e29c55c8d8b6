import type { DeliveryViews, KeptRow } from '../delivery/delivery-view.js';
import type { Subscriber } from '../subscribers/subscriber.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';

export interface ReaderDataDeps {
  subscribers: Pick<SubscriberStore, 'consents' | 'findSuppression' | 'suppressionEvents'>;
  ledger: Pick<DeliveryViews, 'loadKeptMails'>;
}

/** All that is kept of one reader, with moments as people write them. */
export async function loadReaderData(
  { subscribers, ledger }: ReaderDataDeps,
  subscriber: Subscriber,
  now: number,
) {
  const { id, email, createdAt, activeSince } = subscriber;
  const { deliveries, notices, reports } = await ledger.loadKeptMails(id);
  const suppression = await subscribers.findSuppression(email);
  return {
    exportedAt: toMoment(now),
    subscriber: {
      ...subscriber,
      createdAt: toMoment(createdAt),
      activeSince: activeSince === null ? null : toMoment(activeSince),
    },
    consents: (await subscribers.consents(id)).map(dated),
    suppression: suppression && dated(suppression),
    suppressionEvents: (await subscribers.suppressionEvents(email)).map(dated),
    deliveries: deliveries.map(readable),
    notices: notices.map(readable),
    reports: reports.map(readable),
  };
}

function dated<T extends { at: number }>({ at, ...rest }: T) {
  return { at: toMoment(at), ...rest };
}

function readable(row: KeptRow): KeptRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && /(?:^|_)(?:at|until)$/.test(name) ? toMoment(value) : value,
    ]),
  );
}

function toMoment(ms: number): string {
  return new Date(ms).toISOString();
}
