// @ts-check
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import * as search from './0005_search.js';

/**
 * One paper, once: what each source says of a paper is a record of its own, and the paper is made
 * of all records that are found to be of it. Listings and signals belong to records, so that they
 * go along when two papers turn out to be one.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  // Its triggers stand on tables that are made anew, and know of no withdrawn papers.
  await search.down(db, engine);
  await db.schema.createIndex('listings_of_paper').on('listings').column('paper_id').execute();
  for (const column of ['arxiv_id', 'doi']) {
    await db.schema.alterTable('papers').addColumn(column, 'text').execute();
  }
  await db.schema
    .alterTable('papers')
    .addColumn('categories', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute();
  await db.schema
    .alterTable('papers')
    .addColumn('withdrawn', 'integer', (c) =>
      c.notNull().defaultTo(0).check(sql`withdrawn in (0, 1)`),
    )
    .execute();
  // Which source each field is from.
  await db.schema
    .alterTable('papers')
    .addColumn('origins', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute();

  await db.schema
    .createTable('records')
    .addColumn('source', 'text', (c) => c.notNull())
    // What the paper would be stored under if only this record existed.
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('arxiv_id', 'text')
    .addColumn('doi', 'text')
    .addColumn('title_key', 'text')
    .addColumn('fields', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('records_key', ['key', 'source'])
    .execute();
  for (const column of ['paper_id', 'arxiv_id', 'doi', 'title_key']) {
    await db.schema.createIndex(`records_${column}`).on('records').column(column).execute();
  }

  await recordPapers(db);
  await rebuildListings(db);
  await rebuildSignals(db);
  await search.up(db, engine);
}

/**
 * Until now a paper was known by the id that its source gave it, and there was one source.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function recordPapers(db) {
  let after = '';
  for (;;) {
    const papers = await db
      .selectFrom('papers')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(500)
      .execute();
    for (const paper of papers) await recordPaper(db, paper);
    if (papers.length < 500) return;
    after = papers.at(-1)?.['id'];
  }
}

/**
 * @param {import('kysely').Kysely<any>} db
 * @param {any} paper
 */
async function recordPaper(db, paper) {
  const arxivId = arxivIdOf(paper.id);
  const listings = await db
    .selectFrom('listings')
    .select('source')
    .select((eb) => eb.fn.max('day').as('day'))
    .where('paper_id', '=', paper.id)
    .groupBy('source')
    .orderBy('source')
    .execute();
  /** @type {Record<string, unknown>} */
  const values = {
    title: paper.title,
    abstract: paper.abstract,
    summary: paper.summary,
    authors: JSON.parse(paper.authors),
    organisation: paper.organisation,
    publishedOn: paper.published_on,
    url: paper.url,
    pdfUrl: paper.pdf_url,
    codeUrl: paper.code_url,
    projectUrl: paper.project_url,
    keywords: JSON.parse(paper.keywords),
  };
  const told = Object.entries(values).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== null && value !== '',
  );
  for (const { source, day } of listings) {
    await db
      .insertInto('records')
      .values({
        source,
        // As it was, though the program may write it otherwise now: editions name it so.
        key: paper.id,
        paper_id: paper.id,
        arxiv_id: arxivId,
        doi: null,
        title_key: titleKey(paper.title),
        fields: JSON.stringify(
          Object.fromEntries(told.map(([name, value]) => [name, { value, version: 0, day }])),
        ),
      })
      .execute();
  }
  const [first] = listings;
  await db
    .updateTable('papers')
    .set({
      arxiv_id: arxivId,
      origins: JSON.stringify(
        Object.fromEntries(first ? told.map(([name]) => [name, first.source]) : []),
      ),
    })
    .where('id', '=', paper.id)
    .execute();
}

const ARXIV_ID =
  /^(?:(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})|([a-z]+(?:-[a-z]+)*)(?:\.[a-z]{2})?(\/\d{7}))(?:v\d{1,3})?$/i;

/**
 * As the program writes it: without version and, where it is an old one, without subject class.
 *
 * @param {string} id
 */
function arxivIdOf(id) {
  const [, present, archive = '', number = ''] = ARXIV_ID.exec(id) ?? [];
  return present ?? (archive.toLowerCase() + number || null);
}

/**
 * As the program compares titles; short ones not at all.
 *
 * @param {string} title
 */
function titleKey(title) {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  if (words.replaceAll(' ', '').length < 20) return null;
  return `title:${createHash('sha256').update(words).digest('hex').slice(0, 16)}`;
}

/**
 * @param {import('kysely').Kysely<any>} db
 */
async function rebuildListings(db) {
  await sql`create table listings_before as select * from listings`.execute(db);
  await db.schema.dropTable('listings').execute();
  await db.schema
    .createTable('listings')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('listings_key', ['day', 'key', 'source'])
    .execute();
  await sql`insert into listings (paper_id, source, day, key)
    select paper_id, source, day, paper_id from listings_before`.execute(db);
  await db.schema.dropTable('listings_before').execute();
  await db.schema.createIndex('listings_paper').on('listings').column('paper_id').execute();
}

/**
 * Of what was counted before, nobody knows for which day the source listed it: the newest will do.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function rebuildSignals(db) {
  await sql`create table signals_before as select * from signals`.execute(db);
  await db.schema.dropTable('signals').execute();
  await db.schema
    .createTable('signals')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('observed_at', 'bigint', (c) => c.notNull())
    .addColumn('upvotes', 'integer', (c) => c.notNull())
    .addColumn('comments', 'integer', (c) => c.notNull())
    .addColumn('code_stars', 'integer')
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('signals_key', ['key', 'source', 'day', 'observed_at'])
    .execute();
  await sql`insert into signals
      (paper_id, source, observed_at, upvotes, comments, code_stars, key, day)
    select b.paper_id, b.source, b.observed_at, b.upvotes, b.comments, b.code_stars, b.paper_id,
      (select max(day) from listings l where l.paper_id = b.paper_id and l.source = b.source)
    from signals_before b
    where exists
      (select 1 from listings l where l.paper_id = b.paper_id and l.source = b.source)`.execute(db);
  await db.schema.dropTable('signals_before').execute();
  await db.schema
    .createIndex('signals_paper')
    .on('signals')
    .columns(['paper_id', 'source', 'day', 'observed_at'])
    .execute();
}
