import SQLite from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
} from 'kysely';
import { storeError } from './sqlite-errors.js';

/**
 * Kysely's SQLite dialect with three differences. Transactions begin immediate: a deferred one
 * that reads and then writes fails with SQLITE_BUSY instead of waiting. Migrations run in one
 * transaction, which is then their lock, since Kysely's own is none on SQLite. And errors that an
 * operator can do something about become sentences.
 */
export class Sqlite extends SqliteDialect {
  readonly #database: SQLite.Database;
  readonly #lockLimit: number;

  /** @param lockLimit milliseconds for which a store that another program locks is waited for */
  constructor(database: SQLite.Database, lockLimit: number) {
    super({ database });
    this.#database = database;
    this.#lockLimit = lockLimit;
  }

  override createDriver(): Driver {
    return new SqliteDriver(this.#database, this.#lockLimit);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #database: SQLite.Database;
  readonly #connection: SqliteConnection;
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  constructor(database: SQLite.Database, lockLimit: number) {
    this.#database = database;
    this.#connection = new SqliteConnection(database, lockLimit);
  }

  async init(): Promise<void> {}

  /** There is one connection: whoever runs a transaction has it alone. */
  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy = true;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy = false;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite rolls back by itself when the disk is full; a second rollback would hide the reason.
    if (this.#database.inTransaction) await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async destroy(): Promise<void> {
    this.#database.close();
  }
}

/** SQLite waits by itself as well, before it says that a store is locked. */
const BETWEEN_TRIES = 50;
const FEWEST_TRIES = 5;

class SqliteConnection implements DatabaseConnection {
  readonly #database: SQLite.Database;
  readonly #lockLimit: number;
  readonly #statements = new Map<string, SQLite.Statement<unknown[]>>();

  constructor(database: SQLite.Database, lockLimit: number) {
    this.#database = database;
    this.#lockLimit = lockLimit;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    let until: number | undefined;
    for (let tries = 1; ; tries++) {
      try {
        return this.#execute(query);
      } catch (error) {
        until ??= performance.now() + this.#lockLimit;
        // A process that was stopped meanwhile has not waited.
        const isOver = performance.now() >= until && tries >= FEWEST_TRIES;
        if (!isBusy(error) || isOver) throw storeError(error, this.#database.name);
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES));
      }
    }
  }

  #execute<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(sql);
    if (statement.reader) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  // biome-ignore lint/correctness/useYield: writing inside a stream deadlocks, so there is none
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Read in batches by key; SQLite has one connection.');
  }

  /** The statements of a running program are few; batches of odd sizes must not pile up. */
  #prepare(sql: string): SQLite.Statement<unknown[]> {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= 200) this.#statements.clear();
    const statement = this.#database.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
