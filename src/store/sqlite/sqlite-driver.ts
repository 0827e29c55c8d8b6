import type SQLite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
} from 'kysely';
import { storeError } from './sqlite-errors.js';
import { SqliteSession } from './sqlite-session.js';
import { WriteTurns } from './write-turns.js';

/**
 * Kysely's SQLite dialect with four differences. Transactions begin immediate: a deferred one
 * that reads and then writes fails with SQLITE_BUSY instead of waiting. Migrations run in one
 * transaction, which is then their lock, since Kysely's own is none on SQLite. Errors that an
 * operator can do something about become sentences. And while a transaction waits for another
 * program's, who only reads goes on over a connection of its own.
 */
export class Sqlite extends SqliteDialect {
  readonly #options: SqliteOptions;

  constructor(options: SqliteOptions) {
    super({ database: options.database });
    this.#options = options;
  }

  override createDriver(): Driver {
    return new SqliteDriver(this.#options);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

export interface SqliteOptions {
  database: SQLite.Database;
  /** Opens another connection to the file, for reading alone. */
  openReader: () => SQLite.Database;
  /** Milliseconds for which a store that another program locks is waited for. */
  lockLimit: number;
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #store: SharedFile;

  constructor(options: SqliteOptions) {
    this.#store = new SharedFile(options);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    return new SqliteConnection(this.#store);
  }

  async releaseConnection(): Promise<void> {}

  beginTransaction(connection: SqliteConnection): Promise<void> {
    return connection.begin();
  }

  commitTransaction(connection: SqliteConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: SqliteConnection): Promise<void> {
    return connection.rollback();
  }

  async destroy(): Promise<void> {
    this.#store.close();
  }
}

/** SQLite waits by itself as well, before it says that a store is locked. */
const BETWEEN_TRIES = 50;
const FEWEST_TRIES = 5;

/** The file as all connections of this process see it: one that writes, and one for reading beside it. */
class SharedFile {
  readonly turns = new WriteTurns();
  readonly writer: SqliteSession;
  readonly #options: SqliteOptions;
  #reader: SqliteSession | undefined;
  /** How often in a row another program had the lock. */
  #refusals = 0;

  constructor(options: SqliteOptions) {
    this.#options = options;
    this.writer = new SqliteSession(options.database);
  }

  /** Opened when it is first needed: most commands never wait for anybody. */
  get reader(): SqliteSession {
    this.#reader ??= new SqliteSession(this.#options.openReader());
    return this.#reader;
  }

  /** A store in memory has nothing beside its one connection. */
  get isShared(): boolean {
    return !this.#options.database.memory;
  }

  deadline(): number {
    return performance.now() + this.#options.lockLimit;
  }

  /** Runs a query again and again while another program has the lock, until `deadline`. */
  async run<R>(session: SqliteSession, query: CompiledQuery, deadline: number) {
    for (;;) {
      try {
        const result = session.run<R>(query);
        this.#refusals = 0;
        if (session === this.writer) this.turns.stick(false);
        return result;
      } catch (error) {
        if (!session.isBusy(error)) throw storeError(error, this.#options.database.name);
        this.#refusals++;
        if (session === this.writer) this.turns.stick(true);
        // A process that was stopped meanwhile has not waited.
        if (this.#refusals >= FEWEST_TRIES && performance.now() >= deadline) {
          throw storeError(error, this.#options.database.name);
        }
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES));
      }
    }
  }

  close(): void {
    this.#reader?.close();
    this.writer.close();
  }
}

/** One use of the store. Only a transaction, or a statement that writes, needs a turn. */
class SqliteConnection implements DatabaseConnection {
  readonly #store: SharedFile;
  #hasTurn = false;

  constructor(store: SharedFile) {
    this.#store = store;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { writer, turns } = this.#store;
    const deadline = this.#store.deadline();
    if (this.#hasTurn) return this.#store.run(writer, query, deadline);
    if (this.#store.isShared && writer.isReading(query)) {
      await turns.passed();
      // What was written last is in the memory of the connection that wrote it.
      const session = turns.isFree ? writer : this.#store.reader;
      return this.#store.run(session, query, deadline);
    }
    await turns.take();
    try {
      return await this.#store.run(writer, query, deadline);
    } finally {
      turns.give();
    }
  }

  async begin(): Promise<void> {
    const deadline = this.#store.deadline();
    await this.#store.turns.take();
    try {
      await this.#store.run(this.#store.writer, BEGIN, deadline);
      this.#hasTurn = true;
    } finally {
      if (!this.#hasTurn) this.#store.turns.give();
    }
  }

  async commit(): Promise<void> {
    await this.executeQuery(COMMIT);
    this.#end();
  }

  async rollback(): Promise<void> {
    try {
      // SQLite rolls back by itself when the disk is full; a second rollback would hide the reason.
      if (this.#store.writer.inTransaction) await this.executeQuery(ROLLBACK);
    } finally {
      this.#end();
    }
  }

  #end(): void {
    this.#hasTurn = false;
    this.#store.turns.give();
  }

  // biome-ignore lint/correctness/useYield: writing inside a stream deadlocks, so there is none
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Read in batches by key; SQLite has one connection.');
  }
}

const BEGIN = CompiledQuery.raw('begin immediate');
const COMMIT = CompiledQuery.raw('commit');
const ROLLBACK = CompiledQuery.raw('rollback');
