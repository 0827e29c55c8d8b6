import { sql, type Updateable } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import type { Preferences } from '../subscribers/preferences.js';
import type { Consent, Subscriber, SubscriberState } from '../subscribers/subscriber.js';
import type { EndedMail, SubscriberStore } from '../subscribers/subscriber-store.js';
import { findLeft, forgetLeft } from './address-hashes.js';
import {
  addConsents,
  bulkUpsert,
  findAllByEmail,
  importAllActive,
  requestAll,
} from './bulk-upsert.js';
import { type Database, inTransaction } from './database.js';
import { eraseSubscriber } from './erase.js';
import { toColumns, toSubscriber } from './subscriber-rows.js';
import { suppressionStore } from './suppressions.js';
import type { Tables } from './tables.js';

export function subscriberStore(database: Database): SubscriberStore {
  return {
    ...bulkUpsert(database),
    ...suppressionStore(database),
    request: (email, preferences, now) => request(database, email, preferences, now),
    importActive: (email, preferences, now) => importActive(database, email, preferences, now),
    find: (id) => find(database, id),
    findByEmail: async (email) => (await findAllByEmail(database, [email]))[0] ?? null,
    confirm: (id, round, now) => inTransaction(database, (inner) => confirm(inner, id, round, now)),
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
    erase: (id, options) => eraseSubscriber(database, id, options),
    findLeft: (emails) => findLeft(database, emails.map(addressKey)),
    renewLinks: (id) => renewLinks(database, id),
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

/** In a transaction. */
async function confirm(
  database: Database,
  id: number,
  round: number,
  now: number,
): Promise<Subscriber | null> {
  const row = await database.db
    .updateTable('subscribers')
    .set({ state: 'active', active_since: now })
    .where('id', '=', id)
    .where('round', '=', round)
    .where('state', '=', 'pending')
    .returningAll()
    .executeTakeFirst();
  if (!row) return null;
  await forgetLeft(database, row.email_key);
  return toSubscriber(row);
}

async function renewLinks({ db }: Database, id: number): Promise<Subscriber | null> {
  const row = await db
    .updateTable('subscribers')
    .set((eb) => ({ links: eb('links', '+', 1) }))
    .where('id', '=', id)
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

async function loadConsents({ db }: Database, subscriberId: number): Promise<Consent[]> {
  const rows = await db
    .selectFrom('consents')
    .leftJoin('wordings', 'wordings.id', 'consents.wording_id')
    .leftJoin('wordings as all', 'all.id', 'consents.shown_id')
    .select(['at', 'event', 'via', 'ip', 'wordings.words as wording', 'all.words as shown'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('consents.id')
    .execute();
  return rows.map(({ shown, ...consent }) => ({ ...consent, ...(shown !== null && { shown }) }));
}

/** By the index that each outbox has of its subscribers. */
async function loadEndedMails(
  { db }: Database,
  subscriberId: number,
  limit: number,
): Promise<EndedMail[]> {
  const ended = (name: string, report: string) => sql`
    select m.ended_at as at, m.state, m.reply, case m.state when 'bounced' then (
      select r.kind from reports as r
      where r.${sql.ref(report)} = m.id and r.kind in ('permanent', 'temporary', 'full', 'policy')
      order by case r.kind when 'permanent' then 1 when 'temporary' then 2 when 'full' then 3 else 4 end
      limit 1) end as bounce
    from ${sql.table(name)} as m
    where m.subscriber_id = ${subscriberId} and m.state in ('accepted', 'refused', 'bounced')
      and m.ended_at is not null`;
  const { rows } = await sql<EndedMail>`
    select at, state, reply, bounce from (
      ${ended('deliveries', 'delivery_id')} union all ${ended('notices', 'notice_id')}) as mails
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
