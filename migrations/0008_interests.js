// @ts-check

/**
 * Whom and which organisations a subscriber follows, and why the first papers of a selection are in
 * it: JSON, `null` where they are only what is trending.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  for (const column of ['authors', 'organisations']) {
    await db.schema
      .alterTable('subscribers')
      .addColumn(column, 'text', (c) => c.notNull().defaultTo('[]'))
      .execute();
  }
  await db.schema.alterTable('selections').addColumn('reasons', 'text').execute();
}
