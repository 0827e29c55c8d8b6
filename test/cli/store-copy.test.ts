import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { found } from '../store/contract/dialect.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { type Desk, openDesk, sentences } from './desk.js';

const server = await sharedPostgres();
let desk: Desk;
let target: PostgresDatabase;

/** A store in which every table has rows, as a file; and a link and a Message-ID that it sent. */
let filled: { file: Buffer; link: URL; messageId: string };

beforeAll(async () => {
  if (server === null) return;
  desk = await openDesk();
  filled = await fill();
  await desk.close();
});
beforeEach(async () => {
  if (server === null) return;
  desk = await openDesk();
  writeFileSync(join(desk.path, 'paperboy.db'), filled.file);
  target = await createDatabase(server);
});
afterEach(async () => {
  if (server === null) return;
  await desk.close();
  await target.drop();
});

/** Without a setting the store keeps a key of its own, which has to come along. */
const NO_KEY = { SECRET_KEY: '' };

interface Report {
  copied: boolean;
  tables: {
    table: string;
    rows: number;
    checksum: string;
    copied: { rows: number; checksum: string };
    same: boolean;
  }[];
}

const copy = (args: string[] = [], env: Record<string, string> = {}) =>
  desk.run(['store', 'copy', '--to', target.url, ...args], { env: { ...NO_KEY, ...env } });

function write(work: (file: SQLite.Database) => void): void {
  const file = new SQLite(join(desk.path, 'paperboy.db'));
  try {
    work(file);
  } finally {
    file.close();
  }
}

async function fill(): Promise<typeof filled> {
  const { smtp } = desk;
  smtp.hooks.onRcpt = (address) =>
    address === 'gone@reader.test' ? { code: 550, text: '5.1.1 No such user' } : undefined;
  const addresses = ['ada', 'bob', 'gone', 'later', 'left'].map((name) => `${name}@reader.test`);
  const readers = desk.file('readers.csv', `email\n${addresses.join('\n')}\n`);
  const env = NO_KEY;
  await desk.run(['subscribers', 'import', readers, '--confirmed'], { env });
  await desk.run(['run', '--date', '2026-03-02', '--now', '--json'], { env });
  await desk.run(['subscribers', 'remove', 'left@reader.test', '--keep-out'], { env });
  await desk.run(['subscribers', 'add', 'pending@reader.test'], { env });
  write((file) => {
    // What a program leaves behind that was killed in the middle.
    file.exec(`update papers set title = '大语言模型',
      searched = '{"title":"大 语 言 模 型","abstract":"","authors":""}' where id = '2603.00001'`);
    file.exec(`
      update deliveries set state = 'sending', ended_at = null, worker = 'one', lease_until = 1000
      where subscriber_id = (select id from subscribers where email = 'later@reader.test');
      update subscribers set authors = '["Jane Doe"]', organisations = '["Lab"]'
      where email = 'ada@reader.test';
      insert into leases values ('daily run', 'one', 1000);
      insert into gcra_slots values ('reader.test', 2000000, 1000000);
      insert into throttles values ('reader.test', 500000, 250000, 1000, 2000, 2000, 1, null, 3);
      insert into holds (route, domain, code, reply, since, until, next_at, probes)
        values ('smtp', '', 'relaying', '554 5.7.1 Relay access denied', 1000, 2000, 3000, 1);
      insert into paper_facets
      select 'author', 'jane-doe', '2026-03-02', id from papers limit 1;
      insert into spent_proofs values ('x', 1000);
      insert into login_probes values ('smtp', '[1000,2000]');
      insert into sent_days values ('2026-03-02', '', 3), ('2026-03-02', 'smtp', 2);
      insert into mail_counts values ('2026-03-02', 'accepted', 'gmail', 'digest', 3);
      insert into counted_reports values (1, 2000);
      insert into resumed_groups values ('gmail', 3000);
      insert into alarms values ('paused gmail', 'Paused', 'Too many.', 1000, 1000, null);
      insert into operator_mails (recipient, subject, text, state, created_at, next_at, expires_at)
      values ('ops@desk.test', 'Paused', 'Too many.', 'planned', 1000, 1000, 2000);
      insert into notice_counts values ('stranger:all', '[[492731,2]]', 5000);
      insert into withheld_notices values ('mailbox', 19);
      insert into notice_budgets values ('2026-03-02', 1, 2, 3, 5000);
      insert into pictures (paper_id, url, tries, tried_at, hash, width, height, large)
        values ('2603.00001', 'https://a.example/b.png', 1, 1000, 'abc', 2, 1, '/9j/');
      insert or replace into edition_pictures select id, 7, '[["2603.00001","abc"]]' from editions limit 1;
      insert into curated_papers select id, '2603.00001', 1, null from editions limit 1;
      insert into suggestions values
        ('2603.00001', 'accepted', 1000, 2000, '2026-03-02', '["Ada"]', null);
      insert into suggesters values ('2603.00001', 'Ada', 'Read it.', 1000);
      insert into reports (at, via, kind, domain, status, reply, trust, action, event_key)
        values (1000, 'smtp', 'full', 'reader.test', '5.2.2', 'Full', 'none', 'none', 'one')`);
    // What the sources are known by was written by the run itself.
  });
  const mailTo = (email: string) => found(smtp.received.find(({ to }) => to.includes(email)));
  return {
    file: readFileSync(join(desk.path, 'paperboy.db')),
    link: new URL(found(mailTo('ada@reader.test').listUnsubscribe[0])),
    messageId: mailTo('later@reader.test').messageId,
  };
}

const tablesOf = (rows: { name: string }[]) => rows.map(({ name }) => name);

describe.skipIf(server === null)('store copy', () => {
  test('takes every table along, and tells how they compare', async () => {
    const result = await copy(['--json']);
    expect([result.code, sentences(result)]).toEqual([0, []]);
    const { copied, tables } = result.json<Report>();
    expect(copied).toBe(true);
    const all = tablesOf(
      desk.rows(`select name from sqlite_master where type = 'table'
        and name not like 'sqlite%' and name not like 'kysely%' and name not like 'search%'
        order by name`),
    );
    expect(tables.map(({ table }) => table).sort()).toEqual(all);
    // A new table needs a row in `fill`, or nobody knows whether what it holds can be copied.
    expect(tables.filter(({ rows }) => rows === 0)).toEqual([]);
    for (const table of all) {
      const [source] = desk.rows<{ n: number }>(`select count(*) as n from ${table}`);
      const [there] = await target.query<{ n: number }>(`select count(*) as n from ${table}`);
      expect([table, there]).toEqual([table, source]);
    }
    for (const table of ['subscribers', 'consents', 'deliveries', 'notices', 'editions']) {
      const sql = `select * from ${table} order by id`;
      expect(await target.query(sql)).toEqual(desk.rows(sql));
    }
    // Of search, nothing is copied: it fills itself.
    const search = 'select paper_id, day from search_papers order by paper_id';
    expect(desk.rows(search).length).toBeGreaterThan(3);
    expect(await target.query(search)).toEqual(desk.rows(search));
    const sql = 'select paper_id, snapshot from edition_papers order by edition_id, rank';
    expect(await target.query(sql)).toEqual(desk.rows(sql));
  });

  test('for people it is a table', async () => {
    const { code, stdout } = await copy();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^table +rows +checksum +in the copy\n/);
    expect(stdout).toMatch(/^subscribers +5 +[0-9a-f]{16} +the same$/m);
  });

  test('leaves a store on which Paperboy goes on: nothing twice, links work, ids go on', async () => {
    expect((await copy()).code).toBe(0);

    const env = { ...NO_KEY, DATABASE_URL: target.url };
    const again = await desk.run(['send', '--date', '2026-03-02', '--now', '--json'], { env });
    expect(again.json()).toMatchObject({ accepted: 3, refused: 1, planned: 0 });
    // Only what was being sent when its program died goes out again, under the same Message-ID.
    const { attempts } = desk.smtp;
    expect(attempts.map(({ to }) => to.join()).sort()).toEqual([
      'later@reader.test',
      'pending@reader.test',
    ]);
    expect(attempts.map(({ messageId }) => messageId)).toContain(filled.messageId);

    const running = await desk.serve(env);
    const page = await (await fetch(new URL('/search?q=lanternfish', desk.site))).text();
    expect(page).toContain('<mark>Lanternfish</mark>');
    const left = await fetch(new URL(filled.link.pathname, desk.site), {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
    });
    expect(left.status).toBe(200);
    const [ada] = await target.query(`select state from subscribers where email like 'ada%'`);
    expect(ada).toEqual({ state: 'unsubscribed' });
    await running.stop();

    // An id that was given and erased is not given again: old links would fit it.
    await desk.run(['subscribers', 'add', 'new@reader.test', '--confirmed'], { env });
    const [given] = desk.rows<{ seq: number }>(
      `select seq from sqlite_sequence where name = 'subscribers'`,
    );
    const [fresh] = await target.query(`select id from subscribers where email like 'new%'`);
    expect(fresh).toEqual({ id: found(given).seq + 1 });
  }, 60_000);
});

describe.skipIf(server === null)('store copy refuses', () => {
  const empty = async () =>
    expect(await target.query('select count(*) as n from subscribers')).toEqual([{ n: 0 }]);

  test('a target that holds something', async () => {
    await copy();
    const { code, stdout, stderr } = await copy();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^paperboy: The store to copy to is not empty: its table \w+ has rows\.$/m,
    );
    const foreign = await createDatabase(found(server));
    await foreign.query('create table kittens (name text)');
    const other = await desk.run(['store', 'copy', '--to', foreign.url]);
    await foreign.drop();
    expect([other.code, sentences(other)]).toEqual([
      1,
      [expect.stringMatching(/^paperboy: The database to copy to has other tables than a store/)],
    ]);
  });

  test.each([
    ['a sender', `update deliveries set state = 'claimed', worker = 'one', lease_until = ?`],
    [
      'the schedule',
      `insert into leases values ('daily run', 'two', ?)
       on conflict (name) do update set until = excluded.until`,
    ],
  ])('a store on which %s is at work', async (_who, sql) => {
    write((file) => file.prepare(sql).run(Date.now() + 25_000));
    const result = await copy();
    expect([result.code, sentences(result)]).toEqual([
      1,
      [expect.stringMatching(/^paperboy: Somebody works on the store paperboy.db; stop all that/)],
    ]);
    await empty();
  });

  test('what cannot be copied, by usage', async () => {
    for (const [args, env, sentence] of [
      [['--to', 'sqlite:other.db'], {}, /--to must be postgres:\/\/USER/],
      [['--to', 'postgres://me:geheim@db'], {}, /--to must be postgres:\/\/USER/],
      [['--to', target.url], { DATABASE_URL: target.url }, /DATABASE_URL is a PostgreSQL/],
      [[], {}, /required option '--to <url>'/],
    ] as const) {
      const { code, stderr } = await desk.run(['store', 'copy', ...args], { env });
      expect([code, stderr]).toEqual([2, expect.stringMatching(sentence)]);
      expect(stderr).not.toContain('geheim');
    }
  });

  test('a file that is not there, and makes none', async () => {
    rmSync(join(desk.path, 'paperboy.db'));
    const result = await copy();
    expect([result.code, sentences(result)]).toEqual([
      1,
      ['paperboy: The store paperboy.db can not be opened.'],
    ]);
    expect(existsSync(join(desk.path, 'paperboy.db'))).toBe(false);
  });

  test('to leave anything of a copy that differs', async () => {
    await desk.run(['migrate'], { env: { DATABASE_URL: target.url } });
    await target.query(`
      create function spoil() returns trigger language plpgsql as $$
      begin new.via = 'something else'; return new; end $$;
      create trigger spoils before insert on consents for each row execute function spoil()`);
    const result = await copy(['--json']);
    expect([result.code, sentences(result)]).toEqual([
      1,
      ['paperboy: The copy differs from the store, so nothing of it stays.'],
    ]);
    const { copied, tables } = result.json<Report>();
    expect(copied).toBe(false);
    expect(tables.filter(({ same }) => !same).map(({ table }) => table)).toEqual(['consents']);
    await empty();
  });

  test('a store that is written to meanwhile, and leaves nothing', async () => {
    await whileCopying(async (copying) => {
      write((file) => file.exec(`update subscribers set hour = 7`));
      await target.query('select pg_advisory_unlock(1)');
      expect((await copying.exited).code).toBe(1);
      expect(copying.stderr).toContain('was written to meanwhile; stop all that runs on it');
    });
    await empty();
  });

  test('to leave anything when it is killed, and can be done again', async () => {
    await whileCopying(async (copying) => {
      await copying.kill();
      await target.query('select pg_advisory_unlock(1)');
    });
    await expect.poll(async () => (await copy()).code, { timeout: 20_000 }).toBe(0);
  }, 60_000);

  /** Runs `work` while a copy stands still in the middle. */
  async function whileCopying(work: (copying: ReturnType<Desk['start']>) => Promise<void>) {
    await desk.run(['migrate'], { env: { DATABASE_URL: target.url } });
    await target.query(`
      create function halt() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(1); return new; end $$;
      create trigger halts before insert on consents execute function halt();
      select pg_advisory_lock(1)`);
    const copying = desk.start(['store', 'copy', '--to', target.url], NO_KEY);
    const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`;
    await expect.poll(() => target.query(waiting), { timeout: 20_000 }).toHaveLength(1);
    await work(copying);
  }
});
