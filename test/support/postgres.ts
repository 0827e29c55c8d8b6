import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, Pool, types } from 'pg';

const SERVER = fileURLToPath(new URL('postgres-server.js', import.meta.url));

export interface PostgresServer {
  /** Of a superuser, and the database that every server has. */
  readonly url: string;
  /** Of its first process. */
  readonly pid: number;
  /** Shuts it down as an operator does ("fast"), until `resume`. */
  pause(): Promise<void>;
  /** Starts it again, where it was and with what it had. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresDatabase {
  readonly url: string;
  /** Looks into it past the program. */
  query<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL of its own, which ends with this process at the latest.
 * @param settings like `fsync=off`
 */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const flags = ['max_connections=200', ...settings].flatMap((setting) => ['-c', setting]);
  const child = spawn(process.execPath, [SERVER, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const answer = async () => {
    const [line = ''] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    return answerOf(String(line));
  };
  const { url, pid, reason } = await answer();
  if (url === undefined || pid === undefined) throw new Error(reason ?? 'it did not start');
  const order = async (word: 'stop' | 'start') => {
    child.stdin.write(`${word}\n`);
    const { reason: failure } = await answer();
    if (failure !== undefined) throw new Error(failure);
  };
  return {
    url,
    pid,
    pause: () => order('stop'),
    resume: () => order('start'),
    stop: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

/** What a server's starter says: where it is, or why it is not there. */
export function answerOf(line: string): { url?: string; pid?: number; reason?: string } {
  try {
    return JSON.parse(line) as ReturnType<typeof answerOf>;
  } catch {
    return { reason: `it answered ${JSON.stringify(line)}` };
  }
}

/**
 * Makes an empty database, or a copy of `template`, to which nobody may be connected.
 * @param letters the locale that says which characters are letters, if it is not the template's
 */
export async function createDatabase(
  server: string,
  name = `test-${randomUUID()}`,
  template = 'template1',
  letters?: string,
): Promise<PostgresDatabase> {
  const locale = letters === undefined ? '' : `lc_ctype '${letters}'`;
  await asSuperuser(server, `create database "${name}" template "${template}" ${locale}`);
  const url = new URL(server);
  url.pathname = name;
  const pool = new Pool({ connectionString: url.href, max: 1, types: { getTypeParser } });
  pool.on('error', () => undefined);
  return {
    url: url.href,
    query: async <Row>(sql: string, values: unknown[] = []) =>
      (await pool.query(sql, values)).rows as Row[],
    drop: async () => {
      await pool.end();
      await asSuperuser(server, `drop database if exists "${name}" with (force)`);
    },
  };
}

/** Ids and times are numbers, as in the program. */
const getTypeParser: typeof types.getTypeParser = (id: number, format?: 'text' | 'binary') =>
  id === types.builtins.INT8 ? Number : types.getTypeParser(id, format);

async function asSuperuser(server: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
