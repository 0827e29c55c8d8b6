import { sql } from 'kysely';
import type { Day } from '../base/day.js';
import type { EditionPaper } from '../editions/edition.js';
import type {
  CountedVotes,
  EditionMark,
  LibraryStore,
  ListPage,
  Shelf,
  ShelvedPaper,
} from '../library/library-store.js';
import type { FacetKind } from '../library/slugs.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { loadUnfiled, saveFacets } from './filing.js';
import { rated } from './rated-papers.js';
import { idsOfSame } from './same-papers.js';

export function libraryStore(database: Database): LibraryStore {
  return {
    listBy: (kind, slug, page) => listBy(database, kind, slug, page),
    listBest: (from, to, page) => listBest(database, { from, to }, page),
    sampleOf: async (kind, slug) => {
      const { papers } = await listBy(database, kind, slug, { offset: 0, limit: 1 });
      return papers[0] ?? null;
    },
    findInEditions: (id, pickedBefore) => findInEditions(database, id, pickedBefore),
    editionsWith: (id, pickedBefore) => editionsWith(database, id, pickedBefore),
    votesOf: (id) => votesOf(database, id),
    sharing: (id, facets, most) => sharing(database, id, facets, most),
    byIds: (ids) => loadShelved(database, ids),
    daysOf: (ids, days, pickedBefore) => daysOf(database, ids, days, pickedBefore),
    countPapers: () => countPapers(database),
    listIds: (page) => listIds(database, page),
    unfileAll: async () => {
      await sql`
        insert into unfiled_papers (paper_id) select id from papers where true
        on conflict (paper_id) do update set mark = unfiled_papers.mark + 1`.execute(database.db);
    },
    loadUnfiled: (most) => loadUnfiled(database, most),
    saveFacets: (filed) => inTransaction(database, (inner) => saveFacets(inner, filed)),
  };
}

async function listBy(
  database: Database,
  kind: FacetKind,
  slug: string,
  { offset, limit }: ListPage,
): Promise<Shelf> {
  const rows = await database.db
    .selectFrom('paper_facets')
    .select('paper_id')
    .where('kind', '=', kind)
    .where('slug', '=', slug)
    .where('day', '>', '')
    .orderBy('day', 'desc')
    .orderBy('paper_id', 'desc')
    .offset(offset)
    .limit(limit + 1)
    .execute();
  return toShelf(database, rows, limit);
}

async function listBest(
  database: Database,
  { from, to }: { from: Day; to: Day },
  { offset, limit }: ListPage,
): Promise<Shelf> {
  const rows = await database.db
    .selectFrom('paper_votes')
    .select('paper_id')
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('upvotes', 'desc')
    .orderBy('paper_id', 'desc')
    .offset(offset)
    .limit(limit + 1)
    .execute();
  return toShelf(database, rows, limit);
}

async function toShelf(
  database: Database,
  rows: readonly { paper_id: string }[],
  limit: number,
): Promise<Shelf> {
  const ids = rows.slice(0, limit).map(({ paper_id }) => paper_id);
  const papers = new Map((await loadShelved(database, ids)).map((paper) => [paper.id, paper]));
  return {
    papers: ids.flatMap((id) => papers.get(id) ?? []),
    more: rows.length > limit,
  };
}

async function loadShelved(database: Database, ids: readonly string[]): Promise<ShelvedPaper[]> {
  if (ids.length === 0) return [];
  const given = texts(database.dialect, ids);
  const known = database.db.selectFrom('papers').select('id as paper_id').where('id', 'in', given);
  const papers = await rated(database, known);
  const days = await database.db
    .selectFrom('listings')
    .select((eb) => ['paper_id', eb.fn.min('day').as('day')])
    .where('paper_id', 'in', given)
    .groupBy('paper_id')
    .execute();
  const dayOf = new Map(days.map(({ paper_id, day }) => [paper_id, day]));
  return papers.map((paper) => ({
    ...paper,
    day: dayOf.get(paper.id) ?? paper.publishedOn ?? '',
  }));
}

/** Editions that readers see, with a paper under any of its ids. */
function carrying({ db, dialect }: Database, ids: readonly string[], pickedBefore?: number) {
  const query = db
    .selectFrom('edition_papers')
    .innerJoin('editions', 'editions.id', 'edition_papers.edition_id')
    .where('edition_papers.paper_id', 'in', idsOfSame(texts(dialect, ids)));
  if (pickedBefore === undefined) return query;
  return query.where((eb) =>
    eb.or([
      eb('editions.state', '=', 'frozen'),
      eb('editions.kind', '=', 'sample'),
      eb('editions.picked_at', '<=', pickedBefore),
    ]),
  );
}

async function findInEditions(
  database: Database,
  id: string,
  pickedBefore?: number,
): Promise<EditionPaper | null> {
  const row = await carrying(database, [id], pickedBefore)
    .select('edition_papers.snapshot')
    .orderBy('editions.date', 'desc')
    .executeTakeFirst();
  return row ? (JSON.parse(row.snapshot) as EditionPaper) : null;
}

async function editionsWith(
  database: Database,
  id: string,
  pickedBefore?: number,
): Promise<EditionMark[]> {
  return carrying(database, [id], pickedBefore)
    .select(['editions.kind', 'editions.date'])
    .distinct()
    .orderBy('editions.date', 'desc')
    .orderBy('editions.kind')
    .execute();
}

function votesOf({ db }: Database, id: string): Promise<CountedVotes[]> {
  return db
    .selectFrom('signals')
    .select((eb) => ['source', 'observed_at as observedAt', eb.fn.max('upvotes').as('upvotes')])
    .where('paper_id', '=', id)
    .groupBy(['source', 'observed_at'])
    .orderBy('observed_at')
    .execute();
}

async function sharing(
  { db }: Database,
  id: string,
  facets: readonly { kind: FacetKind; slug: string }[],
  most: number,
): Promise<{ paperId: string; facet: number }[]> {
  if (facets.length === 0) return [];
  const each = facets.map(
    ({ kind, slug }, place) => sql`
    select paper_id, ${sql.lit(place)} as facet from (
      select paper_id from paper_facets
      where kind = ${kind} and slug = ${slug} and day > '' and paper_id <> ${id}
      order by day desc, paper_id desc limit ${sql.lit(most)}) as newest`,
  );
  const { rows } = await sql<{ paperId: string; facet: number }>`
    select paper_id as "paperId", facet from (${sql.join(each, sql` union all `)}) as shared`.execute(
    db,
  );
  return rows;
}

async function daysOf(
  { db, dialect }: Database,
  paperIds: readonly string[],
  { from, to }: { from: Day; to: Day },
  pickedBefore = Number.MAX_SAFE_INTEGER,
): Promise<ReadonlyMap<string, Day>> {
  if (paperIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('edition_papers')
    .innerJoin('editions', 'editions.id', 'edition_papers.edition_id')
    .select((eb) => ['edition_papers.paper_id', eb.fn.min('editions.date').as('day')])
    .where('edition_papers.paper_id', 'in', texts(dialect, paperIds))
    .where('editions.kind', '=', 'daily')
    .where('editions.date', '>=', from)
    .where('editions.date', '<=', to)
    .where((eb) =>
      eb.or([eb('editions.state', '=', 'frozen'), eb('editions.picked_at', '<=', pickedBefore)]),
    )
    .groupBy('edition_papers.paper_id')
    .execute();
  return new Map(rows.map(({ paper_id, day }) => [paper_id, day]));
}

async function countPapers({ db }: Database): Promise<number> {
  const row = await db
    .selectFrom('search_papers')
    .select((eb) => eb.fn.countAll<number>().as('papers'))
    .executeTakeFirstOrThrow();
  return row.papers;
}

/** Those that can be found by search: listed, and not withdrawn. */
async function listIds({ db }: Database, { offset, limit }: ListPage): Promise<string[]> {
  const rows = await db
    .selectFrom('search_papers')
    .select('paper_id')
    .orderBy('docid')
    .offset(offset)
    .limit(limit)
    .execute();
  return rows.map(({ paper_id }) => paper_id);
}
