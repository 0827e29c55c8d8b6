import { type RawBuilder, sql } from 'kysely';
import type { Database, LedgerDatabase } from './database.js';
import { expireAll } from './expiry.js';
import type { OutboxTable } from './outbox-table.js';

/** Takes due mails; returns their ids. Call it in a transaction together with reading them. */
export async function claim(
  database: LedgerDatabase,
  outboxTable: OutboxTable,
  worker: string,
  limit: number,
): Promise<number[]> {
  const { db, now, dialect, lease } = database;
  const { name, scope = sql`1 = 1` } = outboxTable;
  const table = sql.table(name);
  await expireLeases(database, table);
  await expireAll(database, outboxTable);
  const ready = sql`m.next_at <= ${now()} and m.expires_at > ${now()} and ${scope}
    and ${repeatable(database)}`;
  // Half of a claim may be such as were tried before: they must not wait for a million new ones.
  // Materialized, here and below: else PostgreSQL may ask, and lock, anew for each row.
  const { rows } = await sql<{ id: number }>`
    with tried as materialized (
      select m.id from ${table} as m
      where m.ended_at is null and m.state in ('deferred', 'uncertain') and ${ready}
      order by m.next_at, m.id
      limit ${Math.ceil(limit / 2)} ${dialect.skipLocked}),
    due as materialized (
      select m.id from ${table} as m
      where m.ended_at is null and ${ready}
        and m.state in ('planned', 'deferred', 'uncertain')
        and m.id not in (select tried.id from tried)
      order by m.next_at, m.id
      limit ${limit} - (select count(*) from tried) ${dialect.skipLocked})
    update ${table} as m
    set state = 'claimed', worker = ${worker}, lease_until = ${now()} + ${lease},
      dated_at = ${datedAt(database)}, signed_by = ${signedBy(database)}
    where m.id in (select tried.id from tried union all select due.id from due)
    returning id`.execute(db);
  return rows.map((row) => row.id).sort((a, b) => a - b);
}

/**
 * What a mail `m` that is being claimed has in its Date field: now, while nothing of it can have gone
 * out, and then the same in each repeat.
 */
export function datedAt({ now }: Pick<Database, 'now'>): RawBuilder<number> {
  return sql`case m.attempts when 0 then ${now()} else m.dated_at end`;
}

/** In the same way, by which key a mail `m` is composed. */
export function signedBy({
  signedBy,
}: Pick<LedgerDatabase, 'signedBy'>): RawBuilder<string | null> {
  return sql`case m.attempts when 0 then cast(${signedBy()} as text) else m.signed_by end`;
}

/**
 * Whether a repeat of a mail `m` would have the same octets here (rule 4). What another key has begun
 * is left to a process that has it: a newer one that has not been given to this one. Once no process
 * has a newer one, the key was taken away for good, and anybody composes it anew.
 */
export function repeatable({ keyMarks }: Pick<LedgerDatabase, 'keyMarks'>): RawBuilder<boolean> {
  const marks = keyMarks();
  if (marks.length === 0) return sql`1 = 1`;
  const ours = sql.join(marks.map((mark) => sql`${mark}`));
  return sql`(m.attempts = 0 or m.signed_by is null or m.signed_by in (${ours}) or (
    select substr(k.value, 1, ${sql.lit(MARK_LENGTH)}) from settings as k
    where k.name = 'secret_key_fingerprint') in (${ours}))`;
}

/** A mark is how the fingerprint of a key begins. */
const MARK_LENGTH = 3;

/** Rule 3: a lease that ran out frees a claim, and leaves a begun sending uncertain. */
async function expireLeases(
  { db, now, dialect }: Database,
  table: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    with lapsed as materialized (
      select m.id from ${table} as m
      where m.state in ('claimed', 'sending') and m.lease_until <= ${now()} ${dialect.skipLocked})
    update ${table} as m
    set state = case state when 'sending' then 'uncertain' else unclaimed_state end,
      unclaimed_state = case state when 'sending' then 'uncertain' else unclaimed_state end,
      reply = case state when 'sending' then 'the sender stopped before the reply' else reply end,
      next_at = case state when 'sending' then ${now()} else next_at end,
      lease_until = null
    where m.id in (select lapsed.id from lapsed)`.execute(db);
}
