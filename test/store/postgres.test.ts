import { afterAll, describe } from 'vitest';
import { openStore } from '../../src/store/open.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { claimAtOnce } from './claim-at-once.js';
import { type Dialect, found, type MailRow } from './contract/dialect.js';
import { storeContract } from './contract/store.js';

const server = await sharedPostgres();
const databases = new Map<string, Promise<PostgresDatabase>>();
afterAll(async () => {
  for (const database of databases.values()) await (await database).drop();
});

async function locationOf(name: string) {
  const { url } = await found(databases.get(name));
  return { kind: 'postgres', url } as const;
}

/** Leases run by the clock that tests move; that they run by the database's else, is told below. */
const postgres: Dialect = {
  async openStore(name, clock) {
    if (!databases.has(name)) databases.set(name, createDatabase(found(server)));
    return openStore(await locationOf(name), clock, { storeClock: clock });
  },

  async discard(name) {
    await (await databases.get(name))?.drop();
    databases.delete(name);
  },

  async mails(name, table) {
    const database = await found(databases.get(name));
    return database.query<MailRow>(`select * from ${table} order by id`);
  },

  claimAtOnce: async (name, table, workers) => claimAtOnce(await locationOf(name), table, workers),
};

describe.skipIf(server === null)('PostgreSQL', () => {
  storeContract(postgres);
});
