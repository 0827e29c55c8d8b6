// @ts-check
import { sql } from 'kysely';

/**
 * What became of mails by day and group of domains, what the operator has to know, and the mails that
 * say so. Of other tables it needs the settings alone.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  await createCounts(db);
  await createAlarms(db);
}

/** @param {import('kysely').Kysely<any>} db */
async function createCounts(db) {
  // The few rows of what came back stand together within a day, apart from those of accepted mails.
  await db.schema
    .createTable('mail_counts')
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) =>
      c
        .notNull()
        .check(sql`event in ('accepted', 'permanent', 'temporary', 'full', 'policy', 'complaint')`),
    )
    .addColumn('domain_group', 'text', (c) => c.notNull())
    .addColumn('mails', 'text', (c) => c.notNull().check(sql`mails in ('digest', 'notice')`))
    .addColumn('count', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('mail_counts_key', ['day', 'event', 'domain_group', 'mails'])
    .execute();
  // Reports that were counted of late: they may be committed in another order than that of their ids.
  await db.schema
    .createTable('counted_reports')
    .addColumn('report_id', 'bigint', (c) => c.primaryKey())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  // What was accepted before is counted afterwards, once, from the newest delivery to the oldest.
  await db
    .insertInto('settings')
    .values([
      { name: 'mails counted since', value: String(Date.now()) },
      { name: 'old mails counted down to', value: 'all' },
    ])
    .execute();
  // Groups that get digests by the operator's word, whatever their rates.
  await db.schema
    .createTable('resumed_groups')
    .addColumn('domain_group', 'text', (c) => c.primaryKey())
    .addColumn('until', 'bigint', (c) => c.notNull())
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createAlarms(db) {
  await db.schema
    .createTable('alarms')
    .addColumn('code', 'text', (c) => c.primaryKey())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    // When the operator was written to last.
    .addColumn('told_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema
    .createTable('operator_mails')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('recipient', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) =>
      c.notNull().check(sql`state in ('planned', 'sending', 'accepted', 'refused', 'expired')`),
    )
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('next_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('worker', 'text')
    .addColumn('lease_until', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('reply', 'text')
    .execute();
  await db.schema
    .createIndex('operator_mails_open')
    .on('operator_mails')
    .column('next_at')
    .where(sql.ref('ended_at'), 'is', null)
    .execute();
}
