import { type RawBuilder, sql } from 'kysely';
import type { Bounced, Outbox } from '../delivery/ledger.js';
import { idsIn } from './batch.js';
import { beginMails } from './begin.js';
import { claim } from './claims.js';
import { inTransaction, type LedgerDatabase } from './database.js';
import { writeResults } from './delivery-results.js';
import { heldTime, type OutboxTable } from './outbox-table.js';

/** The part of the two outboxes that is the same: moving a mail from state to state. */
export type Moves = Omit<Outbox<never>, 'claim'> & {
  /** Takes due mails; returns their ids. Call it in a transaction together with reading them. */
  claim(worker: string, limit: number): Promise<number[]>;
};

export function outbox(database: LedgerDatabase, outboxTable: OutboxTable): Moves {
  const table = sql.table(outboxTable.name);
  return {
    claim: (worker, limit) => claim(database, outboxTable, worker, limit),
    renew: (worker) => renew(database, table, worker),
    advance: (worker, step) =>
      inTransaction(database, async (inner) => {
        const { extended } = heldTime(inner, outboxTable);
        await writeResults(inner, table, worker, step.results, extended);
        return beginMails(inner, outboxTable, worker, step.begin);
      }),
    postpone: (id, worker, delay) => postpone(database, table, id, worker, delay),
    release: (worker, ids) => release(database, table, worker, ids),
    takeBack: (ids) => takeBack(database, table, ids),
    bounce: (id, reply) => bounce(database, table, id, reply),
  };
}

async function renew(
  database: LedgerDatabase,
  table: RawBuilder<unknown>,
  worker: string,
): Promise<void> {
  const { db, now, dialect, lease } = database;
  // What is locked is being begun or ended; waiting could become waiting for each other.
  await sql`
    with mine as materialized (
      select m.id from ${table} as m
      where m.state in ('claimed', 'sending') and m.worker = ${worker}
        and m.lease_until > ${now()} ${dialect.skipLocked})
    update ${table} as m set lease_until = ${now()} + ${lease}
    where m.id in (select mine.id from mine)`.execute(db);
  await heedSetBack(database, table);
}

/**
 * A lease that runs for longer than one can, or a wait for the next try that does, is from before the
 * store's clock was set back: it must not last until the clock is there again.
 */
async function heedSetBack(
  { db, now, dialect, lease, rules }: LedgerDatabase,
  table: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    with held as materialized (
      select m.id from ${table} as m
      where m.lease_until > ${now()} + ${lease} ${dialect.skipLocked})
    update ${table} as m set lease_until = ${now()} + ${lease}
    where m.id in (select held.id from held)`.execute(db);
  await sql`
    with waiting as materialized (
      select m.id from ${table} as m
      where m.ended_at is null and m.state in ('deferred', 'uncertain')
        and m.next_at > ${now()} + ${rules.longestWait} ${dialect.skipLocked})
    update ${table} as m set next_at = ${now()}
    where m.id in (select waiting.id from waiting)`.execute(db);
}

async function postpone(
  { db, now }: LedgerDatabase,
  table: RawBuilder<unknown>,
  id: number,
  worker: string,
  delay: number,
): Promise<void> {
  await sql`
    update ${table} as m
    set state = m.unclaimed_state, worker = null, lease_until = null,
      next_at = ${now()} + ${delay}
    where m.id = ${id} and m.worker = ${worker} and m.state = 'claimed'`.execute(db);
}

async function release(
  database: LedgerDatabase,
  table: RawBuilder<unknown>,
  worker: string,
  ids: readonly number[],
): Promise<void> {
  if (ids.length === 0) return;
  // In a transaction, which runs again where it gave way to planning. An uncertain mail keeps the
  // name of who had it: their reply may still come.
  await inTransaction(database, ({ db, dialect }) =>
    sql`
      update ${table} as m
      set state = m.unclaimed_state, lease_until = null,
        worker = case m.unclaimed_state when 'uncertain' then m.worker end
      where m.id in ${idsIn(dialect, ids)} and m.worker = ${worker}
        and m.state = 'claimed'`.execute(db),
  );
}

async function takeBack(
  database: LedgerDatabase,
  table: RawBuilder<unknown>,
  ids: readonly number[],
): Promise<void> {
  if (ids.length === 0) return;
  await inTransaction(database, ({ db, now, dialect }) =>
    sql`
      update ${table} as m
      set state = 'planned', unclaimed_state = 'planned', ended_at = null, worker = null,
        attempts = m.attempts - 1
      where m.id in ${idsIn(dialect, ids)} and m.state = 'refused'
        and m.expires_at > ${now()}`.execute(db),
  );
}

/** A mail that is claimed again may still be out from before. */
const UNDER_WAY = sql<boolean>`(
  m.state = 'sending' or (m.state = 'claimed' and m.unclaimed_state = 'uncertain'))`;

async function bounce(
  { db, now }: LedgerDatabase,
  table: RawBuilder<unknown>,
  id: number,
  reply: string,
): Promise<Bounced> {
  const { numAffectedRows } = await sql`
    update ${table} as m
    set state = 'bounced', ended_at = coalesce(m.ended_at, ${now()}), reply = ${reply}
    where m.id = ${id} and m.state in ('accepted', 'uncertain')`.execute(db);
  if (numAffectedRows === 1n) return 'bounced';
  const { rows } = await sql<{ bounced: unknown; underWay: unknown }>`
    select m.state = 'bounced' as bounced, ${UNDER_WAY} as "underWay"
    from ${table} as m where m.id = ${id}`.execute(db);
  if (rows[0]?.bounced) return 'repeated';
  return rows[0]?.underWay ? 'under-way' : 'other';
}
