// @ts-check
import { sql } from 'kysely';

/**
 * What an editor does to drafts, and papers that the community suggests.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  for (const [column, type] of /** @type {const} */ ([
    ['note', 'text'],
    // Ids of the papers before curation, best first, as JSON; null for editions picked before.
    ['ranked', 'text'],
  ])) {
    await db.schema.alterTable('editions').addColumn(column, type).execute();
  }
  // How often the draft was written: a write that read an older one must not undo the newer.
  await db.schema
    .alterTable('editions')
    .addColumn('revision', 'integer', (c) => c.notNull().defaultTo(0))
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
  await db.schema
    .createIndex('curated_papers_paper')
    .on('curated_papers')
    .column('paper_id')
    .execute();

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
