import { sql, type Updateable } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import type { Preferences } from '../subscribers/preferences.js';
import type { Consent, Subscriber, SubscriberState } from '../subscribers/subscriber.js';
import type { EndedMail, SubscriberStore } from '../subscribers/subscriber-store.js';
import {
  addConsents,
  bulkUpsert,
  findAllByEmail,
  importAllActive,
  requestAll,
} from './bulk-upsert.js';
import { type Database, inTransaction } from './database.js';
import { forgetSubscriberReasons } from './reasons.js';
import { toColumns, toSubscriber } from './subscriber-rows.js';
import { forgetEvents, suppressionStore } from './suppressions.js';
import type { Tables } from './tables.js';

export function subscriberStore(database: Database): SubscriberStore {
  return {
    ...bulkUpsert(database),
    ...suppressionStore(database),
    request: (email, preferences, now) => request(database, email, preferences, now),
    importActive: (email, preferences, now) => importActive(database, email, preferences, now),
    find: (id) => find(database, id),
    findByEmail: async (email) => (await findAllByEmail(database, [email]))[0] ?? null,
    confirm: (id, round, now) => confirm(database, id, round, now),
    leave: (id) =>
      move(database, id, ['pending', 'active', 'paused'], {
        state: 'unsubscribed',
        active_since: null,
      }),
    pause: (id) => move(database, id, ['active'], { state: 'paused', active_since: null }),
    resume: (id, now) => move(database, id, ['paused'], { state: 'active', active_since: now }),
    requestedPreferences: (id, round, noticeId) =>
      loadRequested(database, id, round, noticeId ?? null),
    forgetRequested: (id) => forgetRequested(database, id),
    savePreferences: (id, preferences) => savePreferences(database, id, preferences),
    readmit: (email, state, now) => readmit(database, email, state, now),
    erase: (id) => inTransaction(database, (inner) => erase(inner, id)),
    addConsent: (subscriberId, consent) => addConsents(database, [subscriberId], consent),
    consents: (subscriberId) => loadConsents(database, subscriberId),
    endedMails: (subscriberId, limit) => loadEndedMails(database, subscriberId, limit),
    list: (page) => list(database, page),
    counts: () => counts(database),
  };
}

/** One conditional write: only `from` these states; tells whether there was anything to change. */
async function move(
  { db }: Database,
  id: number,
  from: SubscriberState[],
  changes: Updateable<Tables['subscribers']>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('subscribers')
    .set(changes)
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function request(
  database: Database,
  email: string,
  preferences: Partial<Preferences>,
  now: number,
): Promise<Subscriber> {
  const [subscriber] = await requestAll(database, [{ email, preferences }], now);
  if (!subscriber) throw new Error('The subscriber that was just written is not there.');
  return subscriber;
}

async function importActive(
  database: Database,
  email: string,
  preferences: Partial<Preferences>,
  now: number,
): Promise<Subscriber | null> {
  const [subscriber] = await importAllActive(database, [{ email, preferences }], now);
  return subscriber ?? null;
}

async function find({ db }: Database, id: number): Promise<Subscriber | null> {
  const row = await db
    .selectFrom('subscribers')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row ? toSubscriber(row) : null;
}

async function confirm(
  { db }: Database,
  id: number,
  round: number,
  now: number,
): Promise<Subscriber | null> {
  const row = await db
    .updateTable('subscribers')
    .set({ state: 'active', active_since: now })
    .where('id', '=', id)
    .where('round', '=', round)
    .where('state', '=', 'pending')
    .returningAll()
    .executeTakeFirst();
  return row ? toSubscriber(row) : null;
}

async function loadRequested(
  { db }: Database,
  id: number,
  round: number,
  noticeId: number | null,
): Promise<Partial<Preferences> | null> {
  let query = db
    .selectFrom('notices')
    .select('preferences')
    .where('subscriber_id', '=', id)
    .where('round', '=', round)
    .where('kind', '=', 'confirm');
  if (noticeId !== null) query = query.where('id', '=', noticeId);
  const row = await query.orderBy('id').limit(1).executeTakeFirst();
  return row?.preferences ? (JSON.parse(row.preferences) as Partial<Preferences>) : null;
}

async function forgetRequested({ db }: Database, id: number): Promise<void> {
  await db
    .updateTable('notices')
    .set({ preferences: null })
    .where('subscriber_id', '=', id)
    .where('preferences', 'is not', null)
    .execute();
}

async function savePreferences(
  { db }: Database,
  id: number,
  preferences: Partial<Preferences>,
): Promise<void> {
  const changes = toColumns(preferences);
  if (Object.keys(changes).length === 0) return;
  await db.updateTable('subscribers').set(changes).where('id', '=', id).execute();
}

async function readmit(
  { db }: Database,
  email: string,
  state: 'active' | 'pending' | 'unsubscribed',
  now: number,
): Promise<Subscriber | null> {
  const row = await db
    .updateTable('subscribers')
    .set((eb) => ({
      state,
      round: eb('round', '+', 1),
      active_since: state === 'active' ? now : null,
    }))
    .where('email_key', '=', addressKey(email))
    .where('state', '=', 'suppressed')
    .returningAll()
    .executeTakeFirst();
  return row ? toSubscriber(row) : null;
}

/** In a transaction. */
async function erase(database: Database, id: number): Promise<boolean> {
  await forgetSubscriberReasons(database, id);
  await forgetEvents(database, id);
  const { numDeletedRows } = await database.db
    .deleteFrom('subscribers')
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

function loadConsents({ db }: Database, subscriberId: number): Promise<Consent[]> {
  return db
    .selectFrom('consents')
    .select(['at', 'event', 'via', 'ip', 'wording'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('id')
    .execute();
}

/** By the index that each outbox has of its subscribers. */
async function loadEndedMails(
  { db }: Database,
  subscriberId: number,
  limit: number,
): Promise<EndedMail[]> {
  const ended = (name: string) => sql`
    select ended_at as at, state, reply from ${sql.table(name)}
    where subscriber_id = ${subscriberId} and state in ('accepted', 'refused')
      and ended_at is not null`;
  const { rows } = await sql<EndedMail>`
    select at, state, reply from (
      ${ended('deliveries')} union all ${ended('notices')}) as mails
    order by at desc limit ${limit}`.execute(db);
  return rows;
}

async function list(
  { db }: Database,
  { after, limit, state }: Parameters<SubscriberStore['list']>[0],
): Promise<Subscriber[]> {
  let query = db.selectFrom('subscribers').selectAll().where('id', '>', after);
  if (state !== undefined) query = query.where('state', '=', state);
  const rows = await query.orderBy('id').limit(limit).execute();
  return rows.map(toSubscriber);
}

async function counts({ db }: Database): Promise<Record<SubscriberState, number>> {
  const rows = await db
    .selectFrom('subscribers')
    .select(['state', (eb) => eb.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const found = { pending: 0, active: 0, paused: 0, unsubscribed: 0, suppressed: 0 };
  for (const { state, count } of rows) found[state] = Number(count);
  return found;
}
