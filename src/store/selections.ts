import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Reason } from '../interests/matcher.js';
import type { Selection } from '../interests/selection.js';
import { idsIn, toBatches } from './batch.js';
import type { Database } from './database.js';

/** Rows that one statement writes at most: others who write must not wait for long. */
const AT_ONCE = 1_000;
/** How often one is written down that is forgotten at the same moment. */
const MAX_TRIES = 5;

/** What the hash of a selection begins with whose reasons were forgotten. */
const FORGOTTEN = 'forgotten ';

/**
 * Changes selections `s` so that they have no reasons: their papers stay, by which no later digest
 * repeats one. No preferences lead to them any more: whoever has the same ones gets another selection, with
 * reasons.
 */
export const FORGET = sql`update selections set reasons = null, hash = ${sql.lit(FORGOTTEN)} || id`;

/** Whether the selection of this id has lost its reasons. */
export function isForgotten(id: RawBuilder<number>): RawBuilder<boolean> {
  // No join: PostgreSQL would read all selections for it, since it does not know how few are meant.
  return sql`(select hash from selections where id = ${id}) like ${sql.lit(`${FORGOTTEN}%`)}`;
}

/** The ids of these selections, those that are not known yet being written down. */
export async function selectionIds(
  database: Database,
  editionId: number,
  selections: Iterable<Selection>,
): Promise<number[]> {
  const rows = Array.from(selections, toRow);
  const distinct = [...new Map(rows.map((row) => [row.hash, row])).values()];
  // In one order for all who write at once, so that none waits for another in a circle.
  distinct.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const ids = new Map<string, number>();
  for (const some of toBatches(distinct, AT_ONCE)) await writeDown(database, editionId, some, ids);
  return rows.map(({ hash }) => {
    const id = ids.get(hash);
    if (id !== undefined) return id;
    throw new Error(`A selection of edition ${editionId} vanished while it was written.`);
  });
}

type SelectionRow = ReturnType<typeof toRow>;

/** Adds the ids of these selections to `ids`. */
async function writeDown(
  { db, dialect }: Database,
  editionId: number,
  rows: readonly SelectionRow[],
  ids: Map<string, number>,
): Promise<void> {
  let missing = rows;
  for (let tries = 0; missing.length > 0 && tries < MAX_TRIES; tries++) {
    await sql`
      insert into selections (edition_id, papers, reasons, hash)
      select ${editionId}, value ->> 'papers', value ->> 'reasons', value ->> 'hash'
      from ${dialect.jsonEach(missing)}
      where true
      on conflict (edition_id, hash) do nothing`.execute(db);
    const hashes = missing.map(({ hash }) => hash);
    const found = await db
      .selectFrom('selections')
      .select(['id', 'hash'])
      .where('edition_id', '=', editionId)
      .where('hash', 'in', hashes)
      .execute();
    for (const { id, hash } of found) ids.set(hash, id);
    // One that was there may have been forgotten since: then it has to be written anew.
    missing = missing.filter(({ hash }) => !ids.has(hash));
  }
}

export async function selection({ db }: Database, id: number): Promise<Selection> {
  const row = await db
    .selectFrom('selections')
    .select(['papers', 'reasons'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return {
    papers: JSON.parse(row.papers) as string[],
    reasons: row.reasons === null ? [] : (JSON.parse(row.reasons) as Reason[][]),
  };
}

/** The papers of selections, by the ids of those. */
export async function loadSelectionPapers(
  { db, dialect }: Database,
  selectionIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (selectionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('selections')
    .select(['id', 'papers'])
    .where(sql<boolean>`id in ${idsIn(dialect, selectionIds)}`)
    .execute();
  return new Map(rows.map(({ id, papers }) => [id, JSON.parse(papers) as string[]]));
}

function toRow({ papers, reasons }: Selection) {
  const row = {
    papers: JSON.stringify(papers),
    reasons: reasons.length === 0 ? null : JSON.stringify(reasons),
  };
  const hash = createHash('sha256').update(row.papers);
  if (row.reasons !== null) hash.update(row.reasons);
  return { ...row, hash: hash.digest('hex').slice(0, 32) };
}
