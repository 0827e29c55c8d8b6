// @ts-check
import { sql } from 'kysely';

/**
 * Editions, what an editor does to drafts, and papers that the community suggests.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function createEditions(db) {
  await createEditionTable(db);
  await createEditionPapers(db);
  await createSuggestions(db);
  await createSelections(db);
}

/** @param {import('kysely').Kysely<any>} db */
async function createEditionTable(db) {
  await db.schema
    .createTable('editions')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('daily', 'sample', 'weekly')`))
    .addColumn('date', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('draft', 'frozen')`))
    .addColumn('picked_at', 'bigint', (c) => c.notNull())
    .addColumn('frozen_at', 'bigint')
    // From when on everybody is to get it, and when all their deliveries had been planned.
    .addColumn('send_at', 'bigint')
    .addColumn('planned_at', 'bigint')
    .addColumn('count', 'integer', (c) => c.notNull())
    // When it was curated last, for feeds.
    .addColumn('changed_at', 'bigint')
    // How often the draft was written: a write that read an older one must not undo the newer. It is
    // asked for several times a second, so it stands before what may fill pages.
    .addColumn('revision', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('note', 'text')
    // Ids of the papers before curation, best first, as JSON.
    .addColumn('ranked', 'text', (c) => c.notNull())
    .addUniqueConstraint('editions_date', ['kind', 'date'])
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createEditionPapers(db) {
  // The paper as it was when picked: a frozen edition must not change with its papers.
  await db.schema
    .createTable('edition_papers')
    .addColumn('edition_id', 'bigint', (c) => c.notNull().references('editions.id'))
    .addColumn('rank', 'integer', (c) => c.notNull())
    .addColumn('paper_id', 'text', (c) => c.notNull())
    .addColumn('snapshot', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('edition_papers_key', ['edition_id', 'rank'])
    .execute();
  // A pinned paper has a place; a dropped one has none, and perhaps a reason.
  await db.schema
    .createTable('curated_papers')
    .addColumn('edition_id', 'bigint', (c) => c.notNull().references('editions.id'))
    .addColumn('paper_id', 'text', (c) => c.notNull())
    .addColumn('place', 'integer', (c) => c.check(sql`place > 0`))
    .addColumn('reason', 'text')
    .addPrimaryKeyConstraint('curated_papers_key', ['edition_id', 'paper_id'])
    .execute();
  for (const table of ['edition_papers', 'curated_papers']) {
    await db.schema.createIndex(`${table}_paper`).on(table).column('paper_id').execute();
  }
}

/** @param {import('kysely').Kysely<any>} db */
async function createSuggestions(db) {
  // "day" is the edition that it is meant for, and "credit" the names shown there, as JSON.
  await db.schema
    .createTable('suggestions')
    .addColumn('paper_id', 'text', (c) => c.primaryKey())
    .addColumn('state', 'text', (c) =>
      c.notNull().check(sql`state in ('pending', 'accepted', 'declined')`),
    )
    .addColumn('suggested_at', 'bigint', (c) => c.notNull())
    .addColumn('decided_at', 'bigint')
    .addColumn('day', 'text')
    .addColumn('credit', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('reason', 'text')
    .execute();
  await db.schema
    .createIndex('suggestions_state')
    .on('suggestions')
    .columns(['state', 'suggested_at'])
    .execute();
  // Who suggested it: the same name once, and nobody is the empty name.
  await db.schema
    .createTable('suggesters')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('suggestions.paper_id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('comment', 'text')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('suggesters_key', ['paper_id', 'name'])
    .execute();
}

/**
 * Lists of papers that readers get, each once however many share it, and why they are in it: JSON,
 * null where they are only what is trending. Selections with reasons are few: the reasons hold what
 * readers typed, and go when nobody needs them any more.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function createSelections(db) {
  await db.schema
    .createTable('selections')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('edition_id', 'bigint', (c) => c.notNull().references('editions.id'))
    .addColumn('papers', 'text', (c) => c.notNull())
    .addColumn('reasons', 'text')
    .addColumn('hash', 'text', (c) => c.notNull())
    .addUniqueConstraint('selections_hash', ['edition_id', 'hash'])
    .execute();
  await db.schema
    .createIndex('selections_with_reasons')
    .on('selections')
    .column('edition_id')
    .where(sql.ref('reasons'), 'is not', null)
    .execute();
}
