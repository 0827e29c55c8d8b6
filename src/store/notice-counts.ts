import { sql } from 'kysely';
import {
  type CountedStretches,
  NOTICE_LIMITS,
  type NoticeCounts,
  type NoticeLimitName,
} from '../subscribers/notice-limits.js';
import { type Database, inTransaction } from './database.js';

/** Counters of requests for notices, and how many were withheld. */
export function noticeCounts(database: Database): NoticeCounts {
  return {
    lock: (keys, now) => lock(database, keys, now),
    save: (counts) => save(database, counts),
    addWithheld: (limitedBy) => addWithheld(database, limitedBy),
    look: (key) => look(database, key),
    withheld: () => loadWithheld(database),
    forget: (now) => forget(database, now),
  };
}

/**
 * Writing is what locks a row on both databases, also one that was not there. In the order of the keys,
 * so that two requests can't wait for each other.
 */
async function lock(
  { db, dialect }: Database,
  keys: readonly string[],
  now: number,
): Promise<Map<string, CountedStretches>> {
  const { rows } = await sql<{ key: string; counts: string }>`
    insert into notice_counts (key, counts, expires_at)
    select value ->> 'key', '[]', cast(${now} as bigint)
    from ${dialect.jsonEach([...keys].sort().map((key) => ({ key })))} where true order by 1
    on conflict (key) do update set counts = notice_counts.counts
    returning key, counts`.execute(db);
  return new Map(rows.map(({ key, counts }) => [key, JSON.parse(counts)]));
}

async function look({ db }: Database, key: string): Promise<CountedStretches> {
  const known = await db
    .selectFrom('notice_counts')
    .select('counts')
    .where('key', '=', key)
    .executeTakeFirst();
  return JSON.parse(known?.counts ?? '[]');
}

async function save(
  { db, dialect }: Database,
  ...[counts]: Parameters<NoticeCounts['save']>
): Promise<void> {
  const rows = counts.map((one) => ({ ...one, counts: JSON.stringify(one.counts) }));
  await sql`
    update notice_counts as c
    set counts = v.counts, expires_at = v.expires_at
    from (
      select value ->> 'key' as key, value ->> 'counts' as counts,
        cast(value ->> 'expiresAt' as bigint) as expires_at
      from ${dialect.jsonEach(rows)}) as v
    where c.key = v.key`.execute(db);
}

async function addWithheld({ db }: Database, limitedBy: NoticeLimitName | null): Promise<void> {
  // For none a row of its own, so that both cost the same.
  await sql`
    insert into withheld_notices (limited_by, count) values (${limitedBy ?? 'none'}, 1)
    on conflict (limited_by) do update set count = withheld_notices.count + 1`.execute(db);
}

async function loadWithheld({ db }: Database): Promise<Record<NoticeLimitName, number>> {
  const rows = await db.selectFrom('withheld_notices').select(['limited_by', 'count']).execute();
  const found = new Map(rows.map(({ limited_by, count }) => [limited_by, count]));
  const counts = NOTICE_LIMITS.map((name) => [name, found.get(name) ?? 0]);
  return Object.fromEntries(counts) as Record<NoticeLimitName, number>;
}

/** Counters and budgets. */
function forget(database: Database, now: number): Promise<number> {
  return inTransaction(database, async ({ db }) => {
    const { numDeletedRows } = await db
      .deleteFrom('notice_counts')
      .where('expires_at', '<=', now)
      .executeTakeFirst();
    await db.deleteFrom('notice_budgets').where('expires_at', '<=', now).execute();
    return Number(numDeletedRows);
  });
}
