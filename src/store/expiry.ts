import { type RawBuilder, sql } from 'kysely';
import type { LedgerDatabase } from './database.js';
import { type HeldTime, heldTime, type OutboxTable } from './outbox-table.js';

/** After a day without a sender all of an edition may be too late; others must write in between. */
const EXPIRED_AT_ONCE = 5_000;
/** Due mails that are looked through with each claim for such as are too late. */
const LOOKED_THROUGH = 50;

/** Rule 6: what could not be sent in time ends; a copy that may have arrived stays uncertain. */
export async function expireAll(database: LedgerDatabase, outboxTable: OutboxTable): Promise<void> {
  const { expiry } = outboxTable;
  await expireMails(database, outboxTable, expiry?.indexed ?? sql`1 = 1`);
  if (expiry) await expireFirst(database, outboxTable, expiry.inOrder);
}

/** Looks for what is too late where it stands first, and further where all of that is. */
async function expireFirst(
  database: LedgerDatabase,
  outboxTable: OutboxTable,
  inOrder: RawBuilder<boolean>,
): Promise<void> {
  const among = (count: number) => sql<boolean>`m.id in (select first.id from (
    select m.id from ${sql.table(outboxTable.name)} as m
    where m.ended_at is null and m.next_at <= ${database.now()} and ${inOrder}
      and m.state in ('planned', 'deferred', 'uncertain')
    order by m.next_at, m.id limit ${count}) as first)`;
  const found = await expireMails(database, outboxTable, among(LOOKED_THROUGH));
  if (found === LOOKED_THROUGH) await expireMails(database, outboxTable, among(EXPIRED_AT_ONCE));
}

/**
 * @param among which mails `m` are looked at
 * @returns how many were too late
 */
async function expireMails(
  database: LedgerDatabase,
  outboxTable: OutboxTable,
  among: RawBuilder<boolean>,
): Promise<number> {
  const { db, now, dialect } = database;
  const table = sql.table(outboxTable.name);
  const held = heldTime(database, outboxTable);
  const { numAffectedRows } = await sql`
    with late as materialized (
      select m.id, ${held.extended} as extended from ${table} as m
      where m.ended_at is null and m.expires_at <= ${now()}
        and m.state in ('planned', 'deferred', 'uncertain') and ${among}
      limit ${EXPIRED_AT_ONCE} ${dialect.skipLocked})
    update ${table} as m
    set ${tooLate(sql`m.state`, { ...held, extended: sql`late.extended` }, now())}
    from late where m.id = late.id`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/**
 * What becomes of a mail `m` of that state whose time is over (rule 6): it gets the time that it
 * was held, or it ends.
 */
export function tooLate(
  state: RawBuilder<unknown>,
  { extended, wasHeld: gotTime }: HeldTime,
  now: RawBuilder<number>,
): RawBuilder<unknown> {
  // What nobody looked at meanwhile has got no time back yet.
  const wasHeld = sql`(${gotTime} or ${extended} > m.expires_at)`;
  const goesOn = sql`${extended} > ${now}`;
  return sql`
    expires_at = case when ${goesOn} then ${extended} else m.expires_at end,
    state = case when ${goesOn} then ${state} else case ${state}
      when 'planned' then 'skipped'
      when 'deferred' then case when ${wasHeld} then 'skipped' else 'refused' end
      else ${state} end end,
    reply = case when ${goesOn} or ${state} = 'uncertain' then m.reply
      when ${wasHeld} then 'held too long'
      when ${state} = 'planned' then 'too late' else m.reply end,
    ended_at = case when ${goesOn} then null else ${now} end`;
}
