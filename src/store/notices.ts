import { sql } from 'kysely';
import type { ClaimedNotice } from '../delivery/delivery.js';
import type { Notices } from '../delivery/ledger.js';
import { CONFIRM_HOURS, type NoticeBox } from '../subscribers/subscribe.js';
import { type Database, inTransaction } from './database.js';
import { idsIn, outbox } from './outbox.js';

/** A confirmation nobody can use any more is not worth sending; neither is an old link. */
const EXPIRES_AFTER = CONFIRM_HOURS * 3_600_000;

export function noticeBox(database: Database): Notices & NoticeBox {
  const moves = (inner: Database) =>
    outbox(inner, {
      name: 'notices',
      eligible: sql`(
        (m.kind = 'confirm' and s.state = 'pending' and s.round = m.round)
        or (m.kind = 'preferences' and s.state in ('active', 'paused')))`,
    });

  return {
    ...moves(database),

    claim: (worker, limit) =>
      inTransaction(database, async (inner) => {
        const ids = await moves(inner).claim(worker, limit);
        return ids.length === 0 ? [] : readClaimed(inner, ids);
      }),

    enqueue: ({ kind, subscriberId, round, createdAt }, { max, since }) =>
      inTransaction(database, async ({ db, dialect }) => {
        // One request of an address after the other, or each of several would count without the rest.
        await sql`select id from subscribers where id = ${subscriberId} ${dialect.forUpdate}`.execute(
          db,
        );
        const { numAffectedRows } = await sql`
          insert into notices (subscriber_id, kind, round, created_at, state, unclaimed_state,
            due_at, next_at, expires_at)
          select ${subscriberId}, ${kind}, ${round}, ${createdAt}, 'planned', 'planned',
            ${createdAt}, ${createdAt}, ${createdAt + EXPIRES_AFTER}
          where (select count(*) from notices
            where subscriber_id = ${subscriberId} and created_at > ${since}) < ${max}`.execute(db);
        return (numAffectedRows ?? 0n) > 0n;
      }),
  };
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
      'm.due_at as dueAt',
      'm.expires_at as expiresAt',
      'm.kind',
      'm.round',
    ])
    .where(sql<boolean>`m.id in ${idsIn(dialect, ids)}`)
    .orderBy('m.id')
    .execute();
}
