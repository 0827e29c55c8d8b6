import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { ROOT } from '../support/program.js';

/** The names of all migrations up to the one with that number, in order. */
export function migrationsUpTo(number: string): string[] {
  return readdirSync(join(ROOT, 'migrations'))
    .filter((name) => name.endsWith('.js') && name.slice(0, 4) <= number)
    .map((name) => name.replace(/\.js$/, ''))
    .sort();
}

/**
 * Makes an SQLite store as the version had it whose last migration has that number.
 * @param rows statements that put rows into it
 */
export async function makeOldStore(file: string, number: string, rows: string): Promise<void> {
  const database = new SQLite(file);
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  const names = migrationsUpTo(number);
  for (const name of names) {
    const { up } = await import(`../../migrations/${name}.js`);
    await up(db, 'sqlite');
  }
  database.exec(`
    create table kysely_migration (name varchar(255) not null primary key, timestamp varchar(255) not null);
    create table kysely_migration_lock (id varchar(255) not null primary key, is_locked integer not null default 0);
    insert into kysely_migration_lock values ('migration_lock', 0);
    insert into kysely_migration values ${names.map((name) => `('${name}', '2026-03-01')`).join()};`);
  database.exec(rows);
  await db.destroy();
}
