import type { LeftOut } from '../editions/edition-store.js';
import { texts } from './batch.js';
import type { Database } from './database.js';
import { todaysIds } from './same-papers.js';

/** Takes out of a draft what has been withdrawn since it was picked, and what is in it twice. */
export async function dropStale(database: Database, editionId: number): Promise<LeftOut[]> {
  const { db } = database;
  const rows = await db
    .selectFrom('edition_papers')
    .select('paper_id')
    .where('edition_id', '=', editionId)
    .orderBy('rank')
    .execute();
  const ids = rows.map((row) => row.paper_id);
  const leftOut = await findStale(database, ids);
  if (leftOut.length === 0) return [];
  await db
    .deleteFrom('edition_papers')
    .where('edition_id', '=', editionId)
    .where(
      'paper_id',
      'in',
      leftOut.map(({ id }) => id),
    )
    .execute();
  await db
    .updateTable('editions')
    .set({ count: ids.length - leftOut.length })
    .where('id', '=', editionId)
    .execute();
  return leftOut;
}

async function findStale(database: Database, ids: readonly string[]): Promise<LeftOut[]> {
  const today = await todaysIds(database, ids);
  const withdrawn = await database.db
    .selectFrom('papers')
    .select('id')
    .where('id', 'in', texts(database.dialect, [...new Set(today.values())]))
    .where('withdrawn', '=', 1)
    .execute();
  const gone = new Set(withdrawn.map(({ id }) => id));
  const seen = new Set<string>();
  return ids.flatMap((id) => {
    const now = today.get(id) ?? id;
    if (gone.has(now)) return { id, reason: 'withdrawn' };
    if (seen.has(now)) return { id, reason: `the same paper as ${now}` };
    seen.add(now);
    return [];
  });
}
