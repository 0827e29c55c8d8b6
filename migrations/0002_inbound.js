// @ts-check
import { sql } from 'kysely';

/**
 * What comes back: reports of mails, and mails that bounced after a server had taken them.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  for (const table of ['deliveries', 'notices']) {
    if (engine === 'sqlite') await allowBouncedOnSqlite(db, table);
    else await allowBouncedOnPostgres(db, table);
  }
  await createReports(db);
}

const BEFORE = `'uncertain', 'skipped')`;
const AFTER = `'uncertain', 'skipped', 'bounced')`;
/**
 * No index leads from a selection to its deliveries, and one would be paid for by each delivery. With
 * the reference, the end of each selection would read all deliveries.
 */
const SELECTION = ' references "selections" ("id")';

/**
 * SQLite can't change a CHECK, so the table is made anew, by its own words, and filled. Nothing refers
 * to it.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {string} table
 */
async function allowBouncedOnSqlite(db, table) {
  const { rows } = await sql`
    select type, sql from sqlite_master
    where tbl_name = ${table} and sql is not null order by type desc, name`.execute(db);
  const [made, ...indexes] = /** @type {{ type: string, sql: string }[]} */ (rows);
  if (made?.type !== 'table' || !made.sql.includes(BEFORE)) {
    throw new Error(`The table ${table} is not as it was made.`);
  }
  const copy = `${table}_anew`;
  const created = made.sql
    .replace(/^create table "?\w+"?/i, `create table "${copy}"`)
    .replace(BEFORE, AFTER)
    .replace(SELECTION, '');
  await sql.raw(created).execute(db);
  await sql`insert into ${sql.table(copy)} select * from ${sql.table(table)}`.execute(db);
  // An id that was given is never given again, also where its row is gone.
  await sql`delete from sqlite_sequence where name = ${copy}`.execute(db);
  await sql`update sqlite_sequence set name = ${copy} where name = ${table}`.execute(db);
  await db.schema.dropTable(table).execute();
  await db.schema.alterTable(copy).renameTo(table).execute();
  for (const index of indexes) await sql.raw(index.sql).execute(db);
}

/**
 * @param {import('kysely').Kysely<any>} db
 * @param {string} table
 */
async function allowBouncedOnPostgres(db, table) {
  const name = `${table}_state_check`;
  await db.schema.alterTable(table).dropConstraint(name).execute();
  await db.schema
    .alterTable(table)
    .addCheckConstraint(
      name,
      sql`state in ('planned', 'claimed', 'sending', 'accepted', 'deferred', 'refused', 'uncertain', 'skipped', 'bounced')`,
    )
    .execute();
  if (table === 'deliveries') {
    await db.schema.alterTable(table).dropConstraint('deliveries_selection_id_fkey').execute();
  }
}

/**
 * What came back. Which mail it is about is no reference: mails of old editions may be forgotten, and
 * their ids are never given again. What is known of a subscriber goes with them.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function createReports(db) {
  await db.schema
    .createTable('reports')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('at', 'bigint', (c) => c.notNull())
    // By which way it came: smtp, lmtp, imap, command or hook.
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) =>
      c
        .notNull()
        .check(
          sql`kind in ('permanent', 'temporary', 'full', 'policy', 'complaint', 'auto-reply', 'unsubscribe', 'unknown')`,
        ),
    )
    // Only of subscribers.
    .addColumn('email_key', 'text')
    .addColumn('domain', 'text')
    .addColumn('delivery_id', 'bigint')
    .addColumn('notice_id', 'bigint')
    .addColumn('subscriber_id', 'bigint', (c) => c.references('subscribers.id').onDelete('cascade'))
    .addColumn('status', 'text')
    .addColumn('reply', 'text', (c) => c.notNull().check(sql`length(reply) <= 500`))
    .addColumn('trust', 'text', (c) =>
      c
        .notNull()
        .check(sql`trust in ('return-path', 'envelope-id', 'message-id', 'provider', 'none')`),
    )
    .addColumn('action', 'text', (c) =>
      c.notNull().check(sql`action in ('suppressed', 'counted', 'unsubscribed', 'none')`),
    )
    .addColumn('feedback_id', 'text')
    // The same report is written once, however often and by however many ways it comes.
    .addColumn('event_key', 'text', (c) => c.notNull().unique())
    .execute();
  await db.schema.createIndex('reports_at').on('reports').column('at').execute();
  for (const column of ['delivery_id', 'notice_id', 'subscriber_id']) {
    await db.schema
      .createIndex(`reports_${column.replace('_id', '')}`)
      .on('reports')
      .column(column)
      .where(sql.ref(column), 'is not', null)
      .execute();
  }
}
