import { type RawBuilder, sql } from 'kysely';
import type { ClaimedNotice } from '../delivery/delivery.js';
import type { DueNotices, Notices } from '../delivery/ledger.js';
import {
  type NewNotice,
  NOTICE_CAUSES,
  type NoticeBox,
  type NoticeCause,
  type NoticeLimit,
} from '../subscribers/subscribe.js';
import { idsIn } from './batch.js';
import { repeatable } from './claims.js';
import { type Database, type DialectSql, inTransaction, type LedgerDatabase } from './database.js';
import { outbox } from './outbox.js';
import type { OutboxTable } from './outbox-table.js';

const NOTICES: OutboxTable = {
  name: 'notices',
  eligible: sql`(
    (m.kind = 'confirm' and s.state = 'pending' and s.round = m.round)
    or (m.kind = 'preferences' and s.state in ('active', 'paused'))
    or (m.kind = 'paused' and s.state = 'paused'))`,
  // One that may wait for weeks is tried for as long as its link works, which begins with the first try.
  begunUntil: ({ rules }) => sql`case when m.cause = 'import' and m.attempts = 0
    then m.dated_at + ${sql.lit(rules.noticeExpiresAfter)} else m.expires_at end`,
};

export function noticeBox(database: LedgerDatabase): Notices & NoticeBox {
  return {
    ...outbox(database, NOTICES),
    claim: (worker, limit, cause) =>
      inTransaction(database, async (inner) => {
        const scope = cause === undefined ? {} : { scope: sql<boolean>`m.cause = ${cause}` };
        const ids = await outbox(inner, { ...NOTICES, ...scope }).claim(worker, limit);
        return ids.length === 0 ? [] : readClaimed(inner, ids);
      }),
    dueByCause: (limit) => countDue(database, limit),
    skip: (worker, id, reason) => skip(database, worker, id, reason),
    enqueueAll: (wanted, limit) => enqueueAll(database, wanted, limit),
    enqueue: async (notice, limit) => (await enqueueAll(database, [notice], limit)).length > 0,
  };
}

async function skip(
  { db, now }: Database,
  worker: string,
  id: number,
  reason: string,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update notices
    set state = 'skipped', reply = ${reason}, ended_at = ${now()}, lease_until = null
    where id = ${id} and worker = ${worker} and state = 'claimed'
      and unclaimed_state <> 'uncertain'`.execute(db);
  return numAffectedRows > 0n;
}

function enqueueAll(
  database: LedgerDatabase,
  ...[wanted, limit]: Parameters<NoticeBox['enqueueAll']>
): Promise<number[]> {
  return inTransaction(database, async (inner) => {
    const { db, dialect } = inner;
    const ids = wanted.map(({ subscriberId }) => subscriberId);
    // One request of an address after the other, or each of several would count without the rest.
    await sql`
      select id from subscribers where id in ${idsIn(dialect, ids)}
      order by id ${dialect.forUpdate}`.execute(db);
    const hastened = await hasten(inner, wanted);
    const inserted = await insertNew(inner, wanted, limit);
    await forgetContradictions(inner, wanted, limit);
    return [...hastened, ...inserted];
  });
}

/** What an import or a crowd has queued and nobody has taken goes as if it were asked for now. */
async function hasten(
  { db, dialect, rules }: LedgerDatabase,
  wanted: readonly NewNotice[],
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update notices as n
    set cause = x.cause, language = x.language, preferences = x.preferences, created_at = x.at, due_at = x.at, next_at = x.at,
      expires_at = x.at + ${sql.lit(rules.noticeExpiresAfter)}
    from ${toRows(dialect, wanted)} as x
    where n.subscriber_id = x.id and n.round = x.round and n.kind = x.kind
      and n.cause in ('crowd', 'import') and x.cause not in ('crowd', 'import')
      and n.ended_at is null and n.state = 'planned'
    returning subscriber_id as id`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * One mail stands for several requests of a day. Where they choose differently, nobody knows which of
 * them are the owner's, so none of that counts.
 */
async function forgetContradictions(
  { db, dialect }: LedgerDatabase,
  wanted: readonly NewNotice[],
  { since }: NoticeLimit,
): Promise<void> {
  await sql`
    update notices as n set preferences = null
    from ${toRows(dialect, wanted)} as x
    where n.subscriber_id = x.id and n.kind = 'confirm' and x.kind = 'confirm'
      and n.round = x.round and n.created_at > ${since}
      and n.preferences is distinct from x.preferences`.execute(db);
}

async function insertNew(
  { db, dialect, rules }: LedgerDatabase,
  wanted: readonly NewNotice[],
  { max, maxConfirmations, since }: NoticeLimit,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    insert into notices (subscriber_id, kind, cause, round, created_at, state, unclaimed_state,
      due_at, next_at, expires_at, language, preferences)
    select x.id, x.kind, x.cause, x.round, x.at, 'planned', 'planned', x.at, x.at,
      x.at + case x.cause when 'import' then ${sql.lit(rules.importWaits)}
        else ${sql.lit(rules.noticeExpiresAfter)} end,
      x.language, x.preferences
    from ${toRows(dialect, wanted)} as x
    where (select count(*) from notices as n
      where n.subscriber_id = x.id and n.created_at > ${since}) < ${max}
    and (x.kind <> 'confirm' or (select count(*) from notices as n
      where n.subscriber_id = x.id and n.kind = 'confirm' and n.round = x.round
        and (n.ended_at is null
          or (n.created_at > ${since} and n.state not in ('refused', 'skipped')))
      ) < ${maxConfirmations})
    returning subscriber_id as id`.execute(db);
  return rows.map(({ id }) => id);
}

function toRows(dialect: DialectSql, wanted: readonly NewNotice[]): RawBuilder<unknown> {
  return sql`(
    select cast(value ->> 'subscriberId' as bigint) as id, value ->> 'kind' as kind,
      value ->> 'cause' as cause, cast(value ->> 'round' as bigint) as round,
      cast(value ->> 'createdAt' as bigint) as at, value ->> 'language' as language,
      value ->> 'preferences' as preferences
    from ${dialect.jsonEach(wanted)})`;
}

/** By the index of causes, no further than `limit` of each. */
async function countDue(database: LedgerDatabase, limit: number): Promise<DueNotices> {
  const { db, now } = database;
  const parts = NOTICE_CAUSES.map(
    (cause) => sql`
      select ${sql.lit(cause)} as cause, ${now()} as now, count(*) as count from (
        select 1 from notices as m
        where cause = ${sql.lit(cause)} and ended_at is null and next_at <= ${now()}
          and state in ('planned', 'deferred', 'uncertain') and ${repeatable(database)}
        limit ${limit}) as found`,
  );
  const { rows } = await sql<{ cause: NoticeCause; now: number; count: number }>`
    ${sql.join(parts, sql` union all `)}`.execute(db);
  const due = { reader: 0, stranger: 0, crowd: 0, import: 0 };
  for (const { cause, count } of rows) due[cause] = count;
  return { now: rows[0]?.now ?? 0, due };
}

function readClaimed({ db, dialect }: Database, ids: number[]): Promise<ClaimedNotice[]> {
  return db
    .selectFrom('notices as m')
    .innerJoin('subscribers as s', 's.id', 'm.subscriber_id')
    .select([
      'm.id',
      'm.subscriber_id as subscriberId',
      's.email',
      's.links',
      'm.signed_by as signedBy',
      'm.attempts',
      'm.lost_connections as lostConnections',
      sql<string | null>`case m.unclaimed_state when 'uncertain' then m.route end`.as('boundTo'),
      'm.due_at as dueAt',
      sql<number>`m.dated_at`.as('datedAt'),
      'm.expires_at as expiresAt',
      'm.kind',
      'm.cause',
      'm.round',
      'm.language',
    ])
    .where(sql<boolean>`m.id in ${idsIn(dialect, ids)}`)
    .orderBy('m.id')
    .execute();
}
