import { setTimeout as sleep } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import type { PostgresDatabase } from '../support/postgres.js';

/** A delivery as it lies in the store. */
export interface LedgerRow {
  email: string;
  state: string;
  /** What `claimed` goes back to. */
  unclaimedState: string;
  worker: string | null;
}

/** Reads the ledger beside the program. */
export interface LedgerReader {
  /** All deliveries, once nothing of a killed process is still under way in the database. */
  rows(): Promise<LedgerRow[]>;
}

const ROWS = `
  select s.email, d.state, d.unclaimed_state as "unclaimedState", d.worker
  from deliveries d join subscribers s on s.id = d.subscriber_id order by d.id`;

/** Other connections to the database: a killed process may have left a statement behind. */
const OTHERS = `
  select pid from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend'
    and pid <> pg_backend_pid()`;

/** All deliveries as they are at this moment, whoever is at work. */
export const deliveriesIn = (database: PostgresDatabase) => database.query<LedgerRow>(ROWS);

export function postgresLedger(database: PostgresDatabase): LedgerReader {
  return {
    async rows() {
      while ((await database.query(OTHERS)).length > 0) await sleep(10);
      return deliveriesIn(database);
    },
  };
}

export function sqliteLedger(file: string): LedgerReader {
  return {
    async rows() {
      const database = new SQLite(file, { readonly: true });
      try {
        return database.prepare<[], LedgerRow>(ROWS).all();
      } finally {
        database.close();
      }
    },
  };
}
