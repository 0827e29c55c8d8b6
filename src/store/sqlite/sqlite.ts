import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import type { Clock } from '../../base/clock.js';
import { PaperboyError } from '../../base/errors.js';
import { TIMING, type Timing } from '../../base/timing.js';
import type { Database, DialectSql } from '../database.js';
import { Sqlite, storeError } from './sqlite-driver.js';
import { SQLITE_SEARCH } from './sqlite-search.js';

/**
 * How long SQLite itself waits for another process's write, in milliseconds. It blocks everything
 * meanwhile, pages included, so the driver does the rest of the waiting.
 */
const BUSY_TIMEOUT = 200;

const DIALECT: DialectSql = {
  jsonEach: (values) => sql`json_each(${JSON.stringify(values)})`,
  // There is one writer at a time.
  skipLocked: sql``,
  forUpdate: sql``,
  search: SQLITE_SEARCH,
  alone: () => Promise.resolve(),
};

/**
 * Opens a SQLite file, which is made, with its folder, where there is none. All processes that use
 * it share one machine, so its clock is the store's.
 * @throws PaperboyError `store_…`
 */
export function openSqlite(file: string, clock: Clock, timing: Timing = TIMING): Database {
  return {
    db: new Kysely({ dialect: new Sqlite(openFile(file), timing.lockLimit) }),
    now: () => sql`${clock.now()}`,
    lease: timing.lease,
    dialect: DIALECT,
  };
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
    throw openError(error, file);
  }
}

/** Turns what opening a file threw into an error with a sentence. */
export function openError(error: unknown, file: string): unknown {
  return error instanceof TypeError ? unreachable(file, error) : storeError(error, file);
}

function unreachable(file: string, cause: unknown): PaperboyError {
  return new PaperboyError('store_unreachable', `The store ${file} can not be opened.`, { cause });
}
