import { createDatabase, type PostgresDatabase, startPostgres } from '../../support/postgres.js';
import { makeStore, type StoreWish } from './paperboy.js';
import { Skipped } from './tools.js';

export interface PostgresStores {
  /** A copy of the store, in a database of its own. */
  fresh(): Promise<PostgresDatabase>;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL as it comes, which has on the disk what it has committed, and makes a store
 * in it.
 * @param folder in which Paperboy runs
 * @throws Skipped
 */
export async function postgresStores(
  folder: string,
  preferences: StoreWish,
): Promise<PostgresStores> {
  const server = await startPostgres().catch((error: Error) => {
    throw new Skipped(`PostgreSQL can't be started here (${error.message})`);
  });
  try {
    const name = 'bench';
    const { url } = await createDatabase(server.url, name);
    await makeStore(folder, preferences, { DATABASE_URL: url });
    let copies = 0;
    return {
      fresh: () => createDatabase(server.url, `${name}-${++copies}`, name),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** When each mail came to its end, in milliseconds since the epoch, in order. */
export async function endingsIn(database: PostgresDatabase): Promise<number[]> {
  const rows = await database.query<{ ended_at: number }>(
    'select ended_at from deliveries where ended_at is not null order by 1',
  );
  return rows.map(({ ended_at }) => ended_at);
}
