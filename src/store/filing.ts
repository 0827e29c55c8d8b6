import { sql } from 'kysely';
import type { FiledFacets, UnfiledPaper } from '../library/library-store.js';
import { texts } from './batch.js';
import type { Database } from './database.js';
import { STRONGEST, toPaper } from './rated-papers.js';

// What lists of papers are made of, kept in step by whoever writes papers, listings and signals.

/** Notes papers that are new or have changed: they are filed when nobody waits for it. */
export async function markUnfiled(
  { db, dialect }: Database,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into unfiled_papers (paper_id)
    select id from papers where id in (select id from ${texts(dialect, [...new Set(ids)])} as given)
    on conflict (paper_id) do update set mark = unfiled_papers.mark + 1`.execute(db);
}

/** Papers that wait to be filed. */
export async function loadUnfiled({ db }: Database, most: number): Promise<UnfiledPaper[]> {
  const rows = await db
    .selectFrom('papers')
    .innerJoin('unfiled_papers', 'unfiled_papers.paper_id', 'papers.id')
    .selectAll('papers')
    .select('unfiled_papers.mark')
    .orderBy('papers.id')
    .limit(most)
    .execute();
  return rows.map((row) => ({ paper: toPaper(row), mark: row.mark }));
}

/** Files papers in one transaction, but for those that have changed since they were loaded. */
export async function saveFacets(database: Database, filed: readonly FiledFacets[]): Promise<void> {
  const { db } = database;
  const saved: FiledFacets[] = [];
  for (const one of filed) {
    const { numDeletedRows } = await db
      .deleteFrom('unfiled_papers')
      .where('paper_id', '=', one.paperId)
      .where('mark', '=', one.mark)
      .executeTakeFirst();
    if (numDeletedRows > 0) saved.push(one);
  }
  if (saved.length === 0) return;
  const ids = saved.map(({ paperId }) => paperId);
  await db
    .deleteFrom('paper_facets')
    .where('paper_id', 'in', texts(database.dialect, ids))
    .execute();
  const rows = saved.flatMap(({ paperId, facets }) =>
    facets.map(({ kind, slug }) => ({ kind, slug, paper_id: paperId })),
  );
  if (rows.length > 0) await insertFacets(database, rows);
  await fileDays(database, ids);
  await fileVotes(database, ids);
}

/** Without a day until it is known for which the paper was listed first. */
async function insertFacets(
  { db, dialect }: Database,
  facets: readonly { kind: string; slug: string; paper_id: string }[],
): Promise<void> {
  await sql`
    insert into paper_facets (kind, slug, day, paper_id)
    select value ->> 'kind', value ->> 'slug', '', value ->> 'paper_id'
    from ${dialect.jsonEach(facets)}`.execute(db);
}

/** Notes for which day papers were listed first. */
export async function fileDays({ db, dialect }: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const given = texts(dialect, [...new Set(ids)]);
  const listed = sql`
    select paper_id, min(day) as day from listings
    where paper_id in (${sql`select id from ${given} as given`}) group by paper_id`;
  for (const table of ['paper_facets', 'paper_votes']) {
    await sql`
      update ${sql.table(table)} set day = listed.day from (${listed}) as listed
      where listed.paper_id = ${sql.table(table)}.paper_id
        and ${sql.table(table)}.day <> listed.day`.execute(db);
  }
}

/** Notes how many votes papers have: the newest number of the listing that saw most of them. */
export async function fileVotes({ db, dialect }: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const given = texts(dialect, [...new Set(ids)]);
  await db.deleteFrom('paper_votes').where('paper_id', 'in', given).execute();
  await sql`
    insert into paper_votes (paper_id, day, upvotes)
    with listed as (
      select id as paper_id from papers
      where withdrawn = 0 and id in (select id from ${given} as given))
    select strongest.paper_id, listings.day, strongest.upvotes
    from ${STRONGEST} as strongest
    join (
      select paper_id, min(day) as day from listings
      where paper_id in (select paper_id from listed) group by paper_id) as listings
      on listings.paper_id = strongest.paper_id
    where strongest.place = 1`.execute(db);
}
