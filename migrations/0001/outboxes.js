// @ts-check
import { sql } from 'kysely';

/**
 * The ledger: the deliveries of editions, and notices, which have the same states.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function createOutboxes(db) {
  await outboxTable(db, 'deliveries')
    .addColumn('edition_id', 'bigint', (c) => c.notNull().references('editions.id'))
    .addColumn('selection_id', 'bigint', (c) => c.notNull().references('selections.id'))
    // The cadence that a first digest tells of; null for all others.
    .addColumn('first_cadence', 'text')
    // The domain that a mail waits for, which is throttled; null in the main queue.
    .addColumn('set_aside', 'text')
    .addUniqueConstraint('deliveries_edition_subscriber', ['edition_id', 'subscriber_id'])
    .execute();
  await outboxTable(db, 'notices')
    .addColumn('kind', 'text', (c) =>
      c.notNull().check(sql`kind in ('confirm', 'preferences', 'paused')`),
    )
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  for (const table of ['deliveries', 'notices']) await createSharedIndexes(db, table);
  await createDeliveryIndexes(db);
  await openIndex(db, 'notices_next', 'notices').columns(['next_at', 'id']).execute();
  await openIndex(db, 'notices_expiry', 'notices').column('expires_at').execute();
}

/**
 * What the two outboxes have in common.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {string} name
 */
function outboxTable(db, name) {
  return (
    db.schema
      .createTable(name)
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('subscriber_id', 'bigint', (c) =>
        c.notNull().references('subscribers.id').onDelete('cascade'),
      )
      .addColumn('state', 'text', (c) =>
        c
          .notNull()
          .check(
            sql`state in ('planned', 'claimed', 'sending', 'accepted', 'deferred', 'refused', 'uncertain', 'skipped')`,
          ),
      )
      // The state to which a claim that comes to nothing goes back.
      .addColumn('unclaimed_state', 'text', (c) => c.notNull())
      .addColumn('due_at', 'bigint', (c) => c.notNull())
      .addColumn('next_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('lost_replies', 'integer', (c) => c.notNull().defaultTo(0))
      // How often the connection was lost before all of the mail had gone out: it spaces the tries.
      .addColumn('lost_connections', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('worker', 'text')
      .addColumn('lease_until', 'bigint')
      .addColumn('ended_at', 'bigint')
      // Over which route it was tried last, and what stands in its Date field.
      .addColumn('route', 'text')
      .addColumn('dated_at', 'bigint')
      // The server's last reply, or why it was skipped.
      .addColumn('reply', 'text')
  );
}

/**
 * What the sender looks for is a sliver of a table that keeps every delivery ever made.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {string} name
 * @param {string} table
 */
function openIndex(db, name, table) {
  return db.schema.createIndex(name).on(table).where(sql.ref('ended_at'), 'is', null);
}

/**
 * @param {import('kysely').Kysely<any>} db
 * @param {string} table
 */
async function createSharedIndexes(db, table) {
  await db.schema.createIndex(`${table}_subscriber`).on(table).column('subscriber_id').execute();
  await db.schema
    .createIndex(`${table}_lease`)
    .on(table)
    .column('lease_until')
    .where(sql.ref('lease_until'), 'is not', null)
    .execute();
  // How many are to be tried again is looked at often, and they are few.
  await openIndex(db, `${table}_retried`, table)
    .columns(['state', 'next_at'])
    .where(sql.ref('state'), 'in', ['deferred', 'uncertain'])
    .execute();
}

/**
 * Each index is paid for by every delivery, when it is planned and when it ends, so there are few.
 * The deliveries of one edition are found among all that are due, since hardly ever another edition
 * is due before. What waits where it was planned expires in the order in which it is claimed, so
 * only the rest needs an index by expiry.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function createDeliveryIndexes(db) {
  // A claim of the main queue must not walk over mails that are set aside, so its index leaves them
  // out. The columns of the conditions stand at the end only to be counted by: SQLite reads the row
  // for a column that is not in the index, even where the condition says what is in it.
  await openIndex(db, 'deliveries_next', 'deliveries')
    .columns(['next_at', 'id', 'ended_at', 'set_aside', 'edition_id'])
    .where(sql.ref('set_aside'), 'is', null)
    .execute();
  await openIndex(db, 'deliveries_set_aside', 'deliveries')
    .columns(['set_aside', 'next_at', 'id', 'ended_at'])
    .where(sql.ref('set_aside'), 'is not', null)
    .execute();
  await openIndex(db, 'deliveries_edition_set_aside', 'deliveries')
    .columns(['edition_id', 'set_aside', 'next_at', 'id'])
    .where(sql.ref('set_aside'), 'is not', null)
    .execute();
  await openIndex(db, 'deliveries_expiry', 'deliveries')
    .column('expires_at')
    .where(
      /** @type {import('kysely').RawBuilder<boolean>} */ (
        sql`(set_aside is not null or next_at <> due_at)`
      ),
    )
    .execute();
}
