import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import type { ListedPaper, Paper, RatedPaper } from '../papers/paper.js';
import type { PaperStore } from '../papers/store.js';
import { type Database, inTransaction } from './database.js';
import type { Tables } from './tables.js';

export function paperStore(database: Database, clock: Clock): PaperStore {
  const { db } = database;
  return {
    saveListing: (source, day, papers) =>
      inTransaction(database, async (inner) => {
        const now = clock.now();
        for (const listed of papers) await saveOne(inner, source, day, listed, now);
        return { stored: new Set(papers.map(({ paper }) => paper.id)).size, joined: [] };
      }),

    listedOn: (day) => listedFrom(db, day, day),
    listedFrom: (from, to) => listedFrom(db, from, to),

    async newestListedDay() {
      const row = await db
        .selectFrom('listings')
        .select((eb) => eb.fn.max('day').as('day'))
        .executeTakeFirst();
      return row?.day ?? null;
    },
  };
}

async function listedFrom(db: Database['db'], from: Day, to: Day): Promise<RatedPaper[]> {
  const rows = await db
    .selectFrom('papers')
    .leftJoin(newestSignals(db), (join) =>
      join.onRef('signal.paper_id', '=', 'papers.id').on('signal.place', '=', 1),
    )
    .selectAll('papers')
    .select(['signal.upvotes', 'signal.comments', 'signal.code_stars'])
    .where('papers.id', 'in', (listed) =>
      listed
        .selectFrom('listings')
        .select('paper_id')
        .where('day', '>=', from)
        .where('day', '<=', to),
    )
    .execute();
  return rows.map(toRated);
}

/** Each paper's signals, numbered from the newest; of those seen at once, the most votes first. */
function newestSignals(db: Database['db']) {
  return db
    .selectFrom('signals')
    .select(['paper_id', 'upvotes', 'comments', 'code_stars'])
    .select((eb) =>
      eb.fn
        .agg<number>('row_number')
        .over((over) =>
          over.partitionBy('paper_id').orderBy('observed_at', 'desc').orderBy('upvotes', 'desc'),
        )
        .as('place'),
    )
    .as('signal');
}

async function saveOne(
  { db }: Database,
  source: string,
  day: string,
  { paper, signal }: ListedPaper,
  now: number,
): Promise<void> {
  const row = toRow(paper);
  await db
    .insertInto('papers')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        title: row.title,
        abstract: row.abstract || eb.ref('papers.abstract'),
        summary: row.summary ?? eb.ref('papers.summary'),
        authors: paper.authors.length > 0 ? row.authors : eb.ref('papers.authors'),
        organisation: row.organisation ?? eb.ref('papers.organisation'),
        published_on: row.published_on ?? eb.ref('papers.published_on'),
        url: row.url,
        pdf_url: row.pdf_url ?? eb.ref('papers.pdf_url'),
        code_url: row.code_url ?? eb.ref('papers.code_url'),
        project_url: row.project_url ?? eb.ref('papers.project_url'),
        keywords: paper.keywords.length > 0 ? row.keywords : eb.ref('papers.keywords'),
      })),
    )
    .execute();
  await db
    .insertInto('listings')
    .values({ paper_id: paper.id, source, day, key: paper.id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if (signal === null) return;
  const seen = {
    upvotes: signal.upvotes,
    comments: signal.comments,
    code_stars: signal.codeStars,
  };
  await db
    .insertInto('signals')
    .values({ paper_id: paper.id, source, observed_at: now, key: paper.id, day, ...seen })
    .onConflict((conflict) =>
      conflict.columns(['key', 'source', 'day', 'observed_at']).doUpdateSet(seen),
    )
    .execute();
}

function toRow(paper: Paper): Tables['papers'] {
  return {
    id: paper.id,
    title: paper.title,
    abstract: paper.abstract,
    summary: paper.summary,
    authors: JSON.stringify(paper.authors),
    organisation: paper.organisation,
    published_on: paper.publishedOn,
    url: paper.url,
    pdf_url: paper.pdfUrl,
    code_url: paper.codeUrl,
    project_url: paper.projectUrl,
    keywords: JSON.stringify(paper.keywords),
    arxiv_id: paper.arxivId,
    doi: paper.doi,
    categories: JSON.stringify(paper.categories),
    withdrawn: paper.withdrawn ? 1 : 0,
    origins: '{}',
  };
}

type RatedRow = Tables['papers'] & {
  upvotes: number | null;
  comments: number | null;
  code_stars: number | null;
};

function toRated(row: RatedRow): RatedPaper {
  return {
    id: row.id,
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
    arxivId: row.arxiv_id,
    doi: row.doi,
    categories: JSON.parse(row.categories) as string[],
    withdrawn: row.withdrawn === 1,
    signal: {
      upvotes: row.upvotes ?? 0,
      comments: row.comments ?? 0,
      codeStars: row.code_stars,
    },
  };
}
