import { type Selectable, sql } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import type { Consent, Subscriber } from '../subscribers/subscriber.js';
import type { SubscriberStore, SubscriptionRequest } from '../subscribers/subscriber-store.js';
import { type Database, inTransaction } from './database.js';
import { newRow, toColumns, toSubscriber } from './subscriber-rows.js';
import type { Tables } from './tables.js';
import { wordingId } from './wordings.js';

type Row = Selectable<Tables['subscribers']>;

/** Takes many addresses in, each at most once, with a few statements however many they are. */
export function bulkUpsert(
  database: Database,
): Pick<SubscriberStore, 'requestAll' | 'importAllActive' | 'findAllByEmail' | 'addConsents'> {
  return {
    requestAll: (requests, now) => requestAll(database, requests, now),
    importAllActive: (requests, now) => importAllActive(database, requests, now),
    findAllByEmail: (emails) => findAllByEmail(database, emails),
    addConsents: (subscriberIds, consent) => addConsents(database, subscriberIds, consent),
  };
}

export function importAllActive(
  database: Database,
  requests: readonly SubscriptionRequest[],
  now: number,
): Promise<Subscriber[]> {
  return inTransaction(database, async (inner) => {
    const { rows } = await sql<Row>`
      ${insertion(inner, requests, { state: 'active', now })}
      on conflict (email_key) do update set state = 'active', active_since = ${now}
      where subscribers.state = 'pending'
      returning *`.execute(inner.db);
    return withPreferences(inner, rows, requests);
  });
}

export function requestAll(
  database: Database,
  requests: readonly SubscriptionRequest[],
  now: number,
): Promise<Subscriber[]> {
  return inTransaction(database, async (inner) => {
    await sql`
      ${insertion(inner, requests, { state: 'pending', now })}
      on conflict (email_key) do update set state = 'pending', round = subscribers.round + 1
      where subscribers.state = 'unsubscribed'`.execute(inner.db);
    const keys = requests.map(({ email }) => addressKey(email));
    const rows = await loadRows(inner, keys);
    const pending = rows.filter(({ state }) => state === 'pending');
    const others = rows.filter(({ state }) => state !== 'pending').map(toSubscriber);
    return [...(await withPreferences(inner, pending, requests)), ...others];
  });
}

export async function findAllByEmail(
  database: Database,
  emails: readonly string[],
): Promise<Subscriber[]> {
  return (await loadRows(database, emails.map(addressKey))).map(toSubscriber);
}

export async function addConsents(
  database: Database,
  subscriberIds: readonly number[],
  { at, event, via, ip, wording, shown }: Consent,
): Promise<void> {
  if (subscriberIds.length === 0) return;
  const { db, dialect } = database;
  const idOf = (words: string | null) => (words === null ? null : wordingId(database, words));
  const [words, all] = [await idOf(wording), await idOf(shown ?? null)];
  await sql`
    insert into consents (subscriber_id, at, event, via, ip, wording_id, shown_id)
    select x.id, cast(${at} as bigint), ${sql.lit(event)}, cast(${via} as text),
      cast(${ip} as text), cast(${words} as bigint), cast(${all} as bigint)
    from (
      select cast(value as bigint) as id from ${dialect.jsonEach(subscriberIds)}) as x`.execute(db);
}

function loadRows({ db, dialect }: Database, keys: readonly string[]): Promise<Row[]> {
  const wanted = dialect.jsonEach(keys.map((key) => ({ key })));
  return db
    .selectFrom('subscribers')
    .selectAll()
    .where(sql<boolean>`email_key in (select value ->> 'key' from ${wanted})`)
    .orderBy('id')
    .execute();
}

function insertion(
  { dialect }: Database,
  requests: readonly SubscriptionRequest[],
  { state, now }: { state: 'active' | 'pending'; now: number },
) {
  const rows = requests.map(({ email, preferences }) => newRow(email, preferences));
  // Without the WHERE, SQLite would take ON for the beginning of a join.
  return sql`
    insert into subscribers (email, email_key, state, round, language, timezone, hour, frequency, weekday,
      length, topics, keywords, authors, organisations, created_at, active_since)
    select value ->> 'email', value ->> 'email_key', ${sql.lit(state)}, 1, value ->> 'language',
      value ->> 'timezone', cast(value ->> 'hour' as bigint), value ->> 'frequency', value ->> 'weekday',
      cast(value ->> 'length' as bigint), value ->> 'topics', value ->> 'keywords',
      value ->> 'authors', value ->> 'organisations',
      cast(${now} as bigint), cast(${state === 'active' ? now : null} as bigint)
    from ${dialect.jsonEach(rows)} where 1 = 1`;
}

/** Gives known subscribers what was asked for; whoever is new has it already. */
async function withPreferences(
  { db, dialect }: Database,
  rows: readonly Row[],
  requests: readonly SubscriptionRequest[],
): Promise<Subscriber[]> {
  const wanted = new Map(
    requests.map(({ email, preferences }) => [addressKey(email), toColumns(preferences)]),
  );
  const changed: Row[] = [];
  const all = rows.map((row) => {
    const after: Row = { ...row, ...wanted.get(row.email_key) };
    if (JSON.stringify(after) !== JSON.stringify(row)) changed.push(after);
    return after;
  });
  if (changed.length > 0) {
    await sql`
      update subscribers as s
      set language = v.value ->> 'language', timezone = v.value ->> 'timezone', hour = cast(v.value ->> 'hour' as bigint),
        frequency = v.value ->> 'frequency', weekday = v.value ->> 'weekday',
        length = cast(v.value ->> 'length' as bigint), topics = v.value ->> 'topics',
        keywords = v.value ->> 'keywords', authors = v.value ->> 'authors',
        organisations = v.value ->> 'organisations'
      from ${dialect.jsonEach(changed)} as v
      where s.id = cast(v.value ->> 'id' as bigint)
        and s.state = v.value ->> 'state'`.execute(db);
  }
  return all.map(toSubscriber);
}
