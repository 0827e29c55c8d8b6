import { sql } from 'kysely';
import { type FiledPaper, toFacets } from '../library/facets.js';
import { texts, toBatches } from './batch.js';
import type { Database } from './database.js';
import { STRONGEST, toPaper } from './rated-papers.js';

// What lists of papers are made of, kept in step by whoever writes papers, listings and signals.

/** Papers that are compared at once: their texts are indexed together. */
const AT_ONCE = 100;

/** Files papers by their authors, organisations and topics; withdrawn ones are in no list. */
export async function filePapers(database: Database, papers: readonly FiledPaper[]): Promise<void> {
  const { db, dialect } = database;
  for (const some of toBatches(papers, AT_ONCE)) {
    const ids = some.map(({ id }) => id);
    const given = texts(dialect, ids);
    await db.deleteFrom('paper_facets').where('paper_id', 'in', given).execute();
    await db.deleteFrom('unfiled_papers').where('paper_id', 'in', given).execute();
    const facets = toFacets(some).flatMap((all, place) => {
      const { id: paper_id, withdrawn } = some[place] ?? { id: '', withdrawn: true };
      return withdrawn ? [] : all.map(({ kind, slug }) => ({ kind, slug, paper_id }));
    });
    if (facets.length > 0) await insertFacets(database, facets);
    await fileDays(database, ids);
    await fileVotes(database, ids);
  }
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

/** Files papers that a migration or new rules have left for later. */
export async function fileSome(database: Database, most: number): Promise<number> {
  const rows = await database.db
    .selectFrom('papers')
    .innerJoin('unfiled_papers', 'unfiled_papers.paper_id', 'papers.id')
    .selectAll('papers')
    .orderBy('papers.id')
    .limit(most)
    .execute();
  await filePapers(database, rows.map(toPaper));
  return rows.length;
}
