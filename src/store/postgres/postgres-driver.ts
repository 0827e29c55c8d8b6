import {
  type ColumnDefinitionNode,
  CompiledQuery,
  type DatabaseConnection,
  DataTypeNode,
  type Dialect,
  type Driver,
  type Kysely,
  type MigrationLockOptions,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
  sql,
  type TransactionSettings,
} from 'kysely';
import { DatabaseError, type Pool, type PoolClient, type QueryConfig } from 'pg';
import { postgresError } from './postgres-errors.js';

/**
 * Kysely's PostgreSQL dialect with four differences. Connections are set up for the ledger. Errors
 * that an operator can do something about become sentences. `autoIncrement` of the migrations is
 * an identity column. And migrations may take their time.
 */
export class Postgres implements Dialect {
  readonly #pool: Pool;
  readonly #name: string;

  /** @param name the database, as people may see it. */
  constructor(pool: Pool, name: string) {
    this.#pool = pool;
    this.#name = name;
  }

  createDriver(): Driver {
    return new PostgresDriver(this.#pool, this.#name);
  }

  createQueryCompiler(): QueryCompiler {
    return new IdentityCompiler();
  }

  createAdapter(): PostgresAdapter {
    return new PatientAdapter();
  }

  createIntrospector(db: Kysely<unknown>): PostgresIntrospector {
    return new PostgresIntrospector(db);
  }
}

/** For statements other than migrations. */
const STATEMENT_TIMEOUT = 'set statement_timeout = 60000';

/**
 * Kilobytes for noting where in its table a phrase is, some 64 bytes a page: enough for a million
 * papers. With the usual 4096, a phrase of more than about 140,000 papers makes
 * PostgreSQL work out the pairs of most of them anew, a third of a millisecond each.
 */
const WORK_MEM = 32_768;

/**
 * Ledger rule 3 wants commits on the disk, whatever the server's own default. A process that is
 * frozen in the middle of a transaction must not hold its rows for longer than a lease. To start
 * processes that help with a statement takes longer than most of them. Sent as a
 * statement, since connection poolers refuse such settings at the start of a connection.
 */
const SET_UP = `${STATEMENT_TIMEOUT};
  set synchronous_commit = on;
  set idle_in_transaction_session_timeout = 30000;
  set max_parallel_workers_per_gather = 0;
  select set_config('work_mem', '${WORK_MEM}', false) from pg_settings
    where name = 'work_mem' and cast(setting as integer) < ${WORK_MEM}`;

class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #name: string;
  readonly #known = new WeakSet<PoolClient>();

  constructor(pool: Pool, name: string) {
    this.#pool = pool;
    this.#name = name;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(await this.#connect(), this.#name);
  }

  async #connect(): Promise<PoolClient> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      if (!this.#known.has(client)) await client.query(SET_UP);
      this.#known.add(client);
      return client;
    } catch (error) {
      client?.release(true);
      throw postgresError(error, this.#name);
    }
  }

  async beginTransaction(
    connection: DatabaseConnection,
    { isolationLevel }: TransactionSettings,
  ): Promise<void> {
    const level = isolationLevel ? ` isolation level ${isolationLevel}` : '';
    await connection.executeQuery(CompiledQuery.raw(`begin${level}`));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch {
      // The connection is gone, and the transaction with it; why, the caller knows already.
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof PostgresConnection) connection.release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

/** As long as a timer can run. */
const WEEKS = 2 ** 31 - 1;

/** One connection, for as long as it is out of the pool. */
class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #name: string;
  #broken = false;
  /** Whether answers are waited for longer than the pool says. */
  patient = false;

  constructor(client: PoolClient, name: string) {
    this.#client = client;
    this.#name = name;
    // Between two statements of a transaction nobody else listens, and it would end the process.
    client.on('error', this.#onError);
  }

  readonly #onError = () => {
    this.#broken = true;
  };

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const query: QueryConfig & { query_timeout?: number } = {
      text: sql,
      values: parameters.map(storable),
    };
    if (this.patient) query.query_timeout = WEEKS;
    try {
      const { rows, rowCount, command } = await this.#client.query(query);
      if (command === 'SELECT') return { rows };
      return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    } catch (error) {
      // What did not come from the server leaves open what the server is doing.
      if (!(error instanceof DatabaseError)) this.#broken = true;
      throw postgresError(error, this.#name);
    }
  }

  // biome-ignore lint/correctness/useYield: all stores read in batches by key, as SQLite has to
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Read in batches by key.');
  }

  release(): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.#broken);
  }
}

class IdentityCompiler extends PostgresQueryCompiler {
  /** SQLite wants the word "integer" here, and makes it 64 bits wide all the same. */
  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    const { autoIncrement } = node;
    super.visitColumnDefinition(
      autoIncrement ? { ...node, dataType: DataTypeNode.create('bigint') } : node,
    );
  }

  protected override getAutoIncrement(): string {
    return 'generated by default as identity';
  }
}

/** Neither the server nor this side breaks a migration off, nor the wait for that of another. */
class PatientAdapter extends PostgresAdapter {
  override async acquireMigrationLock(
    db: Kysely<unknown>,
    options: MigrationLockOptions,
  ): Promise<void> {
    await setPatience(db, true);
    await sql`set statement_timeout = 0`.execute(db);
    await super.acquireMigrationLock(db, options);
  }

  override async releaseMigrationLock(
    db: Kysely<unknown>,
    options: MigrationLockOptions,
  ): Promise<void> {
    await super.releaseMigrationLock(db, options);
    await sql.raw(STATEMENT_TIMEOUT).execute(db);
    await setPatience(db, false);
  }
}

/** @param db on one connection */
async function setPatience(db: Kysely<unknown>, patient: boolean): Promise<void> {
  await db.getExecutor().provideConnection(async (connection) => {
    if (connection instanceof PostgresConnection) connection.patient = patient;
  });
}

/** The database of a URL as people may see it: without its user and password. */
export function databaseName(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  return `${decodeURIComponent(pathname.slice(1))} at ${host}${port && `:${port}`}`;
}

/**
 * PostgreSQL keeps no NUL in a text and no half of a character, and refuses the whole statement. A
 * server's reply, for one, may have either.
 */
export function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value;
}
