import { sql } from 'kysely';
import type { ClaimedNotice } from '../delivery/delivery.js';
import type { Notices } from '../delivery/ledger.js';
import type { NoticeBox } from '../subscribers/subscribe.js';
import { idsIn } from './batch.js';
import { type Database, inTransaction, type LedgerDatabase } from './database.js';
import { outbox } from './outbox.js';
import type { OutboxTable } from './outbox-table.js';

const NOTICES: OutboxTable = {
  name: 'notices',
  eligible: sql`(
    (m.kind = 'confirm' and s.state = 'pending' and s.round = m.round)
    or (m.kind = 'preferences' and s.state in ('active', 'paused'))
    or (m.kind = 'paused' and s.state = 'paused'))`,
};

export function noticeBox(database: LedgerDatabase): Notices & NoticeBox {
  return {
    ...outbox(database, NOTICES),
    claim: (worker, limit) =>
      inTransaction(database, async (inner) => {
        const ids = await outbox(inner, NOTICES).claim(worker, limit);
        return ids.length === 0 ? [] : readClaimed(inner, ids);
      }),
    withhold: (worker, id, reason) => withhold(database, worker, id, reason),
    enqueueAll: (wanted, limit) => enqueueAll(database, wanted, limit),
    enqueue: async (notice, limit) => (await enqueueAll(database, [notice], limit)).length > 0,
  };
}

async function withhold(
  { db, now }: Database,
  worker: string,
  id: number,
  reason: string,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update notices
    set state = 'skipped', reply = ${reason}, ended_at = ${now()}, lease_until = null
    where id = ${id} and worker = ${worker} and state = 'claimed'
      and unclaimed_state = 'planned'`.execute(db);
  return numAffectedRows > 0n;
}

function enqueueAll(
  database: LedgerDatabase,
  ...[wanted, { max, since }]: Parameters<NoticeBox['enqueueAll']>
): Promise<number[]> {
  return inTransaction(database, async ({ db, dialect, rules }) => {
    const ids = wanted.map(({ subscriberId }) => subscriberId);
    // One request of an address after the other, or each of several would count without the rest.
    await sql`
      select id from subscribers where id in ${idsIn(dialect, ids)}
      order by id ${dialect.forUpdate}`.execute(db);
    const { rows } = await sql<{ id: number }>`
      insert into notices (subscriber_id, kind, round, created_at, state, unclaimed_state,
        due_at, next_at, expires_at, preferences)
      select x.id, x.kind, x.round, x.at, 'planned', 'planned', x.at, x.at,
        x.at + ${sql.lit(rules.noticeExpiresAfter)}, x.preferences
      from (
        select cast(value ->> 'subscriberId' as bigint) as id, value ->> 'kind' as kind,
          cast(value ->> 'round' as bigint) as round,
          cast(value ->> 'createdAt' as bigint) as at, value ->> 'preferences' as preferences
        from ${dialect.jsonEach(wanted)}) as x
      where (select count(*) from notices as n
        where n.subscriber_id = x.id and n.created_at > ${since}) < ${max}
      returning subscriber_id as id`.execute(db);
    return rows.map(({ id }) => id);
  });
}

function readClaimed({ db, dialect }: Database, ids: number[]): Promise<ClaimedNotice[]> {
  return db
    .selectFrom('notices as m')
    .innerJoin('subscribers as s', 's.id', 'm.subscriber_id')
    .select([
      'm.id',
      'm.subscriber_id as subscriberId',
      's.email',
      'm.attempts',
      'm.lost_connections as lostConnections',
      sql<string | null>`case m.unclaimed_state when 'uncertain' then m.route end`.as('boundTo'),
      'm.due_at as dueAt',
      sql<number>`m.dated_at`.as('datedAt'),
      'm.expires_at as expiresAt',
      'm.kind',
      'm.round',
    ])
    .where(sql<boolean>`m.id in ${idsIn(dialect, ids)}`)
    .orderBy('m.id')
    .execute();
}
