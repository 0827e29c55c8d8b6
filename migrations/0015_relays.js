// @ts-check
import { sql } from 'kysely';

/**
 * What real mail servers need to have remembered: over which route a mail was tried and when for
 * the first time, since when sending is held, how far a relay or a domain is throttled, the day's
 * count for each route, and what became of suppressed addresses.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  for (const table of ['deliveries', 'notices']) {
    await db.schema.alterTable(table).addColumn('route', 'text').execute();
    await db.schema.alterTable(table).addColumn('dated_at', 'bigint').execute();
  }

  // A route, or one domain on it, that gets no mails until a probe is accepted; '' is all domains.
  // Past ones tell how long mails were held.
  await db.schema
    .createTable('holds')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('route', 'text', (c) => c.notNull())
    .addColumn('domain', 'text', (c) => c.notNull())
    .addColumn('code', 'text', (c) => c.notNull())
    .addColumn('reply', 'text', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    .addColumn('until', 'bigint')
    .addColumn('next_at', 'bigint', (c) => c.notNull())
    .addColumn('probes', 'integer', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('holds_open')
    .unique()
    .on('holds')
    .columns(['route', 'domain'])
    .where(sql.ref('until'), 'is', null)
    .execute();

  // When logins were refused lately, a JSON list of times: servers ban who asks too often.
  await db.schema
    .createTable('login_probes')
    .addColumn('route', 'text', (c) => c.primaryKey())
    .addColumn('probed', 'text', (c) => c.notNull())
    .execute();

  // "*NAME" is a route, anything else a domain. Intervals are microseconds; 0 is no limit.
  await db.schema.dropTable('slowed_domains').execute();
  await db.schema
    .createTable('throttles')
    .addColumn('scope', 'text', (c) => c.primaryKey())
    .addColumn('emission_interval', 'bigint', (c) => c.notNull())
    .addColumn('ceiling', 'bigint', (c) => c.notNull())
    .addColumn('backed_off_at', 'bigint', (c) => c.notNull())
    .addColumn('not_before', 'bigint', (c) => c.notNull())
    .addColumn('raised_at', 'bigint', (c) => c.notNull())
    .addColumn('strikes', 'integer', (c) => c.notNull())
    .addColumn('connections', 'integer')
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema.alterTable('deliveries').renameColumn('parked', 'set_aside').execute();
  await db.schema.alterTable('paces').renameTo('gcra_slots').execute();
  await db.schema.alterTable('gcra_slots').renameColumn('next_turn', 'next_slot').execute();

  await db.schema.alterTable('sent_days').renameTo('sent_days_of_all').execute();
  await db.schema
    .createTable('sent_days')
    .addColumn('day', 'text', (c) => c.notNull())
    // '' is all mails, whatever their route.
    .addColumn('route', 'text', (c) => c.notNull())
    .addColumn('count', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('sent_days_key', ['day', 'route'])
    .execute();
  await db
    .insertInto('sent_days')
    .columns(['day', 'route', 'count'])
    .expression((eb) =>
      eb.selectFrom('sent_days_of_all').select(['day', eb.val('').as('route'), 'count']),
    )
    .execute();
  await db.schema.dropTable('sent_days_of_all').execute();

  await db.schema
    .createTable('suppression_events')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('email_key', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    // suppressed, unsuppressed by the operator, or asked: the owner asked again.
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
