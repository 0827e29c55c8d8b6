// @ts-check

/**
 * The language that a reader has chosen, and the one that a mail is written in, which is settled when
 * it is planned or asked for. What was planned or asked for before has none: it is in English.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  for (const table of ['subscribers', 'deliveries', 'notices']) {
    await db.schema.alterTable(table).addColumn('language', 'text').execute();
  }
}
