import { Kysely, Migrator, sql } from 'kysely';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TIMING } from '../../src/base/timing.js';
import { openStore } from '../../src/store/open.js';
import { openPostgres } from '../../src/store/postgres/postgres.js';
import { Postgres } from '../../src/store/postgres/postgres-driver.js';
import type { Store } from '../../src/store/store.js';
import { saveListing } from '../papers/save-listing.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { runPaperboy } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { claimAtOnce } from './claim-at-once.js';
import { MovableClock } from './clock.js';
import {
  begin,
  type Dialect,
  found,
  idOfSelection,
  type MailRow,
  paper,
} from './contract/dialect.js';
import { jsonContract } from './contract/json.js';
import { storeContract } from './contract/store.js';

const server = await sharedPostgres();
const databases = new Map<string, Promise<PostgresDatabase>>();
/** To make a database, with its migrations, takes longer than to empty one. */
const spare: PostgresDatabase[] = [];
/** A copy of it takes a fifth of the time that the migrations take. */
let template: Promise<PostgresDatabase> | undefined;
afterAll(async () => {
  for (const database of await Promise.all([...databases.values(), ...spare, template]))
    await database?.drop();
});

async function createMigrated(): Promise<PostgresDatabase> {
  template ??= createTemplate();
  const { url } = await template;
  return createDatabase(found(server), undefined, new URL(url).pathname.slice(1));
}

async function createTemplate(): Promise<PostgresDatabase> {
  const database = await createDatabase(found(server));
  const store = await openStore({ kind: 'postgres', url: database.url }, new MovableClock());
  await store.close();
  return database;
}

async function locationOf(name: string) {
  const { url } = await found(databases.get(name));
  return { kind: 'postgres', url } as const;
}

/** Leases run by the clock that tests move; that they run by the database's else, is told below. */
const postgres: Dialect = {
  async openStore(name, clock, keyMarks = []) {
    if (!databases.has(name)) {
      const empty = spare.pop();
      databases.set(name, empty ? Promise.resolve(empty) : createMigrated());
    }
    const options = { storeClock: clock, keyMarks: () => keyMarks };
    return openStore(await locationOf(name), clock, options);
  },

  async discard(name) {
    const database = await found(databases.get(name));
    databases.delete(name);
    const tables = await database.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables
        where schemaname = 'public' and tablename not like 'kysely_%'`,
    );
    const rows = tables.map(({ name }) => `select '${name}' as name where exists (table ${name})`);
    const filled = await database.query<{ name: string }>(rows.join(' union all '));
    const names = filled.map(({ name }) => name).join();
    // Numbers of an empty table's rows begin anew, too: one may have been taken and rolled back.
    await database.query(`select setval(oid, 1, false) from pg_class where relkind = 'S'`);
    if (names !== '') await database.query(`truncate ${names} restart identity cascade`);
    spare.push(database);
  },

  async execute(name, sql) {
    await (await found(databases.get(name))).query(sql);
  },

  async mails(name, table) {
    const database = await found(databases.get(name));
    return database.query<MailRow>(`select * from ${table} order by id`);
  },

  claimAtOnce: async (name, table, workers) => claimAtOnce(await locationOf(name), table, workers),
};

describe.skipIf(server === null)('PostgreSQL', () => {
  storeContract(postgres);
});

describe.skipIf(server === null)('beyond the contract, PostgreSQL', () => {
  let database: PostgresDatabase;
  const open: Store[] = [];
  beforeEach(async () => {
    database = await createMigrated();
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
    await database.drop();
  });

  async function opened(clock = new MovableClock()): Promise<Store> {
    const store = await openStore({ kind: 'postgres', url: database.url }, clock);
    open.push(store);
    return store;
  }

  async function now(): Promise<number> {
    const rows = await database.query<{ ms: number }>(
      'select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as ms',
    );
    return found(rows[0]).ms;
  }

  /** A digest that is due now. */
  async function due({ subscribers, editions, ledger }: Store, email = 'ada@example.org') {
    const reader = found(await subscribers.importActive(email, {}, 1));
    const edition = found(
      (await editions.find('2026-03-02')) ??
        (await editions.saveDraft('daily', '2026-03-02', [], 1)),
    );
    const selectionId = await idOfSelection(ledger, edition.id, []);
    const dueAt = await now();
    await ledger.plan(edition.id, [
      { subscriberId: reader.id, selectionId, first: null, language: 'en', dueAt },
    ]);
  }

  const lease = async () => {
    const rows = await database.query<MailRow>('select * from deliveries order by id');
    return found(rows[0]).lease_until ?? 0;
  };

  jsonContract(async (work) => {
    const opened = openPostgres(database.url);
    try {
      return await work(opened);
    } finally {
      await opened.db.destroy();
    }
  });

  test('keeps the texts that are searched in their rows, not beside them', async () => {
    const listed = ['2603.00001', '2603.00002'].map((id) => {
      const abstract = `A harbour lantern. ${'Some more words about it. '.repeat(200)}`;
      const { signal, ...rest } = paper(id, { abstract });
      return { paper: rest, signal };
    });
    await saveListing((await opened()).papers, 'huggingface', '2026-03-02', listed);
    const [size] = await database.query<{ rows: string; beside: string }>(
      `select pg_relation_size(oid)::text as rows, pg_relation_size(reltoastrelid)::text as beside
        from pg_class where oid = 'search_papers'::regclass`,
    );
    expect(size).toEqual({ rows: expect.not.stringMatching(/^0$/), beside: '0' });
  });

  test('lets leases run by its own clock, whatever the machines’ clocks say', async () => {
    const fast = await opened(new MovableClock(Date.UTC(2099, 0, 1)));
    const slow = await opened(new MovableClock(0));
    await due(slow);
    const before = await now();
    expect(await slow.ledger.claim('slow', 1)).toHaveLength(1);
    const after = await now();
    expect(await lease()).toBeGreaterThanOrEqual(before + TIMING.lease);
    expect(await lease()).toBeLessThanOrEqual(after + TIMING.lease);
    // To a machine that lives in 2099 the lease has not run out either.
    expect(await fast.ledger.claim('fast', 1)).toEqual([]);
    await fast.ledger.renew('slow');
    expect(await lease()).toBeGreaterThanOrEqual(before + TIMING.lease);
    expect(await lease()).toBeLessThanOrEqual((await now()) + TIMING.lease);
  });

  test('frees what a lease of its clock has held too long', async () => {
    const store = await opened();
    await due(store);
    await store.ledger.claim('one', 1);
    expect(await store.ledger.claim('two', 1)).toEqual([]);
    await database.query('update deliveries set lease_until = lease_until - $1', [TIMING.lease]);
    expect(await store.ledger.claim('two', 1)).toHaveLength(1);
  });

  test('hands out what nobody else is about to take', async () => {
    const store = await opened();
    await due(store);
    await due(store, 'bob@example.org');
    const claimed = await store.atomically(async (inside) => {
      const first = await inside.ledger.claim('one', 1);
      // Not committed yet, so another worker must neither wait for it nor get it.
      return [first, await store.ledger.claim('two', 9)];
    });
    expect(claimed.map((mails) => mails.length)).toEqual([1, 1]);
    expect(new Set(claimed.flat().map(({ id }) => id)).size).toBe(2);
  });

  test('that breaks off one of two transactions, since they wait for each other, does it again', async () => {
    const store = await opened();
    // The first one makes the key of the hashes, for which another would wait.
    const first = { email: 'eve@example.org', reason: 'complaint', at: 1, detail: null } as const;
    await store.subscribers.suppress(first);
    const readers = ['ada@example.org', 'bob@example.org'];
    for (const email of readers) await store.subscribers.importActive(email, {}, 1);
    let begun = 0;
    let bothBegun = () => {};
    const both = new Promise<void>((resolve) => {
      bothBegun = resolve;
    });
    const inOrder = (emails: string[], reason: 'bounce' | 'complaint') =>
      store.atomically(async ({ subscribers }) => {
        for (const email of emails) {
          await subscribers.suppress({ email, reason, at: 1, detail: null });
          if (++begun === 2) bothBegun();
          await both;
        }
      });
    await Promise.all([inOrder(readers, 'bounce'), inOrder(readers.toReversed(), 'complaint')]);
    expect(begun).toBeGreaterThan(4);
    const reasons = await database.query(
      `select distinct reason from suppressions where email <> '${first.email}'`,
    );
    expect(reasons).toHaveLength(1);
  });

  test('keeps texts of which it can not keep every character', async () => {
    const store = await opened();
    await due(store);
    const id = found((await store.ledger.claim('one', 1))[0]).id;
    await begin(store.ledger, id, 'one');
    const outcome = { kind: 'accepted', reply: '250 \0 \ud800 Ok' } as const;
    await store.ledger.advance('one', { results: [{ id, outcome, retryIn: 0 }], begin: [] });
    expect(await database.query('select state, reply from deliveries')).toEqual([
      { state: 'accepted', reply: '250 \ufffd \ufffd Ok' },
    ]);
  });

  test('has ids that will not run out', async () => {
    await opened();
    const narrow = await database.query(`
      select table_name, column_name from information_schema.columns
      where table_schema = 'public' and (column_name = 'id' or column_name like '%\\_id')
        and data_type not in ('bigint', 'text', 'character varying')`);
    expect(narrow).toEqual([]);
  });

  test('commits to the disk, whatever its default, and breaks off who has frozen', async () => {
    const { db } = openPostgres(database.url);
    try {
      const shown = async (setting: string) =>
        (await sql<Record<string, string>>`show ${sql.raw(setting)}`.execute(db)).rows[0];
      expect(await shown('synchronous_commit')).toEqual({ synchronous_commit: 'on' });
      expect(await shown('statement_timeout')).toEqual({ statement_timeout: '1min' });
      expect(await shown('idle_in_transaction_session_timeout')).toEqual({
        idle_in_transaction_session_timeout: '30s',
      });
      expect(await shown('application_name')).toEqual({ application_name: 'paperboy' });
    } finally {
      await db.destroy();
    }
  });

  test.each([
    ['4MB', '32MB'],
    ['1GB', '1GB'],
  ])('has room for where a phrase is, whatever its default (%s)', async (usual, wanted) => {
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`alter database "${name}" set work_mem = '${usual}'`);
    const { db } = openPostgres(database.url);
    try {
      const { rows } = await sql`show work_mem`.execute(db);
      expect(rows).toEqual([{ work_mem: wanted }]);
    } finally {
      await db.destroy();
    }
  });

  test('that a newer program has used is refused', async () => {
    await opened();
    await database.query(`insert into kysely_migration values ('0999_future', '2030-01-01')`);
    await expect(opened()).rejects.toMatchObject({ code: 'store_too_new' });
  });
});

describe.skipIf(server === null)('PostgreSQL that was never used', () => {
  let database: PostgresDatabase;
  beforeEach(async () => {
    database = await createDatabase(found(server));
  });
  afterEach(() => database.drop());

  test('waits for a migration as long as it takes, and for nothing else', async () => {
    const pool = new Pool({ connectionString: database.url, max: 1, query_timeout: 1_000 });
    const db = new Kysely<unknown>({ dialect: new Postgres(pool, 'the test') });
    const long = sql`select pg_sleep(1.2)`;
    const slow = { up: async (inner: Kysely<unknown>) => void (await long.execute(inner)) };
    try {
      const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ slow }) } });
      expect((await migrator.migrateToLatest()).error).toBeUndefined();
      await expect(long.execute(db)).rejects.toThrow();
    } finally {
      await db.destroy();
    }
  });

  test('is migrated once, however many start together', async () => {
    const env = { DATABASE_URL: database.url, LOG_LEVEL: 'error' };
    const runs = await Promise.all(
      Array.from({ length: 6 }, () => runPaperboy(['migrate', '--json'], { env })),
    );
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, '']));
    const applied = runs.flatMap((run) => run.json<{ applied: string[] }>().applied);
    const rows = await database.query('select name from kysely_migration order by name');
    expect(applied).toEqual(rows.map(({ name }) => name));
    expect(applied).toContain('0001_initial');
  });
});
