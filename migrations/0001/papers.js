// @ts-check
import { sql } from 'kysely';

/**
 * One paper, once: what each source says of a paper is a record of its own, and the paper is made of
 * all records that are found to be of it. Listings and signals belong to records, so that they go
 * along when two papers turn out to be one.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function createPapers(db) {
  await createPaperTable(db);
  await createRecords(db);
  await createListings(db);
  await createSignals(db);
  await createSources(db);
}

/** @param {import('kysely').Kysely<any>} db */
async function createPaperTable(db) {
  await db.schema
    .createTable('papers')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('arxiv_id', 'text')
    .addColumn('doi', 'text')
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('abstract', 'text', (c) => c.notNull())
    .addColumn('summary', 'text')
    .addColumn('authors', 'text', (c) => c.notNull())
    .addColumn('organisation', 'text')
    .addColumn('published_on', 'text')
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('pdf_url', 'text')
    .addColumn('code_url', 'text')
    .addColumn('project_url', 'text')
    .addColumn('keywords', 'text', (c) => c.notNull())
    .addColumn('categories', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('withdrawn', 'integer', (c) =>
      c.notNull().defaultTo(0).check(sql`withdrawn in (0, 1)`),
    )
    // Which source each field is from.
    .addColumn('origins', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createRecords(db) {
  await db.schema
    .createTable('records')
    .addColumn('source', 'text', (c) => c.notNull())
    // What the paper would be stored under if only this record existed.
    .addColumn('key', 'text', (c) => c.notNull())
    // What the source calls it by now, where that is not the key.
    .addColumn('current_key', 'text')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('arxiv_id', 'text')
    .addColumn('doi', 'text')
    .addColumn('title_key', 'text')
    .addColumn('fields', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('records_key', ['key', 'source'])
    .execute();
  for (const column of ['paper_id', 'arxiv_id', 'doi', 'title_key', 'current_key']) {
    await db.schema.createIndex(`records_${column}`).on('records').column(column).execute();
  }
}

/** @param {import('kysely').Kysely<any>} db */
async function createListings(db) {
  await db.schema
    .createTable('listings')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('listings_key', ['day', 'key', 'source'])
    .execute();
  await db.schema.createIndex('listings_paper').on('listings').column('paper_id').execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createSignals(db) {
  await db.schema
    .createTable('signals')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('observed_at', 'bigint', (c) => c.notNull())
    .addColumn('upvotes', 'integer', (c) => c.notNull())
    .addColumn('comments', 'integer', (c) => c.notNull())
    .addColumn('code_stars', 'integer')
    .addPrimaryKeyConstraint('signals_key', ['key', 'source', 'day', 'observed_at'])
    .execute();
  await db.schema
    .createIndex('signals_paper')
    .on('signals')
    .columns(['paper_id', 'source', 'day', 'observed_at'])
    .execute();
}

/**
 * How each source is, and what it last listed for each day, so that nothing is fetched twice without
 * need.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function createSources(db) {
  await db.schema
    .createTable('source_states')
    .addColumn('source', 'text', (c) => c.primaryKey())
    .addColumn('answered_at', 'bigint')
    .addColumn('failed_at', 'bigint')
    .addColumn('failures', 'integer', (c) => c.notNull())
    .addColumn('reason', 'text')
    .execute();
  await db.schema
    .createTable('fetched_days')
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('fetched_at', 'bigint', (c) => c.notNull())
    .addColumn('listed', 'integer', (c) => c.notNull())
    .addColumn('stored', 'integer', (c) => c.notNull())
    .addColumn('dropped', 'text', (c) => c.notNull())
    // As JSON, in the order of pages or feeds.
    .addColumn('validators', 'text')
    .addColumn('settings', 'text')
    .addPrimaryKeyConstraint('fetched_days_key', ['source', 'day'])
    .execute();
}
