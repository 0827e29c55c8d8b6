import { type RawBuilder, sql } from 'kysely';
import type { SetAsideDomain, SetAsideQueue, SetAsideWanted } from '../delivery/ledger.js';
import { datedAt, repeatable, signedBy } from './claims.js';
import { type Database, inTransaction, type LedgerDatabase } from './database.js';

/** The part of an address behind its last @, in SQL that SQLite and PostgreSQL share. */
export const DOMAIN = sql<string>`
  substr(s.email_key, length(rtrim(s.email_key, replace(s.email_key, '@', ''))) + 1)`;

const OPEN = sql<boolean>`
  m.ended_at is null and m.state in ('planned', 'deferred', 'uncertain')`;

/** Which deliveries `m` are meant. */
export interface SetAsideScope {
  all: RawBuilder<boolean>;
  /** Which of them are in the main queue. */
  main: RawBuilder<boolean>;
}

/** The queue of deliveries that wait for their domains. */
export function setAsideQueue(
  database: LedgerDatabase,
  scope: SetAsideScope,
): Omit<SetAsideQueue, 'claimSetAside'> {
  return {
    due: (limit) => countDue(database, scope, limit),
    setAside: (worker, mails) => setAside(database, worker, mails),
    setAsideDue: (domains, limit) => setAsideDue(database, scope, domains, limit),
    setAsideDomains: (after, limit) => setAsideDomains(database, scope, after, limit),
  };
}

function dueInMain(database: LedgerDatabase, { main }: SetAsideScope): RawBuilder<boolean> {
  return sql`${OPEN} and ${main} and m.next_at <= ${database.now()} and ${repeatable(database)}`;
}

async function countDue(
  database: LedgerDatabase,
  scope: SetAsideScope,
  limit: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (
      select 1 from deliveries as m where ${dueInMain(database, scope)} limit ${limit}) as due`.execute(
    database.db,
  );
  return rows[0]?.count ?? 0;
}

async function setAside(
  database: Database,
  worker: string,
  mails: readonly { id: number; domain: string }[],
): Promise<void> {
  // As releasing: in a transaction, and an uncertain mail keeps the name of who had it.
  await inTransaction(database, ({ db, dialect }) =>
    sql`
      update deliveries as m
      set set_aside = x.domain, state = m.unclaimed_state, lease_until = null,
        worker = case m.unclaimed_state when 'uncertain' then m.worker end
      from (
        select cast(value ->> 'id' as bigint) as id, value ->> 'domain' as domain
        from ${dialect.jsonEach(mails)}) as x
      where m.id = x.id and m.worker = ${worker} and m.state = 'claimed'`.execute(db),
  );
}

async function setAsideDue(
  database: LedgerDatabase,
  scope: SetAsideScope,
  domains: readonly string[],
  limit: number,
): Promise<void> {
  const { db, dialect } = database;
  const wanted = dialect.jsonEach(domains.map((domain) => ({ domain })));
  await sql`
    with due as materialized (
      select m.id, m.subscriber_id from deliveries as m where ${dueInMain(database, scope)}
      order by m.next_at, m.id limit ${limit} ${dialect.skipLocked})
    update deliveries as m set set_aside = x.domain
    from (
      select due.id, ${DOMAIN} as domain from due
      join subscribers as s on s.id = due.subscriber_id) as x
    where m.id = x.id and x.domain in (select value ->> 'domain' from ${wanted})`.execute(db);
}

async function setAsideDomains(
  { db, now }: Database,
  { all }: SetAsideScope,
  after: string,
  limit: number,
): Promise<SetAsideDomain[]> {
  const next = (behind: RawBuilder<unknown>) => sql`(
    select min(m.set_aside) from deliveries as m
    where m.ended_at is null and m.set_aside > ${behind} and ${all})`;
  // Leaps from domain to domain in the index, however many mails wait for each.
  const { rows } = await sql<SetAsideDomain>`
    with recursive walk (domain, number) as (
      select ${next(sql`${after}`)}, 1
      union all
      select ${next(sql`walk.domain`)}, walk.number + 1 from walk
      where walk.domain is not null and walk.number < ${limit})
    select walk.domain, (
      select m.next_at from deliveries as m
      where m.set_aside = walk.domain and ${OPEN} and ${all}
      order by m.next_at limit 1) - ${now()} as "dueIn"
    from walk where walk.domain is not null`.execute(db);
  return rows;
}

/** As of `SetAsideQueue`, but it gives the ids. Call it in a transaction together with reading them. */
export async function claimSetAside(
  database: LedgerDatabase,
  { all }: SetAsideScope,
  worker: string,
  wanted: readonly SetAsideWanted[],
): Promise<number[]> {
  const { db, now, dialect, lease } = database;
  const claimed: number[] = [];
  for (const { domain, limit, probe } of wanted) {
    const ready = sql`m.set_aside = ${domain} and m.next_at <= ${now()}
      and m.expires_at > ${now()} and ${all} and ${repeatable(database)}`;
    // Who was put off first is the one to ask with; but a mail that may be the reason is not.
    const order = probe
      ? sql`case when m.reply is null then 0 else 1 end, m.next_at, m.id`
      : sql`m.next_at, m.id`;
    const { rows } = await sql<{ id: number }>`
      with tried as materialized (
        select m.id from deliveries as m
        where m.ended_at is null and m.state in ('deferred', 'uncertain') and ${ready}
        order by m.next_at, m.id limit ${probe ? 0 : limit} ${dialect.skipLocked}),
      due as materialized (
        select m.id from deliveries as m
        where ${OPEN} and ${ready} and m.id not in (select tried.id from tried)
        order by ${order}
        limit ${limit} - (select count(*) from tried) ${dialect.skipLocked})
      update deliveries as m
      set state = 'claimed', worker = ${worker}, lease_until = ${now()} + ${lease},
        dated_at = ${datedAt(database)}, signed_by = ${signedBy(database)}
      where m.id in (select tried.id from tried union all select due.id from due)
      returning id`.execute(db);
    for (const { id } of rows) claimed.push(id);
  }
  return claimed;
}
