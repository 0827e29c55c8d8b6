import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Clock } from '../base/clock.js';
import type { Tables } from './tables.js';

/** What the stores work on: the database or a transaction in it, and the store's clock. */
export interface Database {
  db: Kysely<Tables>;
  /** Now in milliseconds as SQL, by the clock that leases run by. Asked anew for each statement. */
  now: () => RawBuilder<number>;
  /** Where SQL differs from database to database. */
  dialect: DialectSql;
}

/** Pieces of SQL that stand for the same on each database. */
export interface DialectSql {
  /** A table with the one column `value`: the elements of a JSON array. */
  jsonEach(json: string): RawBuilder<unknown>;
  /** Ends a query for rows `m` to be changed: leaves out those that another is changing. */
  skipLocked: RawBuilder<unknown>;
}

export const SQLITE_SQL: DialectSql = {
  jsonEach: (json) => sql`json_each(${json})`,
  // There is one writer at a time.
  skipLocked: sql``,
};

/** On SQLite all processes share one machine, so its clock is the store's. */
export function machineNow(clock: Clock): () => RawBuilder<number> {
  return () => sql`${clock.now()}`;
}

/** Runs `work` in a transaction, in the one that is already open where there is one. */
export function inTransaction<T>(
  { db, ...rest }: Database,
  work: (database: Database & { db: Transaction<Tables> }) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return work({ db: db as Transaction<Tables>, ...rest });
  return db.transaction().execute((transaction) => work({ db: transaction, ...rest }));
}
