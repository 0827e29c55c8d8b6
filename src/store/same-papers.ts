import { type RawBuilder, sql } from 'kysely';
import { texts } from './batch.js';
import type { Database } from './database.js';

/**
 * All ids of the papers that a query names in its column `id`: those they have and those they had.
 * Editions and selections hold the ids of their day, and are not rewritten when two papers become
 * one.
 */
export function idsOfSame(ids: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`(
    select id from ${ids} as own
    union select key from records where paper_id in (select id from ${ids} as own)
    union select key from records where paper_id in (
      select paper_id from records where key in (select id from ${ids} as own)))`;
}

/** The same for ids at hand. */
export async function alsoKnownAs(
  { db, dialect }: Database,
  paperIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (paperIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select id from ${idsOfSame(texts(dialect, paperIds))} as same`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** These papers by all their ids; several of them may have become one since. */
export async function knownAs(
  { db, dialect }: Database,
  paperIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const known = new Map(paperIds.map((id) => [id, [id]]));
  if (paperIds.length === 0) return known;
  const ids = texts(dialect, paperIds);
  const { rows } = await sql<{ own: string; alias: string }>`
    with own as materialized (select id from ${ids} as given)
    select own.id as own, records.key as alias from own join records on records.paper_id = own.id
    union select own.id, records.paper_id from own join records on records.key = own.id
    union select own.id, others.key from own join records on records.key = own.id
      join records as others on others.paper_id = records.paper_id`.execute(db);
  for (const { own, alias } of rows) {
    const all = known.get(alias);
    if (all === undefined) known.set(alias, [own]);
    else if (!all.includes(own)) all.push(own);
  }
  return known;
}

/** What each of these papers is kept under today; ids that nobody knows stay as they are. */
export async function todaysIds(
  { db, dialect }: Database,
  paperIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const today = new Map(paperIds.map((id) => [id, id]));
  if (paperIds.length === 0) return today;
  const ids = texts(dialect, paperIds);
  const kept = await db.selectFrom('papers').select('id').where('id', 'in', ids).execute();
  const own = new Set(kept.map(({ id }) => id));
  const moved = await db
    .selectFrom('records')
    .select(['key', 'paper_id'])
    .where('key', 'in', ids)
    .orderBy('paper_id', 'desc')
    .execute();
  for (const { key, paper_id } of moved) if (!own.has(key)) today.set(key, paper_id);
  return today;
}
