// @ts-check

/**
 * How often the connection was lost over a mail before all of it had gone out: it spaces the tries.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  for (const table of ['deliveries', 'notices']) {
    await db.schema
      .alterTable(table)
      .addColumn('lost_connections', 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
  }
}
