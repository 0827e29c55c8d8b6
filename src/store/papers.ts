import { type Expression, sql } from 'kysely';
import type { Day } from '../base/day.js';
import type { MergedPaper, Origins } from '../papers/merge.js';
import type { Paper, RatedPaper } from '../papers/paper.js';
import { type PaperStore, SUGGESTED } from '../papers/paper-store.js';
import type { VoteObservation } from '../papers/rising.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { ingestStore } from './listings.js';
import { todaysIds } from './same-papers.js';
import type { Tables } from './tables.js';

export function paperStore(database: Database): PaperStore {
  return {
    ingesting: (work) =>
      inTransaction(database, async (inner) => {
        await inner.dialect.alone(inner.db, 'records');
        return work(ingestStore(inner));
      }),
    listedOn: (day) => listedFrom(database, day, day),
    listedFrom: (from, to) => listedFrom(database, from, to),
    voteObservations: (from, to) => loadVotes(database, from, to),
    byIds: (ids) => loadByIds(database, ids),
    todaysIds: (ids) => todaysIds(database, ids),
    find: (id) => find(database, id),
    newestListedDay: (last) => newestListedDay(database, last),
  };
}

function loadVotes({ db }: Database, from: Day, to: Day): Promise<VoteObservation[]> {
  return db
    .selectFrom('signals')
    .select(['paper_id as paperId', 'source', 'day', 'observed_at as observedAt', 'upvotes'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .execute();
}

async function find({ db }: Database, id: string): Promise<MergedPaper | null> {
  const row = await db
    .selectFrom('papers')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('id', '=', id),
        eb('id', 'in', eb.selectFrom('records').select('paper_id').where('key', '=', id)),
      ]),
    )
    .executeTakeFirst();
  return row ? { paper: toPaper(row), origins: JSON.parse(row.origins) as Origins } : null;
}

async function loadByIds(database: Database, ids: readonly string[]): Promise<RatedPaper[]> {
  if (ids.length === 0) return [];
  const known = database.db.selectFrom('papers').select('id as paper_id');
  return rated(database, known.where('id', 'in', texts(database.dialect, ids)));
}

async function newestListedDay({ db }: Database, last?: Day): Promise<Day | null> {
  const row = await db
    .selectFrom('listings')
    .select((eb) => eb.fn.max('day').as('day'))
    .where('source', '<>', SUGGESTED)
    .$if(last !== undefined, (query) => query.where('day', '<=', last ?? ''))
    .executeTakeFirst();
  return row?.day ?? null;
}

async function listedFrom(database: Database, from: Day, to: Day): Promise<RatedPaper[]> {
  const listed = database.db.selectFrom('listings').select('paper_id').distinct();
  return rated(database, listed.where('day', '>=', from).where('day', '<=', to));
}

async function rated(
  { db, dialect }: Database,
  ids: Expression<{ paper_id: string }>,
): Promise<RatedPaper[]> {
  const rows = await db
    .with('listed', () => ids)
    .with('strongest', () => STRONGEST)
    .selectFrom('papers')
    .innerJoin('listed', 'listed.paper_id', 'papers.id')
    .leftJoin('strongest', (join) =>
      join.onRef('strongest.paper_id', '=', 'papers.id').on('strongest.place', '=', 1),
    )
    .selectAll('papers')
    .select(['strongest.upvotes', 'strongest.comments', 'strongest.code_stars'])
    .execute();
  const listings = await db
    .selectFrom('listings')
    .select(['paper_id', 'source'])
    .distinct()
    .where('paper_id', 'in', texts(dialect, [...new Set(rows.map(({ id }) => id))]))
    .orderBy('source')
    .execute();
  const sources = new Map<string, string[]>();
  for (const { paper_id, source } of listings) {
    sources.set(paper_id, [...(sources.get(paper_id) ?? []), source]);
  }
  return rows.map((row) => ({ ...toRated(row), sources: sources.get(row.id) ?? [] }));
}

/**
 * Of the papers `listed` the newest signal of each listing, of those the strongest first: a paper
 * that is listed for two days has the votes of the day that saw more of them, whichever was fetched
 * last.
 */
const STRONGEST = sql<{
  paper_id: string;
  upvotes: number;
  comments: number;
  code_stars: number | null;
  place: number;
}>`(
  select paper_id, upvotes, comments, code_stars, row_number() over (
      partition by paper_id
      order by upvotes desc, comments desc, coalesce(code_stars, -1) desc) as place
  from (
    select signals.paper_id, upvotes, comments, code_stars, row_number() over (
        partition by signals.paper_id, source, day
        order by observed_at desc, upvotes desc) as age
    from signals join listed on listed.paper_id = signals.paper_id) as newest
  where age = 1)`;

type RatedRow = Tables['papers'] & {
  upvotes: number | null;
  comments: number | null;
  code_stars: number | null;
};

function toRated(row: RatedRow): RatedPaper {
  const { upvotes, comments, code_stars: codeStars } = row;
  return {
    ...toPaper(row),
    signal: { upvotes: upvotes ?? 0, comments: comments ?? 0, codeStars },
    ...(upvotes === null && { uncounted: true as const }),
  };
}

function toPaper(row: Tables['papers']): Paper {
  return {
    id: row.id,
    arxivId: row.arxiv_id,
    doi: row.doi,
    title: row.title,
    abstract: row.abstract,
    summary: row.summary,
    authors: JSON.parse(row.authors) as string[],
    organisation: row.organisation,
    publishedOn: row.published_on,
    url: row.url,
    pdfUrl: row.pdf_url,
    codeUrl: row.code_url,
    projectUrl: row.project_url,
    ...(row.picture_url !== null && { pictureUrl: row.picture_url }),
    keywords: JSON.parse(row.keywords) as string[],
    categories: JSON.parse(row.categories) as string[],
    withdrawn: row.withdrawn === 1,
  };
}
