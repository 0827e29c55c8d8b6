// @ts-check

/**
 * What a source calls by now what it called by the key of the record before. Nobody knows it of
 * records of before; the next answer tells.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  await db.schema.alterTable('records').addColumn('later_key', 'text').execute();
  await db.schema.createIndex('records_later_key').on('records').column('later_key').execute();
}
