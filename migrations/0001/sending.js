// @ts-check
import { sql } from 'kysely';

/**
 * How fast mails go out and what keeps them from going, shared by all senders.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function createSending(db) {
  await createRates(db);
  await createHolds(db);
}

/** @param {import('kysely').Kysely<any>} db */
async function createRates(db) {
  // Microseconds. "previous" is what "next_slot" was before: a write that read another one fails.
  await db.schema
    .createTable('gcra_slots')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('next_slot', 'bigint', (c) => c.notNull())
    .addColumn('previous', 'bigint', (c) => c.notNull())
    .execute();
  // "*NAME" is a route, anything else a domain. Intervals are microseconds; 0 is no limit.
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
  await db.schema
    .createTable('sent_days')
    .addColumn('day', 'text', (c) => c.notNull())
    // '' is all mails, whatever their route.
    .addColumn('route', 'text', (c) => c.notNull())
    .addColumn('count', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('sent_days_key', ['day', 'route'])
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createHolds(db) {
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
  // When logins were refused lately, a JSON list of times: servers ban clients that try too often.
  await db.schema
    .createTable('login_probes')
    .addColumn('route', 'text', (c) => c.primaryKey())
    .addColumn('probed', 'text', (c) => c.notNull())
    .execute();
}
