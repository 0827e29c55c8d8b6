// @ts-check

/**
 * How each source is, and what it last listed for each day, so that nothing is asked twice without
 * need.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
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
    .addColumn('validators', 'text')
    .addPrimaryKeyConstraint('fetched_days_day', ['source', 'day'])
    .execute();
}
