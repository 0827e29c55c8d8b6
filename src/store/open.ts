import { sql } from 'kysely';
import type { Clock } from '../base/clock.js';
import { type Database, inTransaction } from './database.js';
import { deliveryLedger } from './deliveries.js';
import { editionStore } from './editions.js';
import { leaseStore } from './leases.js';
import { migrate } from './migrate.js';
import { noticeBox } from './notices.js';
import { paperStore } from './papers.js';
import { openPostgres } from './postgres.js';
import { settingStore } from './settings.js';
import { openSqlite } from './sqlite.js';
import type { Store, Stores } from './store.js';
import { subscriberStore } from './subscribers.js';

/** Where a store is kept. `url` may hold a password. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface OpenOptions {
  /** Whose time leases on PostgreSQL run by instead of the database's own; for tests. */
  storeClock?: Clock;
}

/**
 * Opens the store and brings its schema up to date.
 * @throws PaperboyError `store_…` with a sentence that says what is wrong with it.
 */
export async function openStore(
  location: StoreLocation,
  clock: Clock,
  options: OpenOptions = {},
): Promise<Store> {
  const database = openDatabase(location, clock, options);
  try {
    const migrated = await migrate(database.db);
    return storeOn(database, clock, migrated);
  } catch (error) {
    await database.db.destroy();
    throw error;
  }
}

function openDatabase(
  location: StoreLocation,
  clock: Clock,
  { storeClock }: OpenOptions,
): Database {
  return location.kind === 'sqlite'
    ? openSqlite(location.file, clock)
    : openPostgres(location.url, storeClock);
}

function storeOn(database: Database, clock: Clock, migrated: readonly string[]): Store {
  return {
    ...storesOn(database, clock),
    migrated,
    atomically: (work) => inTransaction(database, (inner) => work(storesOn(inner, clock))),
    ping: async () => {
      await sql`select 1`.execute(database.db);
    },
    close: () => database.db.destroy(),
  };
}

function storesOn(database: Database, clock: Clock): Stores {
  return {
    papers: paperStore(database, clock),
    editions: editionStore(database),
    subscribers: subscriberStore(database),
    ledger: deliveryLedger(database),
    notices: noticeBox(database),
    settings: settingStore(database),
    leases: leaseStore(database),
  };
}
