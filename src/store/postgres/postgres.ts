import { Kysely, type RawBuilder, sql } from 'kysely';
import { Pool, types } from 'pg';
import type { Clock } from '../../base/clock.js';
import { TIMING, type Timing } from '../../base/timing.js';
import type { Database, DialectSql } from '../database.js';
import type { Tables } from '../tables.js';
import { databaseName, Postgres, storable } from './postgres-driver.js';
import { POSTGRES_SEARCH } from './postgres-search.js';

/** Connections of one process. A server takes 100 as it comes, from all processes together. */
const CONNECTIONS = 10;
/** How long a new connection, or a free one of the pool, is waited for. */
const CONNECT_TIMEOUT = 10_000;
/** After this silence the machine asks whether the other one still lives. */
const KEEPALIVE_AFTER = 10_000;
/** The server breaks a statement off after a minute; a server that has gone never answers at all. */
const QUERY_TIMEOUT = 90_000;

/** All ids, times and counts; they stay far below 2^53. */
const getTypeParser: typeof types.getTypeParser = (id: number, format?: 'text' | 'binary') =>
  id === types.builtins.INT8 ? Number : types.getTypeParser(id, format);

const DIALECT: DialectSql = {
  jsonEach: (values) => {
    // Inside JSON, what PostgreSQL can't keep would hide behind escapes.
    const json = JSON.stringify(values, (_key, value: unknown) => storable(value));
    return sql`jsonb_array_elements(cast(${json} as jsonb))`;
  },
  skipLocked: sql`for update of m skip locked`,
  forUpdate: sql`for update`,
  search: POSTGRES_SEARCH,
  alone: (db, table) => sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(db),
  settleFiles: () => Promise.resolve(true),
  rewriteFiles: vacuum,
};

/** Makes room of deleted rows, and new statistics: those hold samples of what stood in the rows. */
async function vacuum(db: Kysely<Tables>): Promise<'settled'> {
  await sql`
    vacuum (analyze) subscribers, consents, suppressions, suppression_events, notices, deliveries,
      reports, selections, holds, settings`.execute(db);
  return 'settled';
}

/**
 * Opens a PostgreSQL database. It connects when it is first used.
 * @param storeClock whose time leases run by; the database's own when left out.
 */
export function openPostgres(
  url: string,
  storeClock?: Clock,
  { lease }: Timing = TIMING,
): Database {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER,
    query_timeout: QUERY_TIMEOUT,
    fallback_application_name: 'paperboy',
    types: { getTypeParser },
  });
  // An idle connection was lost. The pool has dropped it and opens another when one is needed; if
  // the server is away for longer, that tells. Without a listener it would end the process.
  pool.on('error', () => undefined);
  return {
    db: new Kysely({ dialect: new Postgres(pool, databaseName(url)) }),
    now: storeClock ? () => sql`cast(${storeClock.now()} as bigint)` : () => DATABASE_NOW,
    lease,
    dialect: DIALECT,
  };
}

/**
 * The moment at which the database took the statement. `clock_timestamp()` would be another one
 * for each row, so that no index could be searched for it.
 */
const DATABASE_NOW: RawBuilder<number> = sql`
  cast(floor(extract(epoch from statement_timestamp()) * 1000) as bigint)`;
