import SQLite from 'better-sqlite3';

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
