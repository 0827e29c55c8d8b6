import type SQLite from 'better-sqlite3';
import type { PostgresDatabase } from '../support/postgres.js';
import type { Bench, Findings, Kit, Row } from './kit/bench.js';
import { inStore, sendAll } from './kit/paperboy.js';
import { endingsIn, postgresStores } from './kit/postgres.js';
import { withSink } from './kit/sink.js';
import { Skipped } from './kit/tools.js';

/** What grows with subscribers, and with each edition they get. */
const TABLES = ['subscribers', 'consents', 'deliveries'];

export const sizeBench: Bench = {
  name: 'size',
  about: 'Room that a row takes in the store, indexes included, once its edition has been sent',
  run,
};

type Sizes = Record<string, number>;

async function run(kit: Kit): Promise<Findings> {
  const readers = kit.size(20_000, 300);
  const rows = rowsOf('SQLite', await onSqlite(kit, readers));
  try {
    rows.push(...rowsOf('PostgreSQL', await onPostgres(kit, readers)));
    return { rows, marks: [], skipped: [] };
  } catch (error) {
    if (error instanceof Skipped) return { rows, marks: [], skipped: [error.message] };
    throw error;
  }
}

function rowsOf(engine: string, sizes: Sizes): Row[] {
  return TABLES.map((table) => ({ what: `${engine}, ${table}`, bytes: sizes[table] ?? 0 }));
}

async function onSqlite(kit: Kit, readers: number): Promise<Sizes> {
  const folder = await kit.stores.fresh({ readers });
  await withSink((sink) => sendAll(folder, readers, { SMTP_URL: sink.url }));
  return inStore(folder, (store) =>
    Object.fromEntries(TABLES.map((table) => [table, sqliteSize(store, table) / readers])),
  );
}

function sqliteSize(store: SQLite.Database, table: string): number {
  const sum = `select sum(s.pgsize) from dbstat s
    join sqlite_schema m on m.name = s.name where m.tbl_name = ?`;
  return store.prepare<[string], number>(sum).pluck().get(table) ?? 0;
}

/** With what the updates of a sending have left behind, as PostgreSQL keeps it for the next. */
async function onPostgres(kit: Kit, readers: number): Promise<Sizes> {
  const folder = kit.folder();
  const stores = await postgresStores(folder, { readers });
  try {
    const database = await stores.fresh();
    await withSink((sink) =>
      sendAll(folder, readers, { DATABASE_URL: database.url, SMTP_URL: sink.url }, () =>
        endingsIn(database),
      ),
    );
    const sizes: Sizes = {};
    for (const table of TABLES) sizes[table] = (await postgresSize(database, table)) / readers;
    await database.drop();
    return sizes;
  } finally {
    await stores.stop();
  }
}

async function postgresSize(database: PostgresDatabase, table: string): Promise<number> {
  const [row] = await database.query<{ size: number }>(
    'select pg_total_relation_size($1::regclass)::float8 as size',
    [table],
  );
  return row?.size ?? 0;
}
