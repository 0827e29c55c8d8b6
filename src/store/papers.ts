import type { Expression } from 'kysely';
import type { Day } from '../base/day.js';
import type { Origins } from '../papers/merge.js';
import type { Paper, RatedPaper } from '../papers/paper.js';
import { type PaperStore, SUGGESTED } from '../papers/paper-store.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { ingestStore } from './listings.js';
import { todaysIds } from './same-papers.js';
import type { Tables } from './tables.js';

export function paperStore(database: Database): PaperStore {
  const { db } = database;
  return {
    ingesting: (work) =>
      inTransaction(database, async (inner) => {
        await inner.dialect.alone(inner.db, 'records');
        return work(ingestStore(inner));
      }),

    listedOn: (day) => listedFrom(database, day, day),
    listedFrom: (from, to) => listedFrom(database, from, to),

    voteObservations: (from, to) =>
      db
        .selectFrom('signals')
        .select(['paper_id as paperId', 'source', 'day', 'observed_at as observedAt', 'upvotes'])
        .where('day', '>=', from)
        .where('day', '<=', to)
        .execute(),

    async find(id) {
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
    },

    async byIds(ids) {
      if (ids.length === 0) return [];
      const known = db.selectFrom('papers').select('id as paper_id');
      return rated(database, known.where('id', 'in', texts(database.dialect, ids)));
    },

    todaysIds: (ids) => todaysIds(database, ids),

    async newestListedDay(last) {
      const row = await db
        .selectFrom('listings')
        .select((eb) => eb.fn.max('day').as('day'))
        .where('source', '<>', SUGGESTED)
        .$if(last !== undefined, (query) => query.where('day', '<=', last ?? ''))
        .executeTakeFirst();
      return row?.day ?? null;
    },
  };
}

async function listedFrom(database: Database, from: Day, to: Day): Promise<RatedPaper[]> {
  const listed = database.db.selectFrom('listings').select('paper_id').distinct();
  return rated(database, listed.where('day', '>=', from).where('day', '<=', to));
}

/**
 * Each with the newest signal of each listing, of those the strongest: a paper that is listed for
 * two days has the votes of the day that saw more of them, whichever was fetched last.
 */
async function rated(
  { db, dialect }: Database,
  ids: Expression<{ paper_id: string }>,
): Promise<RatedPaper[]> {
  const rows = await db
    .with('listed', () => ids)
    .with('newest', (query) =>
      query
        .selectFrom('signals')
        .innerJoin('listed', 'listed.paper_id', 'signals.paper_id')
        .select(['signals.paper_id', 'upvotes', 'comments', 'code_stars', 'observed_at'])
        .select((eb) =>
          eb.fn
            .agg<number>('row_number')
            .over((over) =>
              over
                .partitionBy(['signals.paper_id', 'source', 'day'])
                .orderBy('observed_at', 'desc')
                .orderBy('upvotes', 'desc'),
            )
            .as('age'),
        ),
    )
    .with('strongest', (query) =>
      query
        .selectFrom('newest')
        .select(['paper_id', 'upvotes', 'comments', 'code_stars'])
        .select((eb) =>
          eb.fn
            .agg<number>('row_number')
            .over((over) =>
              over
                .partitionBy('paper_id')
                .orderBy('upvotes', 'desc')
                .orderBy('comments', 'desc')
                .orderBy((stars) => stars.fn.coalesce('code_stars', stars.lit(-1)), 'desc'),
            )
            .as('place'),
        )
        .where('age', '=', 1),
    )
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
    keywords: JSON.parse(row.keywords) as string[],
    categories: JSON.parse(row.categories) as string[],
    withdrawn: row.withdrawn === 1,
  };
}
