// @ts-check
import { sql } from 'kysely';

/**
 * Notices have a budget of their own and limits by mailbox, domain, network and in all. And the owner
 * of an address can say that it must never be written to.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  await addCauses(db);
  await createCounts(db);
  await createBudgets(db);
  if (engine === 'sqlite') await allowOwnerOnSqlite(db);
  else await allowOwnerOnPostgres(db);
}

/**
 * Who has caused a notice decides when it goes.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function addCauses(db) {
  await db.schema
    .alterTable('notices')
    .addColumn('cause', 'text', (c) =>
      c
        .notNull()
        .defaultTo('stranger')
        .check(sql`cause in ('reader', 'stranger', 'crowd', 'import')`),
    )
    .execute();
  await sql`update notices set cause = 'reader' where kind <> 'confirm'`.execute(db);
  // Those of one cause must not be looked for among a hundred thousand of another.
  await db.schema
    .createIndex('notices_cause')
    .on('notices')
    .columns(['cause', 'next_at', 'id'])
    .where(sql.ref('ended_at'), 'is', null)
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createCounts(db) {
  // Keys are keyed hashes, and counts a JSON list of stretches of time with the notices in each.
  await db.schema
    .createTable('notice_counts')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('counts', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('notice_counts_expiry')
    .on('notice_counts')
    .column('expires_at')
    .execute();
  // How many notices each limit has withheld, ever.
  await db.schema
    .createTable('withheld_notices')
    .addColumn('limited_by', 'text', (c) => c.primaryKey())
    .addColumn('count', 'bigint', (c) => c.notNull())
    .execute();
}

/** @param {import('kysely').Kysely<any>} db */
async function createBudgets(db) {
  // What went out in a day or an hour, by who caused it.
  const count = /** @type {const} */ ('bigint');
  await db.schema
    .createTable('notice_budgets')
    .addColumn('period', 'text', (c) => c.primaryKey())
    .addColumn('readers', count, (c) => c.notNull())
    .addColumn('strangers', count, (c) => c.notNull())
    .addColumn('imports', count, (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
}

/**
 * The owner of an address is one more who may say that it must not be mailed. SQLite can't change a
 * CHECK, so the table is built anew as it is by now, with all its columns and indexes.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function allowOwnerOnSqlite(db) {
  const { rows } = await sql`
    select type, sql from sqlite_master
    where tbl_name = 'suppressions' and sql is not null order by type desc`.execute(db);
  const all = /** @type {{ type: string, sql: string }[]} */ (rows);
  const table = all.find(({ type }) => type === 'table')?.sql ?? '';
  const wider = table
    .replace(/^create table\s+"?suppressions"?/i, 'create table "suppressions_wider"')
    .replace(/reason in \(([^)]*)\)/, (_all, reasons) => `reason in (${reasons}, 'owner')`);
  await sql.raw(wider).execute(db);
  await sql`insert into suppressions_wider select * from suppressions`.execute(db);
  await db.schema.dropTable('suppressions').execute();
  await db.schema.alterTable('suppressions_wider').renameTo('suppressions').execute();
  for (const other of all) if (other.type !== 'table') await sql.raw(other.sql).execute(db);
}

/** @param {import('kysely').Kysely<any>} db */
async function allowOwnerOnPostgres(db) {
  const { rows } = await sql`
    select conname as name, pg_get_constraintdef(oid) as text from pg_constraint
    where conrelid = 'suppressions'::regclass and contype = 'c'
      and pg_get_constraintdef(oid) like '%reason%'`.execute(db);
  for (const row of rows) {
    const { name, text } = /** @type {{ name: string, text: string }} */ (row);
    const wider = text.replace(/'operator'::text/, "'operator'::text, 'owner'::text");
    await sql`alter table suppressions drop constraint ${sql.ref(name)}`.execute(db);
    await sql`alter table suppressions add constraint ${sql.ref(name)} ${sql.raw(wider)}`.execute(
      db,
    );
  }
}
