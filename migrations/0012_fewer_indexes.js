// @ts-check
import { sql } from 'kysely';

/**
 * Each index of the ledger is paid for by every delivery, when it is planned and when it ends: two
 * less, and a million are planned in two thirds of the time. What waits where it was planned
 * expires in the order in which it is claimed, so only the rest needs an index by expiry. The
 * deliveries of one edition are found among all that are due, since hardly ever another edition is
 * due before.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  for (const index of ['deliveries_next', 'deliveries_edition_next', 'deliveries_expiry']) {
    await db.schema.dropIndex(index).execute();
  }
  await db.schema
    .createIndex('deliveries_next')
    .on('deliveries')
    .columns(['next_at', 'id', 'ended_at', 'parked', 'edition_id'])
    .where(sql.ref('ended_at'), 'is', null)
    .where(sql.ref('parked'), 'is', null)
    .execute();
  await db.schema
    .createIndex('deliveries_expiry')
    .on('deliveries')
    .column('expires_at')
    .where(sql.ref('ended_at'), 'is', null)
    .where(
      /** @type {import('kysely').RawBuilder<boolean>} */ (
        sql`(parked is not null or next_at <> due_at)`
      ),
    )
    .execute();
}
