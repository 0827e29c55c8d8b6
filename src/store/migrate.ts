import { readdir } from 'node:fs/promises';
import { type Kysely, type Migration, Migrator, SqliteAdapter } from 'kysely';
import { PaperboyError } from '../base/errors.js';
import type { Tables } from './tables.js';

const FOLDER = new URL('../../migrations/', import.meta.url);

/**
 * Brings the schema up to this program's version, once, however many processes start together.
 * @param folder where the migrations are; what lies in folders below it belongs to one of them
 * @returns the names of the migrations that this call applied.
 * @throws PaperboyError `store_too_new` when a newer program has been here.
 */
export async function migrate(db: Kysely<Tables>, folder = FOLDER): Promise<string[]> {
  const migrations = await findMigrations(folder);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  await refuseNewer(db, Object.keys(migrations));
  const { results, error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    // Another process of a newer program may have come in between.
    await refuseNewer(db, Object.keys(migrations));
    throw error;
  }
  return (results ?? []).map((result) => result.migrationName);
}

/**
 * What a file of the folder has. It loads a Kysely of its own, so it can't tell by the classes of
 * that one which engine `db` is for.
 */
interface FileMigration {
  up(db: Kysely<unknown>, engine: 'sqlite' | 'postgres'): Promise<void>;
}

function toEngine(db: Kysely<unknown>): 'sqlite' | 'postgres' {
  return db.getExecutor().adapter instanceof SqliteAdapter ? 'sqlite' : 'postgres';
}

/** Each is loaded when it is to be applied: a store that is up to date needs none of them. */
async function findMigrations(folder: URL): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.js')).sort();
  const migrations = files.map((file): [string, Migration] => [
    file.replace(/\.js$/, ''),
    {
      async up(db) {
        const migration: FileMigration = await import(new URL(file, folder).href);
        await migration.up(db, toEngine(db));
      },
    },
  ]);
  return Object.fromEntries(migrations);
}

async function refuseNewer(db: Kysely<Tables>, known: string[]): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return;
  const applied = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  const unknown = applied.map((row) => row.name).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new PaperboyError(
    'store_too_new',
    `The store has been used by a newer Paperboy (${unknown.join(', ')}); start that version.`,
  );
}
