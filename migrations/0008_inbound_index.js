// @ts-check
import { sql } from 'kysely';

/**
 * Reports that prove nothing are limited by day: how many there are is asked for each one, and whoever
 * sends them may send many.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  await db.schema
    .createIndex('reports_unproven')
    .on('reports')
    .column('at')
    .where(sql.ref('trust'), '=', 'none')
    .execute();
}
