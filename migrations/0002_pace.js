// @ts-check
import { sql } from 'kysely';

/**
 * How fast mails go out, shared by all senders: turns, days and slowed domains; and the queue of
 * its own in which mails wait for a domain that takes no more just now.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  // Microseconds. "previous" is what "next_turn" was before: a write that read another one fails.
  await db.schema
    .createTable('paces')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('next_turn', 'bigint', (c) => c.notNull())
    .addColumn('previous', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('slowed_domains')
    .addColumn('domain', 'text', (c) => c.primaryKey())
    .addColumn('gap', 'bigint', (c) => c.notNull())
    .addColumn('slowed_at', 'bigint', (c) => c.notNull())
    .addColumn('paused_until', 'bigint', (c) => c.notNull())
    .addColumn('steady_since', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('sent_days')
    .addColumn('day', 'text', (c) => c.primaryKey())
    .addColumn('count', 'bigint', (c) => c.notNull())
    .execute();

  // The domain that a mail waits for; null in the main queue.
  await db.schema.alterTable('deliveries').addColumn('parked', 'text').execute();

  // A claim of the main queue must not walk over parked mails, so its indexes leave them out. The
  // columns of the conditions stand at the ends of two of them only to be counted by: SQLite reads
  // the row for a column that is not in the index, even where the condition says what is in it.
  await db.schema.dropIndex('deliveries_next').execute();
  await db.schema.dropIndex('deliveries_edition_next').execute();
  const openIndex = (
    /** @type {string} */ name,
    /** @type {string[]} */ columns,
    /** @type {'is' | 'is not'} */ parked,
  ) =>
    db.schema
      .createIndex(name)
      .on('deliveries')
      .columns(columns)
      .where(sql.ref('ended_at'), 'is', null)
      .where(sql.ref('parked'), parked, null)
      .execute();
  await openIndex('deliveries_next', ['next_at', 'id', 'ended_at', 'parked'], 'is');
  await openIndex('deliveries_edition_next', ['edition_id', 'next_at', 'id'], 'is');
  await openIndex('deliveries_parked', ['parked', 'next_at', 'id', 'ended_at'], 'is not');
  await openIndex('deliveries_edition_parked', ['edition_id', 'parked', 'next_at', 'id'], 'is not');

  // How many are to be tried again is asked for often, and they are few.
  for (const table of ['deliveries', 'notices']) {
    await db.schema
      .createIndex(`${table}_retried`)
      .on(table)
      .columns(['state', 'next_at'])
      .where(sql.ref('ended_at'), 'is', null)
      .where(sql.ref('state'), 'in', ['deferred', 'uncertain'])
      .execute();
  }
}
