import { type Expression, sql } from 'kysely';
import type { Paper, RatedPaper } from '../papers/paper.js';
import { texts } from './batch.js';
import type { Database } from './database.js';
import type { Tables } from './tables.js';

/** The papers of a query, each with its newest signal. */
export async function rated(
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
export const STRONGEST = sql<{
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

export function toPaper(row: Tables['papers']): Paper {
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
