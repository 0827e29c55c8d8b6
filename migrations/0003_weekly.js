// @ts-check
import { sql } from 'kysely';

/**
 * Weekly editions, and the day on which a subscriber wants theirs.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  await db.schema
    .alterTable('subscribers')
    .addColumn('weekday', 'text', (c) =>
      c
        .notNull()
        .defaultTo('monday')
        .check(
          sql`weekday in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')`,
        ),
    )
    .execute();
  // Where nobody wants weekly digests, looking for who does costs nothing.
  await db.schema
    .createIndex('subscribers_weekly')
    .on('subscribers')
    .column('id')
    .where(sql.ref('frequency'), '=', 'weekly')
    .execute();

  /** @type {import('kysely').RawBuilder<boolean>} */
  const kinds = sql`kind in ('daily', 'sample', 'weekly')`;
  if (engine === 'sqlite') {
    await rebuildEditions(db, kinds);
  } else {
    await db.schema.alterTable('editions').dropConstraint('editions_kind_check').execute();
    await db.schema
      .alterTable('editions')
      .addCheckConstraint('editions_kind_check', kinds)
      .execute();
  }
}

/**
 * SQLite can't change a CHECK: the table has to be made anew. Deferred, the foreign keys of other
 * tables hold again once its rows are back, before the migration is committed.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {import('kysely').RawBuilder<boolean>} kinds
 */
async function rebuildEditions(db, kinds) {
  await sql`pragma defer_foreign_keys = on`.execute(db);
  await sql`create table editions_before as select * from editions`.execute(db);
  await db.schema.dropTable('editions').execute();
  await db.schema
    .createTable('editions')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('kind', 'text', (c) => c.notNull().check(kinds))
    .addColumn('date', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('draft', 'frozen')`))
    .addColumn('picked_at', 'bigint', (c) => c.notNull())
    .addColumn('frozen_at', 'bigint')
    .addColumn('send_at', 'bigint')
    .addColumn('planned_at', 'bigint')
    .addColumn('count', 'integer', (c) => c.notNull())
    .addUniqueConstraint('editions_date', ['kind', 'date'])
    .execute();
  await sql`insert into editions select * from editions_before`.execute(db);
  await db.schema.dropTable('editions_before').execute();
}
