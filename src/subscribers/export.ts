import { stringify } from 'csv-stringify/sync';
import { guardFormula } from '../base/formula.js';
import type { Subscriber, SubscriberState } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';

/** Subscribers that are in memory at once. */
const BATCH = 1_000;

type Value = string | number | null | string[];

const COLUMNS: [name: string, value: (subscriber: Subscriber) => Value][] = [
  ['email', ({ email }) => email],
  ['timezone', ({ timezone }) => timezone],
  ['hour', ({ hour }) => hour],
  ['frequency', ({ frequency }) => frequency],
  ['topics', ({ topics }) => topics],
  ['keywords', ({ keywords }) => keywords],
  ['authors', ({ authors }) => authors],
  ['organisations', ({ organisations }) => organisations],
  ['length', ({ length }) => length],
  ['weekday', ({ weekday }) => weekday],
  ['language', ({ language }) => language],
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
    yield stringify(batch.map((one) => COLUMNS.map(([, value]) => toCell(value(one)))));
    onBatch(batch.length);
    after = last.id;
  }
}

/**
 * Readers have chosen some of these texts, and no spreadsheet may compute them. Where it takes a
 * semicolon for the end of a cell, each entry of a list begins one.
 */
function toCell(value: Value): string {
  const entries = Array.isArray(value) ? value : [String(value ?? '')];
  return entries.map(guardFormula).join(';');
}
