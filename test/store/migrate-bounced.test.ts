import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.js';
import { migrate } from '../../src/store/migrate.js';
import { openPostgres } from '../../src/store/postgres/postgres.js';
import { openSqlite } from '../../src/store/sqlite/sqlite.js';
import type { Tables } from '../../src/store/tables.js';
import { createDatabase } from '../support/postgres.js';
import { ROOT, tempDir } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { MovableClock } from './clock.js';
import { found } from './contract/dialect.js';

const folder = tempDir();
afterAll(() => folder.dispose());
const server = await sharedPostgres();

/** A folder with the migrations up to that one. */
function upTo(last: string): URL {
  const to = join(folder.path, last);
  mkdirSync(to, { recursive: true });
  for (const name of ['0001', '0001_initial.js', '0002_inbound.js']) {
    if (name <= last) cpSync(join(ROOT, 'migrations', name), join(to, name), { recursive: true });
  }
  return pathToFileURL(`${to}/`);
}
const BEFORE = upTo('0001_initial.js');
const AFTER = upTo('0002_inbound.js');

const TABLES = ['deliveries', 'notices', 'subscribers', 'editions', 'selections', 'consents'];
const STATES = [
  'planned',
  'claimed',
  'sending',
  'accepted',
  'deferred',
  'refused',
  'uncertain',
  'skipped',
];

async function run(db: Kysely<Tables>, statements: string[]): Promise<void> {
  for (const one of statements) await sql.raw(one).execute(db);
}

/** Rows in all states, and ids that were given and whose rows are gone. */
async function fill(db: Kysely<Tables>): Promise<void> {
  await run(db, [
    `insert into subscribers (email, email_key, state, round, frequency, length, topics, keywords, created_at)
     values ${STATES.map((state) => `('${state}@x.test', '${state}@x.test', 'active', 1, 'daily', 10, '[]', '[]', 1)`).join()}`,
    `insert into consents (subscriber_id, at, event, via) values (1, 1, 'imported', 'command')`,
    `insert into editions (kind, date, state, picked_at, count, ranked) values ('daily', '2026-03-02', 'frozen', 1, 1, '[]')`,
    `insert into selections (edition_id, papers, hash) values (1, '[]', 'h')`,
    ...STATES.flatMap((state, n) => {
      const lease = state === 'claimed' || state === 'sending' ? `'one', 9000` : 'null, null';
      const shared = `${n + 1}, '${state}', 'planned', ${n}, ${n}, 99, 1, 2, 3, ${lease}, ${n > 2 ? 7 : 'null'}, 'smtp', 5, '250 Ok ${n}'`;
      const names = `subscriber_id, state, unclaimed_state, due_at, next_at, expires_at, attempts, lost_replies, lost_connections, worker, lease_until, ended_at, route, dated_at, reply`;
      return [
        `insert into deliveries (${names}, edition_id, selection_id, first_cadence, set_aside)
         values (${shared}, 1, 1, ${n ? 'null' : `'{}'`}, ${n === 4 ? `'x.test'` : 'null'})`,
        `insert into notices (${names}, kind, round, created_at) values (${shared}, 'confirm', 1, 4)`,
      ];
    }),
    `delete from deliveries where id = 8`,
    `delete from notices`,
  ]);
}

async function contents(db: Kysely<Tables>): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const table of TABLES) {
    all.push((await sql`select * from ${sql.table(table)} order by id`.execute(db)).rows);
  }
  return all;
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

let files = 0;
function onSqlite(): Database {
  const database = openSqlite(join(folder.path, `store${++files}.db`), new MovableClock());
  open.push(() => database.db.destroy());
  return database;
}

async function onPostgres(): Promise<Database> {
  const made = await createDatabase(found(server));
  const database = openPostgres(made.url);
  open.push(
    () => made.drop(),
    () => database.db.destroy(),
  );
  return database;
}

describe.each([
  ['SQLite', async () => onSqlite(), false],
  ['PostgreSQL', onPostgres, server === null],
] as const)('a store of the release before, on %s', (_engine, make, isMissing) => {
  test.skipIf(isMissing)('keeps every row, and its mails may bounce', async () => {
    const { db } = await make();
    expect(await migrate(db, BEFORE)).toEqual(['0001_initial']);
    await fill(db);
    const before = await contents(db);
    await expect(
      sql`update deliveries set state = 'bounced' where id = 4`.execute(db),
    ).rejects.toThrow();
    expect(await migrate(db, AFTER)).toEqual(['0002_inbound']);
    expect(await contents(db)).toEqual(before);
    await run(db, [`update deliveries set state = 'bounced' where id = 4`]);
    await expect(run(db, [`update deliveries set state = 'lost'`])).rejects.toThrow();
    // What must not be twice, what refers to others, and what goes with them.
    const copy = `insert into deliveries (subscriber_id, edition_id, selection_id, state, unclaimed_state, due_at, next_at, expires_at)`;
    const select = (subscriber: string, edition = '1') =>
      `${copy} values (${subscriber}, ${edition}, 1, 'planned', 'planned', 1, 1, 1)`;
    await expect(run(db, [select('4')])).rejects.toThrow();
    await expect(run(db, [select('99')])).rejects.toThrow();
    await expect(run(db, [select('8', '99')])).rejects.toThrow();
    await run(db, ['delete from subscribers where id = 4']);
    const left = await sql`select id from deliveries where id = 4`.execute(db);
    expect(left.rows).toEqual([]);
    // An id that was given is not given again, also where the table is empty.
    await run(db, [
      select('8'),
      `insert into notices (subscriber_id, kind, round, created_at, state, unclaimed_state, due_at, next_at, expires_at)
       values (8, 'confirm', 1, 1, 'planned', 'planned', 1, 1, 1)`,
    ]);
    for (const table of ['deliveries', 'notices']) {
      const { rows } = await sql<{ id: number }>`
        select max(id) as id from ${sql.table(table)}`.execute(db);
      expect(found(rows[0]).id).toBeGreaterThan(8);
    }
  });
});

test('on SQLite all indexes are there as before, and none of the table that was made', async () => {
  const [old, made] = [onSqlite(), onSqlite()];
  await migrate(old.db, BEFORE);
  await migrate(made.db, AFTER);
  const list = async ({ db }: Database) =>
    (
      await sql`select name, tbl_name, sql from sqlite_master
        where tbl_name in ('deliveries', 'notices') and type = 'index' order by name`.execute(db)
    ).rows;
  expect(await list(made)).toEqual(await list(old));
  const { rows } = await sql`select name from sqlite_master where name like '%anew%'
    union all select name from sqlite_sequence where name like '%anew%'`.execute(made.db);
  expect(rows).toEqual([]);
  const whole = await sql`pragma foreign_key_check`.execute(made.db);
  expect(whole.rows).toEqual([]);
});
