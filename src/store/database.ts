import type { Kysely, RawBuilder, Transaction } from 'kysely';
import { toErrorCode } from '../base/errors.js';
import type { LedgerRules } from '../delivery/ledger-rules.js';
import type { SearchSql } from './search-sql.js';
import type { Tables } from './tables.js';

/** What the stores work on: the database or a transaction in it, and the store's clock. */
export interface Database {
  db: Kysely<Tables>;
  /**
   * Now in milliseconds as SQL, by the clock that leases run by. The same throughout a statement,
   * asked anew for the next.
   */
  now: () => RawBuilder<number>;
  /** How long a claim holds without being renewed, in milliseconds. */
  lease: number;
  /** Where SQL differs from database to database. */
  dialect: DialectSql;
}

/** A database with what the statements of the ledger go by. */
export interface LedgerDatabase extends Database {
  rules: LedgerRules;
  /** The mark of the key that signs what is claimed here; `null` while none is known. */
  signedBy: () => string | null;
  /** The marks of all keys by which mails can be composed here; none while they are not known. */
  keyMarks: () => readonly string[];
}

/** Pieces of SQL that stand for the same on each database. */
export interface DialectSql {
  /**
   * A table with the one column `value`: the values as JSON, in one parameter, however many. A
   * number is read by `cast(value as bigint)`, a field of an object by `value ->> 'field'`.
   */
  jsonEach(values: readonly unknown[]): RawBuilder<unknown>;
  /** Ends a query for rows `m` to be changed: leaves out those that another is changing. */
  skipLocked: RawBuilder<unknown>;
  /** Until this transaction ends, nobody else begins to write to that table this way. */
  alone(db: Transaction<Tables>, table: keyof Tables): Promise<unknown>;
  /** Ends a query for rows to be changed: waits until nobody else is changing them. */
  forUpdate: RawBuilder<unknown>;
  search: SearchSql;
  /** Overwrites what files beside the main one still hold of what was deleted, if nobody reads it. */
  settleFiles(db: Kysely<Tables>): Promise<boolean>;
  /**
   * The same of all files: `rewritten`. `settled`: the store is too large to keep everybody waiting
   * for that. `later`: somebody reads what was.
   */
  rewriteFiles(db: Kysely<Tables>): Promise<'rewritten' | 'settled' | 'later'>;
}

/** How often a transaction begins that the database breaks off in favour of another. */
const MAX_TRIES = 5;

/**
 * Runs `work` in a transaction, in the one that is already open where there is one. On PostgreSQL
 * it may run again, when two transactions waited for each other and this one had to give way, so
 * it should do nothing but read and write in the database it is given.
 */
export async function inTransaction<T, D extends Database>(
  database: D,
  work: (database: D & { db: Transaction<Tables> }) => Promise<T>,
): Promise<T> {
  const { db } = database;
  if (db.isTransaction) return work({ ...database, db: db as Transaction<Tables> });
  for (let tries = 1; ; tries++) {
    try {
      return await db
        .transaction()
        .execute((transaction) => work({ ...database, db: transaction }));
    } catch (error) {
      if (!gaveWay(error) || tries === MAX_TRIES) throw error;
    }
  }
}

/** PostgreSQL's codes for "deadlock detected" and "could not serialize access". */
function gaveWay(error: unknown): boolean {
  return ['40P01', '40001'].includes(toErrorCode(error) ?? '');
}
