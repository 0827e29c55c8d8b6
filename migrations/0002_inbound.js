// @ts-check

/**
 * A stand-in with the columns that are read: it gives way to the file of the same name.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  await db.schema
    .createTable('reports')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('email_key', 'text')
    .addColumn('domain', 'text')
    .addColumn('delivery_id', 'bigint')
    .addColumn('notice_id', 'bigint')
    .addColumn('subscriber_id', 'bigint')
    .addColumn('status', 'text')
    .addColumn('reply', 'text')
    .addColumn('trust', 'text', (c) => c.notNull())
    .addColumn('action', 'text')
    .addColumn('feedback_id', 'text')
    .addColumn('event_key', 'text')
    .execute();
}
