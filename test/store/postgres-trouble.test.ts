import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { freePort, runPaperboy } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { found } from './contract/dialect.js';

const server = await sharedPostgres();
let database: PostgresDatabase;
const open: Store[] = [];

beforeEach(async () => {
  database = await createDatabase(found(server));
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await database.drop();
});

async function opened(url = database.url): Promise<Store> {
  const store = await openStore({ kind: 'postgres', url }, systemClock);
  open.push(store);
  return store;
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

/** Its name in sentences. */
function name(url = database.url): string {
  const { pathname, host } = new URL(url);
  return `${pathname.slice(1)} at ${host}`;
}

function paperboy(args: string[], url = database.url) {
  return runPaperboy(args, { env: { DATABASE_URL: url, LOG_LEVEL: 'error' } });
}

/** Fails with exit code 1 and one sentence. */
async function expectSentence(args: string[], url: string, sentence: string) {
  const { code, stdout, stderr } = await paperboy(args, url);
  expect([code, stdout, stderr]).toEqual([1, '', `paperboy: ${sentence}\n`]);
}

describe.skipIf(server === null)('a database that can not be opened', () => {
  test('is away', async () => {
    const port = await freePort();
    const url = changed((url) => {
      url.port = String(port);
    });
    const sentence = `The database ${name(url)} can not be reached (connect ECONNREFUSED 127.0.0.1:${port}).`;
    await expectSentence(['migrate'], url, sentence);
  });

  test('is something else', async () => {
    const other = createServer((socket) =>
      socket.on('error', () => undefined).end('220 ready\r\n'),
    );
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = address && typeof address === 'object' ? address.port : 0;
    const url = changed((url) => {
      url.port = String(port);
    });
    const { code, stderr } = await paperboy(['migrate'], url);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`paperboy: The database ${name(url)} can not be reached (`),
    ]);
    other.close();
  });

  test('knows another password, which is not shown', async () => {
    const url = changed((url) => {
      url.password = 'geheim';
    });
    const reason = 'password authentication failed for user "postgres"';
    const sentence = `The database ${name(url)} refuses the user or password (${reason}).`;
    await expectSentence(['migrate'], url, sentence);
  });

  test('does not exist', async () => {
    const url = changed((url) => {
      url.pathname = '/nowhere';
    });
    await expectSentence(['migrate'], url, `There is no database ${name(url)}; create it first.`);
  });

  test('has no more room for connections', async () => {
    await database.query(`create role crowd login password 'x' connection limit 0`);
    try {
      const url = changed((url) => {
        url.username = 'crowd';
        url.password = 'x';
      });
      const sentence = `The database ${name(url)} takes no more connections.`;
      await expectSentence(['migrate'], url, sentence);
    } finally {
      await database.query('drop role crowd');
    }
  });

  test('has a certificate nobody can read', async () => {
    const url = changed((url) => url.searchParams.set('sslrootcert', '/no/such/file'));
    const { code, stderr } = await paperboy(['migrate'], url);
    expect([code, stderr]).toEqual([1, expect.stringContaining('can not be reached (ENOENT')]);
  });

  test('does not offer the TLS that is asked for', async () => {
    const url = changed((url) => url.searchParams.set('sslmode', 'require'));
    const reason = 'The server does not support SSL connections';
    await expectSentence(
      ['migrate'],
      url,
      `The database ${name()} can not be reached (${reason}).`,
    );
  });
});

describe.skipIf(server === null)('a database that must not be written', () => {
  test('is read only', async () => {
    await paperboy(['subscribers', 'add', 'ada@example.org', '--confirmed']);
    const own = new URL(database.url).pathname.slice(1);
    await database.query(`alter database "${own}" set default_transaction_read_only = on`);
    const list = await paperboy(['subscribers', 'list']);
    expect([list.code, list.stderr]).toEqual([0, '']);
    expect(list.stdout).toContain('ada@example.org');
    await expectSentence(
      ['subscribers', 'add', 'bob@example.org'],
      database.url,
      `The database ${name()} can be read but not written.`,
    );
  });

  test('belongs to another', async () => {
    await paperboy(['migrate']);
    await database.query(`create role guest login password 'x'`);
    try {
      const url = changed((url) => {
        url.username = 'guest';
        url.password = 'x';
      });
      const { code, stderr } = await paperboy(['subscribers', 'list'], url);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(`The user may not do that in the database ${name()} (`),
      ]);
    } finally {
      await database.query('drop owned by guest; drop role guest');
    }
  });

  test.each([
    ['53100', 'store_full', 'The disk that holds the database NAME is full.'],
    ['53200', 'store_busy', 'The database NAME is short of resources (told by a test).'],
    ['57014', 'store_busy', 'The database NAME took too long (told by a test).'],
    ['58030', 'store_io', 'The database NAME could not read or write its files (told by a test).'],
    ['XX001', 'store_corrupt', 'The database NAME is damaged (told by a test); restore a backup.'],
  ])('%s becomes %s', async (code, ours, sentence) => {
    const { settings } = await opened();
    await database.query(`
      create function fail() returns trigger language plpgsql as $$
      begin raise exception 'told by a test' using errcode = '${code}'; end $$;
      create trigger fails before insert on settings execute function fail()`);
    await expect(settings.set('a', 'b')).rejects.toMatchObject({
      code: ours,
      message: sentence.replace('NAME', name()),
    });
  });
});

describe.skipIf(server === null)('a connection that is lost', () => {
  /** Ends all others' connections to the database, as a restart of the server does. */
  const cut = () =>
    database.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);

  test('while nobody uses it is replaced when it is needed', async () => {
    const { settings } = await opened();
    await settings.set('a', 'one');
    for (let times = 0; times < 3; times++) {
      expect(await cut()).not.toEqual([]);
      // Until the news has come, the dead connection may still be handed out.
      await expect.poll(() => settings.getOrSet('a', 'two').catch(String)).toBe('one');
    }
  });

  test('in the middle of a transaction tells so, and nothing of it stays', async () => {
    const store = await opened();
    const broken = store.atomically(async ({ settings }) => {
      await settings.set('a', 'half');
      await cut();
      await settings.set('b', 'half');
    });
    await expect(broken).rejects.toMatchObject({ code: 'store_unreachable' });
    expect(await store.settings.getOrSet('a', 'whole')).toBe('whole');
    expect(await store.settings.getOrSet('b', 'whole')).toBe('whole');
  });

  test('between two statements of a transaction does not end the process', async () => {
    const store = await opened();
    const broken = store.atomically(async ({ settings }) => {
      await settings.set('a', 'half');
      await cut();
      // Let the news come while nothing is asked.
      await expect.poll(() => cut()).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await settings.set('b', 'half');
    });
    await expect(broken).rejects.toMatchObject({ code: 'store_unreachable' });
    expect(await store.settings.getOrSet('a', 'whole')).toBe('whole');
  });
});
