import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import type { ListedPaper, Paper, RatedPaper } from '../papers/paper.js';
import { type PaperStore, SUGGESTED } from '../papers/store.js';
import { type Database, inTransaction } from './database.js';
import type { Tables } from './tables.js';

export function paperStore(database: Database, clock: Clock): PaperStore {
  const { db } = database;
  return {
    saveListing: (source, day, papers) =>
      inTransaction(database, async (inner) => {
        const now = clock.now();
        for (const listed of papers) await saveOne(inner, source, day, listed, now);
        return new Set(papers.map(({ paper }) => paper.id)).size;
      }),

    listedOn: (day) => listedFrom(db, day, day),
    listedFrom: (from, to) => listedFrom(db, from, to),

    async byIds(ids) {
      if (ids.length === 0) return [];
      return (await rated(db).where('papers.id', 'in', ids).execute()).map(toRated);
    },

    async newestListedDay() {
      const row = await db
        .selectFrom('listings')
        .select((eb) => eb.fn.max('day').as('day'))
        .where('source', '<>', SUGGESTED)
        .executeTakeFirst();
      return row?.day ?? null;
    },
  };
}

/** Papers, each with its newest signal. */
function rated(db: Database['db']) {
  return db
    .selectFrom('papers')
    .innerJoin(newestSignals(db), 'signal.paper_id', 'papers.id')
    .selectAll('papers')
    .select(['signal.upvotes', 'signal.comments', 'signal.code_stars'])
    .where('signal.place', '=', 1);
}

async function listedFrom(db: Database['db'], from: Day, to: Day): Promise<RatedPaper[]> {
  const rows = await rated(db)
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
    .values({ paper_id: paper.id, source, day })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const seen = {
    upvotes: signal.upvotes,
    comments: signal.comments,
    code_stars: signal.codeStars,
  };
  await db
    .insertInto('signals')
    .values({ paper_id: paper.id, source, observed_at: now, ...seen })
    .onConflict((conflict) =>
      conflict.columns(['paper_id', 'source', 'observed_at']).doUpdateSet(seen),
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
  };
}

type RatedRow = Tables['papers'] & {
  upvotes: number;
  comments: number;
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
    signal: { upvotes: row.upvotes, comments: row.comments, codeStars: row.code_stars },
  };
}
