// @ts-check
import { sql } from 'kysely';

/**
 * Subscribers, what they consented to, and addresses that must not be mailed.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function createSubscribers(db) {
  await createSubscriberTable(db);
  await createConsents(db);
  await createSuppressions(db);
}

/** @param {import('kysely').Kysely<any>} db */
async function createSubscriberTable(db) {
  await db.schema
    .createTable('subscribers')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('email', 'text', (c) => c.notNull())
    .addColumn('email_key', 'text', (c) => c.notNull().unique())
    .addColumn('state', 'text', (c) =>
      c
        .notNull()
        .check(sql`state in ('pending', 'active', 'paused', 'unsubscribed', 'suppressed')`),
    )
    // How often they have subscribed: links of an earlier time are no good.
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('timezone', 'text')
    .addColumn('hour', 'integer', (c) => c.check(sql`hour between 0 and 23`))
    .addColumn('frequency', 'text', (c) => c.notNull())
    .addColumn('weekday', 'text', (c) =>
      c
        .notNull()
        .defaultTo('monday')
        .check(
          sql`weekday in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')`,
        ),
    )
    .addColumn('length', 'integer', (c) => c.notNull())
    .addColumn('topics', 'text', (c) => c.notNull())
    .addColumn('keywords', 'text', (c) => c.notNull())
    .addColumn('authors', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('organisations', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('active_since', 'bigint')
    .execute();
  // Where nobody wants weekly digests, looking for who does costs nothing.
  await db.schema
    .createIndex('subscribers_weekly')
    .on('subscribers')
    .column('id')
    .where(sql.ref('frequency'), '=', 'weekly')
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createConsents(db) {
  await db.schema
    .createTable('consents')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('subscriber_id', 'bigint', (c) =>
      c.notNull().references('subscribers.id').onDelete('cascade'),
    )
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('ip', 'text')
    .addColumn('wording', 'text')
    .execute();
  await db.schema
    .createIndex('consents_subscriber')
    .on('consents')
    .column('subscriber_id')
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createSuppressions(db) {
  await db.schema
    .createTable('suppressions')
    .addColumn('email_key', 'text', (c) => c.primaryKey())
    .addColumn('email', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) =>
      c.notNull().check(sql`reason in ('bounce', 'complaint', 'operator')`),
    )
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('detail', 'text')
    .execute();
  // suppressed, unsuppressed by the operator, or asked: the owner asked again.
  await db.schema
    .createTable('suppression_events')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('email_key', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('detail', 'text')
    .execute();
  await db.schema
    .createIndex('suppression_events_address')
    .on('suppression_events')
    .column('email_key')
    .execute();
}
