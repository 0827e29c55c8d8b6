// @ts-check
import { sql } from 'kysely';

/**
 * Times are milliseconds since the epoch. Lists are JSON text. States are guarded by CHECK, so
 * that a fault in the program can't invent one. Automatic ids are 64 bits wide: "integer" means
 * that on SQLite, and the program's PostgreSQL dialect makes it so.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  const id = (/** @type {import('kysely').ColumnDefinitionBuilder} */ column) =>
    column.primaryKey().autoIncrement();

  await db.schema
    .createTable('papers')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('abstract', 'text', (c) => c.notNull())
    .addColumn('summary', 'text')
    .addColumn('authors', 'text', (c) => c.notNull())
    .addColumn('organisation', 'text')
    .addColumn('published_on', 'text')
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('pdf_url', 'text')
    .addColumn('code_url', 'text')
    .addColumn('project_url', 'text')
    .addColumn('keywords', 'text', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('listings')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('listings_key', ['day', 'paper_id', 'source'])
    .execute();

  await db.schema
    .createTable('signals')
    .addColumn('paper_id', 'text', (c) => c.notNull().references('papers.id'))
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('observed_at', 'bigint', (c) => c.notNull())
    .addColumn('upvotes', 'integer', (c) => c.notNull())
    .addColumn('comments', 'integer', (c) => c.notNull())
    .addColumn('code_stars', 'integer')
    .addPrimaryKeyConstraint('signals_key', ['paper_id', 'source', 'observed_at'])
    .execute();

  await db.schema
    .createTable('editions')
    .addColumn('id', 'integer', id)
    .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('daily', 'sample')`))
    .addColumn('date', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('draft', 'frozen')`))
    .addColumn('picked_at', 'bigint', (c) => c.notNull())
    .addColumn('frozen_at', 'bigint')
    // From when on everybody is to get it, and when all their deliveries had been planned.
    .addColumn('send_at', 'bigint')
    .addColumn('planned_at', 'bigint')
    .addColumn('count', 'integer', (c) => c.notNull())
    .addUniqueConstraint('editions_date', ['kind', 'date'])
    .execute();

  // The paper as it was when picked: a frozen edition must not change with its papers.
  await db.schema
    .createTable('edition_papers')
    .addColumn('edition_id', 'bigint', (c) => c.notNull().references('editions.id'))
    .addColumn('rank', 'integer', (c) => c.notNull())
    .addColumn('paper_id', 'text', (c) => c.notNull())
    .addColumn('snapshot', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('edition_papers_key', ['edition_id', 'rank'])
    .execute();
  await db.schema
    .createIndex('edition_papers_paper')
    .on('edition_papers')
    .column('paper_id')
    .execute();

  await db.schema
    .createTable('subscribers')
    .addColumn('id', 'integer', id)
    .addColumn('email', 'text', (c) => c.notNull())
    .addColumn('email_key', 'text', (c) => c.notNull().unique())
    .addColumn('state', 'text', (c) =>
      c
        .notNull()
        .check(sql`state in ('pending', 'active', 'paused', 'unsubscribed', 'suppressed')`),
    )
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('timezone', 'text')
    .addColumn('hour', 'integer', (c) => c.check(sql`hour between 0 and 23`))
    .addColumn('frequency', 'text', (c) => c.notNull())
    .addColumn('length', 'integer', (c) => c.notNull())
    .addColumn('topics', 'text', (c) => c.notNull())
    .addColumn('keywords', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('active_since', 'bigint')
    .execute();

  await db.schema
    .createTable('consents')
    .addColumn('id', 'integer', id)
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

  await db.schema
    .createTable('selections')
    .addColumn('id', 'integer', id)
    .addColumn('edition_id', 'bigint', (c) => c.notNull().references('editions.id'))
    .addColumn('papers', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addUniqueConstraint('selections_hash', ['edition_id', 'hash'])
    .execute();

  const outbox = (/** @type {string} */ table) =>
    db.schema
      .createTable(table)
      .addColumn('id', 'integer', id)
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
      .addColumn('worker', 'text')
      .addColumn('lease_until', 'bigint')
      .addColumn('ended_at', 'bigint')
      // The server's last reply, or why it was skipped.
      .addColumn('reply', 'text');

  await outbox('deliveries')
    .addColumn('edition_id', 'bigint', (c) => c.notNull().references('editions.id'))
    .addColumn('selection_id', 'bigint', (c) => c.notNull().references('selections.id'))
    .addColumn('first', 'integer', (c) => c.notNull().defaultTo(0))
    .addUniqueConstraint('deliveries_edition_subscriber', ['edition_id', 'subscriber_id'])
    .execute();
  await outbox('notices')
    .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('confirm', 'preferences')`))
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();

  // What the sender looks for is a sliver of a table that keeps every delivery ever made.
  const openIndex = (
    /** @type {string} */ name,
    /** @type {string} */ table,
    /** @type {string[]} */ columns,
  ) =>
    db.schema
      .createIndex(name)
      .on(table)
      .columns(columns)
      .where(sql.ref('ended_at'), 'is', null)
      .execute();
  for (const table of ['deliveries', 'notices']) {
    await openIndex(`${table}_next`, table, ['next_at', 'id']);
    await openIndex(`${table}_expiry`, table, ['expires_at']);
    await db.schema
      .createIndex(`${table}_held`)
      .on(table)
      .column('lease_until')
      .where(sql.ref('lease_until'), 'is not', null)
      .execute();
    await db.schema.createIndex(`${table}_subscriber`).on(table).column('subscriber_id').execute();
  }
  await openIndex('deliveries_edition_next', 'deliveries', ['edition_id', 'next_at', 'id']);

  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute();

  // What only one process at a time does.
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('holder', 'text', (c) => c.notNull())
    .addColumn('until', 'bigint', (c) => c.notNull())
    .execute();
}
