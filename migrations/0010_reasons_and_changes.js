// @ts-check
import { sql } from 'kysely';

/**
 * When an edition was curated last, for feeds.
 * The selections that still tell why their papers are in them, by edition: they are few, since the
 * reasons hold what readers typed and go when nobody needs them any more.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  await db.schema.alterTable('editions').addColumn('changed_at', 'bigint').execute();
  await db.schema
    .createIndex('selections_with_reasons')
    .on('selections')
    .column('edition_id')
    .where(sql.ref('reasons'), 'is not', null)
    .execute();
}
