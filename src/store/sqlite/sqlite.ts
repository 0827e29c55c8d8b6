import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import type { Clock } from '../../base/clock.js';
import { TIMING, type Timing } from '../../base/timing.js';
import type { Term, TextQuery } from '../../search/query.js';
import type { Database, DialectSql } from '../database.js';
import { type SearchPart, type SearchSql, WEIGHED } from '../search-sql.js';
import { Sqlite } from './sqlite-driver.js';
import { openError, unreachable } from './sqlite-errors.js';
import { rewriteFiles, settleFiles } from './sqlite-files.js';

/**
 * How long SQLite itself waits for another process's write, in milliseconds. It blocks everything
 * meanwhile, pages included, so the driver does the rest of the waiting.
 */
const BUSY_TIMEOUT = 50;

/** As a condition, it would be looked at when all has been walked through. */
const UNLESS_TITLED = sql`(select case when count(*) < ${sql.lit(WEIGHED)}
  then ${sql.lit(WEIGHED)} else 0 end from titled)`;

/**
 * FTS5. It walks its lists from the highest number down, so that a search for a word that half of
 * the papers have ends after the first few hundred; `order by rank` would weigh them all.
 */
const SQLITE_SEARCH: SearchSql = {
  matching: (query, part, { first, last }) => sql`
    select rowid as docid, -bm25(search_index, 8.0, 1.0, 3.0) as score from search_index
    where search_index match ${expression(query, part)} and rowid between cast(${first} as integer) and cast(${last} as integer)
    order by rowid desc limit ${part === 'title' ? sql.lit(WEIGHED) : UNLESS_TITLED}`,
};

const DIALECT: DialectSql = {
  jsonEach: (values) => sql`json_each(${JSON.stringify(values)})`,
  // There is one writer at a time.
  skipLocked: sql``,
  forUpdate: sql``,
  search: SQLITE_SEARCH,
  alone: () => Promise.resolve(),
  settleFiles,
  rewriteFiles,
};

/**
 * Opens a SQLite file, which is made, with its folder, where there is none. All processes that use
 * it share one machine, so its clock is the store's.
 * @throws PaperboyError `store_…`
 */
export function openSqlite(file: string, clock: Clock, timing: Timing = TIMING): Database {
  return {
    db: new Kysely({
      dialect: new Sqlite({
        database: openFile(file),
        openReader: () => openReader(file),
        lockLimit: timing.lockLimit,
      }),
    }),
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
    hideEmpty(file);
    const database = new SQLite(file, { timeout: BUSY_TIMEOUT });
    database.pragma('journal_mode = WAL');
    // Ledger rule 3: what is committed is on the disk before a byte goes to the SMTP server.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    // What is deleted is overwritten: it belonged to people.
    database.pragma('secure_delete = ON');
    return database;
  } catch (error) {
    throw openError(error, file);
  }
}

/** A file that somebody has made beforehand, as for a mount, would stay open to others. */
function hideEmpty(file: string): void {
  try {
    const known = statSync(file);
    if (known.isFile() && known.size === 0) chmodSync(file, 0o600);
  } catch {
    // There is none yet, or it is somebody else's, who lets us write it; the doctor tells.
  }
}

/** For what is read while a transaction waits; it sees what was committed. */
function openReader(file: string): SQLite.Database {
  try {
    const database = new SQLite(file, { timeout: BUSY_TIMEOUT, fileMustExist: true });
    database.pragma('query_only = ON');
    return database;
  } catch (error) {
    throw openError(error, file);
  }
}

/** Terms hold letters and digits only, so nothing in them means anything to FTS5. */
function expression({ all, none }: TextQuery, part: SearchPart): string {
  const wanted = `(${all.map(phrase).join(' AND ')})`;
  const placed = part === 'title' ? `({title} : ${wanted})` : wanted;
  return none.length === 0 ? placed : `${placed} NOT (${none.map(phrase).join(' OR ')})`;
}

function phrase({ words, prefix, author }: Term): string {
  return `${author ? 'authors : ' : ''}"${words.join(' ')}"${prefix ? ' *' : ''}`;
}
