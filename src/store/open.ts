import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import { type Database, inTransaction, machineNow, SQLITE_SQL } from './database.js';
import { deliveryLedger } from './deliveries.js';
import { editionStore } from './editions.js';
import { migrate } from './migrate.js';
import { noticeBox } from './notices.js';
import { paperStore } from './papers.js';
import { settingStore } from './settings.js';
import { Sqlite, storeError } from './sqlite-driver.js';
import type { Store, Stores } from './store.js';
import { subscriberStore } from './subscribers.js';
import type { Tables } from './tables.js';

/**
 * How long SQLite itself waits for another process's write, in milliseconds. It blocks everything
 * meanwhile, pages included, so the driver does the rest of the waiting.
 */
const BUSY_TIMEOUT = 200;

/**
 * Opens the store and brings its schema up to date.
 * @param file path of the SQLite file; made, with its folder, where there is none.
 * @throws PaperboyError `store_…` with a sentence that says what is wrong with it.
 */
export async function openStore(file: string, clock: Clock): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: new Sqlite(openFile(file)) });
  try {
    const migrated = await migrate(db);
    return storeOn({ db, now: machineNow(clock), dialect: SQLITE_SQL }, clock, migrated);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

function openFile(file: string): SQLite.Database {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (cause) {
    throw unreachable(file, cause);
  }
  try {
    const database = new SQLite(file, { timeout: BUSY_TIMEOUT });
    database.pragma('journal_mode = WAL');
    // Ledger rule 3: what is committed is on the disk before a byte goes to the SMTP server.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (error) {
    if (error instanceof TypeError) throw unreachable(file, error);
    throw storeError(error, file);
  }
}

function unreachable(file: string, cause: unknown): PaperboyError {
  return new PaperboyError('store_unreachable', `The store ${file} can not be opened.`, { cause });
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
  };
}
