import SQLite from 'better-sqlite3';
import type { CompiledQuery, QueryResult } from 'kysely';
import { storeError } from './sqlite-errors.js';

/** The statements of a running program are few; batches of odd sizes must not pile up. */
const MOST_STATEMENTS = 200;

/** A connection to the file, with its prepared statements. */
export class SqliteSession {
  readonly #database: SQLite.Database;
  readonly #statements = new Map<string, SQLite.Statement<unknown[]>>();

  constructor(database: SQLite.Database) {
    this.#database = database;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  run<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(sql);
    if (statement.reader) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** Whether a query changes nothing. */
  isReading({ sql }: CompiledQuery): boolean {
    try {
      const { reader, readonly } = this.#prepare(sql);
      return reader && readonly;
    } catch (error) {
      // Whoever gets a turn for it waits.
      if (this.isBusy(error)) return false;
      throw storeError(error, this.#database.name);
    }
  }

  isBusy(error: unknown): boolean {
    return error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY');
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): SQLite.Statement<unknown[]> {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear();
    const statement = this.#database.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
