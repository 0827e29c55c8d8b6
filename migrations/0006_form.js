// @ts-check

/**
 * What guards the form: choices that wait until they are confirmed, and proofs of work that were used.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  // JSON: what somebody chose when they asked for the notice. It counts once its link is confirmed.
  await db.schema.alterTable('notices').addColumn('preferences', 'text').execute();
  await db.schema
    .createTable('spent_proofs')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('spent_proofs_expiry')
    .on('spent_proofs')
    .column('expires_at')
    .execute();
}
