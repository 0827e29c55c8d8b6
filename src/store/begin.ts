import { type RawBuilder, sql } from 'kysely';
import type { Beginning, Begun } from '../delivery/ledger.js';
import { idsIn } from './batch.js';
import type { LedgerDatabase } from './database.js';
import { tooLate } from './expiry.js';
import { heldTime, type OutboxTable } from './outbox-table.js';
import { NOT_SUPPRESSED } from './planning-conditions.js';

/** Rule 5: eligibility and the live lease are conditions of the write that begins a mail. */
interface Conditions {
  table: RawBuilder<unknown>;
  /** Whether the worker has the mail `m`. */
  mine: RawBuilder<boolean>;
  /** Whether its reader may be mailed. */
  mayBeMailed: RawBuilder<boolean>;
}

/**
 * Begins mails, `claimed → sending`, and ends those that may not go. Call it in a transaction.
 * @returns how it went with each
 */
export async function beginMails(
  database: LedgerDatabase,
  outboxTable: OutboxTable,
  worker: string,
  beginnings: readonly Beginning[],
): Promise<ReadonlyMap<number, Begun>> {
  const begun = new Map<number, Begun>(beginnings.map(({ id }) => [id, 'lost']));
  if (beginnings.length === 0) return begun;
  const conditions: Conditions = {
    table: sql.table(outboxTable.name),
    mine: sql`m.worker = ${worker} and m.lease_until > ${database.now()}`,
    mayBeMailed: sql`exists (
      select 1 from subscribers s
      where s.id = m.subscriber_id and ${outboxTable.eligible} and ${NOT_SUPPRESSED})`,
  };
  for (const id of await startSending(database, outboxTable, conditions, beginnings)) {
    begun.set(id, 'sending');
  }
  const rest = [...begun].filter(([, how]) => how === 'lost').map(([id]) => id);
  if (rest.length === 0) return begun;
  for (const id of await endIneligible(database, outboxTable, conditions, rest)) {
    begun.set(id, 'ineligible');
  }
  return begun;
}

/** @returns the ids of those that were begun */
async function startSending(
  database: LedgerDatabase,
  outboxTable: OutboxTable,
  { table, mine, mayBeMailed }: Conditions,
  beginnings: readonly Beginning[],
): Promise<number[]> {
  const { db, now, dialect } = database;
  const { superseded } = heldTime(database, outboxTable);
  const until = outboxTable.begunUntil?.(database);
  const begunUntil = until ? sql` expires_at = ${until},` : sql``;
  const wanted = beginnings.map(({ id, route, again }) => ({ id, route, again: again ? 1 : 0 }));
  const { rows } = await sql<{ id: number }>`
    update ${table} as m
    set state = 'sending', route = w.route,${begunUntil}
      attempts = m.attempts + case m.state when 'claimed' then 1 else 0 end
    from (
      select cast(value ->> 'id' as bigint) as wanted_id, value ->> 'route' as route,
        cast(value ->> 'again' as bigint) as again
      from ${dialect.jsonEach(wanted)}) as w
    where m.id = w.wanted_id and ${mine}
      and (m.state = 'claimed' or (m.state = 'sending' and w.again = 1))
      and ${mayBeMailed} and not ${superseded} and m.expires_at > ${now()}
    returning id`.execute(db);
  return rows.map(({ id }) => id);
}

/** @returns the ids of those that are at their end now */
async function endIneligible(
  database: LedgerDatabase,
  outboxTable: OutboxTable,
  { table, mine, mayBeMailed }: Conditions,
  ids: readonly number[],
): Promise<number[]> {
  const { db, now, dialect } = database;
  const held = heldTime(database, outboxTable);
  const left = sql`m.id in ${idsIn(dialect, ids)} and ${mine} and m.state in ('claimed', 'sending')`;
  // What may have arrived already stays uncertain; what never went out is skipped.
  const skipped = await sql<{ id: number }>`
    update ${table} as m
    set state = case m.unclaimed_state when 'uncertain' then 'uncertain' else 'skipped' end,
      lease_until = null, ended_at = ${now()},
      reply = case when ${mayBeMailed} then 'a newer edition waited' else coalesce((
        select case when ${NOT_SUPPRESSED} then s.state else 'suppressed' end
        from subscribers s where s.id = m.subscriber_id), 'gone') end
    where ${left} and (not ${mayBeMailed} or ${held.superseded}) returning id`.execute(db);
  // It may have been claimed long ago, before the server was away.
  const late = await sql<{ id: number }>`
    update ${table} as m
    set lease_until = null, ${tooLate(sql`m.unclaimed_state`, held, now())}
    where ${left} and m.expires_at <= ${now()} returning id`.execute(db);
  return [...skipped.rows, ...late.rows].map(({ id }) => id);
}
