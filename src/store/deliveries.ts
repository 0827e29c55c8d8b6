import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import {
  type ClaimedDelivery,
  type DeliveryCounts,
  EXPIRES_AFTER,
  type PlannedDelivery,
} from '../delivery/delivery.js';
import type { Deliveries, Ledger } from '../delivery/ledger.js';
import { type Database, inTransaction } from './database.js';
import { idsIn, outbox } from './outbox.js';
import { parking } from './parking.js';

/** Rows a statement inserts at most: their parameters must stay below SQLite's limit. */
const INSERT_ROWS = 500;

/** Reasons for which a skipped delivery is planned anew: the reader is back, or it is sent again. */
const PLANNED_ANEW = ['pending', 'paused', 'unsubscribed', 'too late'];

export function deliveryLedger(database: Database): Ledger {
  const { db, now } = database;
  return {
    ...deliveryOutbox(database),
    ofEdition: (editionId) => deliveryOutbox(database, editionId),

    async selectionId(editionId, paperIds) {
      const papers = JSON.stringify(paperIds);
      const hash = createHash('sha256').update(papers).digest('hex').slice(0, 32);
      await db
        .insertInto('selections')
        .values({ edition_id: editionId, papers, hash })
        .onConflict((conflict) => conflict.columns(['edition_id', 'hash']).doNothing())
        .execute();
      const row = await db
        .selectFrom('selections')
        .select('id')
        .where('edition_id', '=', editionId)
        .where('hash', '=', hash)
        .executeTakeFirstOrThrow();
      return row.id;
    },

    async selection(id) {
      const row = await db
        .selectFrom('selections')
        .select('papers')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return JSON.parse(row.papers) as string[];
    },

    async unplanned({ editionId, after, limit }) {
      const rows = await db
        .selectFrom('subscribers as s')
        .select(['s.id', 's.timezone', 's.hour', 's.frequency', 's.length', 's.active_since'])
        .where('s.id', '>', after)
        .where('s.state', '=', 'active')
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('suppressions as x')
                .select('x.email_key')
                .whereRef('x.email_key', '=', 's.email_key'),
            ),
          ),
        )
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('deliveries as d')
                .select('d.id')
                .where('d.edition_id', '=', editionId)
                .whereRef('d.subscriber_id', '=', 's.id')
                .where((eb) =>
                  eb.or([eb('d.state', '<>', 'skipped'), eb('d.reply', 'not in', PLANNED_ANEW)]),
                ),
            ),
          ),
        )
        .orderBy('s.id')
        .limit(limit)
        .execute();
      return rows.map(({ active_since, ...row }) => ({ ...row, activeSince: active_since ?? 0 }));
    },

    plan: (editionId, deliveries) =>
      inTransaction(database, async (inner) => {
        let written = 0;
        for (let start = 0; start < deliveries.length; start += INSERT_ROWS) {
          const rows = deliveries.slice(start, start + INSERT_ROWS);
          written += await insertPlanned(inner, editionId, rows);
        }
        return written;
      }),

    async hasten(editionId) {
      await sql`
        update deliveries set due_at = case state when 'planned' then ${now()} else due_at end,
          expires_at = case state when 'planned' then ${now()} + ${EXPIRES_AFTER} else expires_at end,
          next_at = ${now()}
        where edition_id = ${editionId} and state in ('planned', 'deferred')
          and ended_at is null and next_at > ${now()}`.execute(db);
    },

    async counts(editionId) {
      const { rows } = await sql<{ state: keyof DeliveryCounts; count: number }>`
        select case when state in ('claimed', 'sending') then 'planned' else state end as state,
          count(*) as count
        from deliveries where edition_id = ${editionId} group by 1`.execute(db);
      const counts: DeliveryCounts = {
        planned: 0,
        accepted: 0,
        deferred: 0,
        refused: 0,
        uncertain: 0,
        skipped: 0,
      };
      for (const row of rows) counts[row.state] = Number(row.count);
      return counts;
    },

    async open(editionId) {
      const { rows } = await sql<{ due: number }>`
        select count(*) as due from deliveries
        where edition_id = ${editionId} and ended_at is null and (
          state in ('claimed', 'sending', 'deferred', 'uncertain')
          or (state = 'planned' and due_at <= ${now()}))`.execute(db);
      return Number(rows[0]?.due ?? 0);
    },
  };
}

function deliveryOutbox(database: Database, editionId?: number): Deliveries {
  const scope =
    editionId === undefined ? sql<boolean>`1 = 1` : sql<boolean>`m.edition_id = ${editionId}`;
  const moves = (inner: Database) =>
    outbox(inner, {
      name: 'deliveries',
      eligible: sql`s.state = 'active'`,
      scope: sql`m.parked is null and ${scope}`,
    });
  const claiming = (claim: (inner: Database) => Promise<number[]>) =>
    inTransaction(database, async (inner) => {
      const ids = await claim(inner);
      return ids.length === 0 ? [] : readClaimed(inner, ids);
    });
  return {
    ...moves(database),
    ...parking(database, scope),
    claim: (worker, limit) => claiming((inner) => moves(inner).claim(worker, limit)),
    claimParked: (worker, wanted) =>
      claiming((inner) => parking(inner, scope).claimParked(worker, wanted)),
  };
}

async function readClaimed({ db, dialect }: Database, ids: number[]): Promise<ClaimedDelivery[]> {
  const rows = await db
    .selectFrom('deliveries as m')
    .innerJoin('subscribers as s', 's.id', 'm.subscriber_id')
    .select([
      'm.id',
      'm.subscriber_id as subscriberId',
      's.email',
      'm.attempts',
      'm.due_at as dueAt',
      'm.expires_at as expiresAt',
      'm.edition_id as editionId',
      'm.selection_id as selectionId',
      'm.first',
    ])
    .where(sql<boolean>`m.id in ${idsIn(dialect, ids)}`)
    .orderBy('m.next_at')
    .orderBy('m.id')
    .execute();
  return rows.map((row) => ({ ...row, first: row.first === 1 }));
}

async function insertPlanned(
  { db }: Database,
  editionId: number,
  deliveries: readonly PlannedDelivery[],
): Promise<number> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('deliveries')
    .values(
      deliveries.map(({ subscriberId, selectionId, first, dueAt }) => ({
        edition_id: editionId,
        subscriber_id: subscriberId,
        selection_id: selectionId,
        first: first ? 1 : 0,
        state: 'planned' as const,
        unclaimed_state: 'planned' as const,
        due_at: dueAt,
        next_at: dueAt,
        expires_at: dueAt + EXPIRES_AFTER,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['edition_id', 'subscriber_id'])
        .doUpdateSet((eb) => ({
          state: 'planned',
          unclaimed_state: 'planned',
          selection_id: eb.ref('excluded.selection_id'),
          first: eb.ref('excluded.first'),
          due_at: eb.ref('excluded.due_at'),
          next_at: eb.ref('excluded.next_at'),
          expires_at: eb.ref('excluded.expires_at'),
          attempts: 0,
          lost_replies: 0,
          ended_at: null,
          reply: null,
        }))
        .where((eb) =>
          eb.or([
            eb('deliveries.state', '=', 'skipped').and('deliveries.reply', 'in', PLANNED_ANEW),
            // Whoever comes back gets it at once, though it still waits for the hour they had.
            eb('deliveries.state', '=', 'planned').and('excluded.first', '=', 1),
          ]),
        ),
    )
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows ?? 0n);
}
