import { stringify } from 'csv-stringify/sync';
import type { Subscriber, SubscriberState } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';

/** Subscribers that are in memory at once. */
const BATCH = 1_000;

const COLUMNS: [name: string, value: (subscriber: Subscriber) => string | number | null][] = [
  ['email', ({ email }) => email],
  ['timezone', ({ timezone }) => timezone],
  ['hour', ({ hour }) => hour],
  ['frequency', ({ frequency }) => frequency],
  ['topics', ({ topics }) => topics.join(';')],
  ['keywords', ({ keywords }) => keywords.join(';')],
  ['authors', ({ authors }) => authors.join(';')],
  ['organisations', ({ organisations }) => organisations.join(';')],
  ['length', ({ length }) => length],
  ['weekday', ({ weekday }) => weekday],
  ['state', ({ state }) => state],
  ['created', ({ createdAt }) => new Date(createdAt).toISOString()],
];

/**
 * All subscribers, or those in one state, as CSV, in the columns that an import reads. It comes batch
 * by batch, and `onBatch` is told how many subscribers are in each.
 */
export async function* exportSubscribers(
  subscribers: Pick<SubscriberStore, 'list'>,
  { state, onBatch }: { state: SubscriberState | undefined; onBatch(count: number): void },
): AsyncGenerator<string> {
  yield stringify([COLUMNS.map(([name]) => name)]);
  for (let after = 0; ; ) {
    const batch = await subscribers.list({ after, limit: BATCH, ...(state && { state }) });
    const last = batch.at(-1);
    if (last === undefined) return;
    yield stringify(batch.map((one) => COLUMNS.map(([, value]) => value(one))));
    onBatch(batch.length);
    after = last.id;
  }
}
