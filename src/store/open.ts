import { sql } from 'kysely';
import type { Clock } from '../base/clock.js';
import { TIMING, type Timing } from '../base/timing.js';
import { LEDGER_RULES } from '../delivery/ledger-rules.js';
import { alarmStore } from './alarms.js';
import { type Database, inTransaction, type LedgerDatabase } from './database.js';
import { deliveryLedger } from './deliveries.js';
import { editionStore } from './editions.js';
import { formStore } from './form.js';
import { holdStore } from './holds.js';
import { leaseStore } from './leases.js';
import { libraryStore } from './library.js';
import { mailCountStore } from './mail-counts.js';
import { migrate } from './migrate.js';
import { noticeBudgets } from './notice-budgets.js';
import { noticeCounts } from './notice-counts.js';
import { noticeBox } from './notices.js';
import { operatorOutbox } from './operator-outbox.js';
import { paperStore } from './papers.js';
import { pauseStore } from './pauses.js';
import { pictureStore } from './pictures.js';
import { reportStore } from './reports.js';
import { retentionStore } from './retention.js';
import { searchStore } from './search.js';
import { settingStore } from './settings.js';
import { sourceStates } from './source-states.js';
import { statusStore } from './status.js';
import type { Store, Stores } from './store.js';
import { subscriberStore } from './subscribers.js';
import { suggestionStore } from './suggestions.js';
import { throttleStore } from './throttles.js';

/** Where a store is kept. `url` may hold a password. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface OpenOptions {
  /** Whose time leases on PostgreSQL run by instead of the database's own; for tests and `seed`. */
  storeClock?: Clock;
  /** Production's when left out. */
  timing?: Timing;
  /** The marks of the keys that mails are composed by here; the first signs what is new. */
  keyMarks?: () => readonly string[];
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
  const opened = await openDatabase(location, clock, options);
  const keyMarks = options.keyMarks ?? (() => []);
  const signedBy = () => keyMarks()[0] ?? null;
  const database = { ...opened, rules: LEDGER_RULES, signedBy, keyMarks };
  try {
    const migrated = await migrate(database.db);
    return storeOn(database, migrated);
  } catch (error) {
    await database.db.destroy();
    throw error;
  }
}

/** Only the driver that is used is loaded. */
async function openDatabase(
  location: StoreLocation,
  clock: Clock,
  { storeClock, timing = TIMING }: OpenOptions,
): Promise<Database> {
  if (location.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite/sqlite.js');
    return openSqlite(location.file, clock, timing);
  }
  const { openPostgres } = await import('./postgres/postgres.js');
  return openPostgres(location.url, storeClock, timing);
}

function storeOn(database: LedgerDatabase, migrated: readonly string[]): Store {
  return {
    ...storesOn(database),
    migrated,
    atomically: (work) => inTransaction(database, (inner) => work(storesOn(inner))),
    ping: async () => {
      await sql`select 1`.execute(database.db);
    },
    close: () => database.db.destroy(),
  };
}

function storesOn(database: LedgerDatabase): Stores {
  return {
    papers: paperStore(database),
    search: searchStore(database),
    library: libraryStore(database),
    sourceStates: sourceStates(database),
    editions: editionStore(database),
    pictures: pictureStore(database),
    suggestions: suggestionStore(database),
    subscribers: subscriberStore(database),
    ledger: deliveryLedger(database),
    notices: noticeBox(database),
    noticeCounts: noticeCounts(database),
    noticeBudgets: noticeBudgets(database),
    form: formStore(database),
    settings: settingStore(database),
    throttleStore: throttleStore(database),
    mailCounts: mailCountStore(database),
    holds: holdStore(database),
    reports: reportStore(database),
    pauses: pauseStore(database),
    alarmStore: alarmStore(database),
    operatorMails: operatorOutbox(database),
    status: statusStore(database),
    leases: leaseStore(database),
    retention: retentionStore(database),
  };
}
