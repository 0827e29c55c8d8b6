import { createHmac } from 'node:crypto';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.js';
import { migrate } from '../../src/store/migrate.js';
import { openPostgres } from '../../src/store/postgres/postgres.js';
import { nextOf } from '../../src/store/retention.js';
import { openSqlite } from '../../src/store/sqlite/sqlite.js';
import { suppressionStore } from '../../src/store/suppressions.js';
import { toCanonicalMailbox } from '../../src/subscribers/canonical-mailbox.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { ROOT, type TempDir, tempDir } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { MovableClock } from './clock.js';

const server = await sharedPostgres();
const ENGINES = server === null ? (['sqlite'] as const) : (['sqlite', 'postgres'] as const);

/** All the ways in which addresses are spelled, at each domain that is known for one, and at others. */
const SPELLED = [
  ...['gmail.com', 'googlemail.com', 'proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
  ...['icloud.com', 'me.com', 'mac.com', 'yandex.ru', 'ya.ru', 'yandex.com', 'yandex.by'],
  ...['yandex.kz', 'yandex.ua', 'yahoo.com', 'ymail.com', 'rocketmail.com', 'myyahoo.com'],
  ...['yahoo.co.uk', 'yahoo.co.in', 'yahoo.fr', 'yahoo.de', 'yahoo.it', 'yahoo.es', 'yahoo.ca'],
  ...['yahoo.in', 'yahoo.com.br', 'yahoo.com.au', 'yahoo.com.ar', 'yahoo.com.mx', 'yahoo.gr'],
  ...['yahoo.ie', 'yahoo.ro', 'fastmail.com', 'vi.fastmail.com', 'vi.fastmail.fm'],
  ...['vi.messagingengine.com', 'outlook.com', 'example.org', 'yahoo.co.jp'],
].flatMap((domain) =>
  ['V.i', 'v.i+x', 'v-i', 'v-i+x', 'v+i-x', '+vi', '-vi'].map((local) => `${local}@${domain}`),
);

let folder: TempDir;
let postgres: PostgresDatabase | undefined;
let database: Database;
beforeEach(() => {
  folder = tempDir();
});
afterEach(async () => {
  await database.db.destroy();
  await postgres?.drop();
  postgres = undefined;
  folder.dispose();
});

async function open(engine: (typeof ENGINES)[number]): Promise<void> {
  const clock = new MovableClock();
  if (engine === 'postgres' && server !== null) postgres = await createDatabase(server);
  database = postgres
    ? openPostgres(postgres.url, clock)
    : openSqlite(join(folder.path, 'paperboy.db'), clock);
}

/** The migrations up to the one that knows of mailboxes. */
function formerMigrations(): URL {
  const made = join(folder.path, 'migrations');
  cpSync(join(ROOT, 'migrations'), made, { recursive: true });
  for (const name of readdirSync(made))
    if (name >= '0007') rmSync(join(made, name), { recursive: true });
  return pathToFileURL(`${made}/`);
}

describe.each(ENGINES)('on %s', (engine) => {
  test('what was said before holds for the mailbox after an upgrade', async () => {
    await open(engine);
    const { db } = database;
    await migrate(db, formerMigrations());
    for (const [email, reason] of [
      ['Ada+1@example.org', 'owner'],
      ['v.i+x@googlemail.com', 'complaint'],
      ['bob+1@example.org', 'operator'],
      ['', 'owner'],
    ] as const) {
      const key = email === '' ? '#hash' : email.toLowerCase();
      await sql`
        insert into suppressions (email_key, email, reason, at, detail)
        values (${key}, ${email}, ${reason}, 1, null)`.execute(db);
    }
    expect(await migrate(db)).toContain('0007_mailboxes');
    const { findRefusing } = suppressionStore(database);
    const asked = ['ADA@example.org', 'vi@gmail.com', 'bob@example.org', 'ad@example.org'];
    expect((await findRefusing(asked, ['owner', 'complaint'])).sort()).toEqual([
      ...['ada@example.org', 'vi@gmail.com'],
    ]);
    expect(await findRefusing(asked, ['owner'])).toEqual(['ada@example.org']);
  });

  test('an address from before finds its mailbox as a later one does, whoever its provider is', async () => {
    await open(engine);
    const { db } = database;
    await migrate(db, formerMigrations());
    for (const email of SPELLED) {
      await sql`
        insert into suppressions (email_key, email, reason, at, detail)
        values (${email.toLowerCase()}, ${email}, 'owner', 1, null)`.execute(db);
    }
    await migrate(db);
    const key = await sql<{ value: string }>`
      select value from settings where name = 'address_hash_key'`.execute(db);
    const { rows } = await sql<{ email: string; mailbox: string }>`
      select email, mailbox from suppressions`.execute(db);
    expect(rows).toHaveLength(SPELLED.length);
    for (const { email, mailbox } of rows) {
      const mac = createHmac('sha256', key.rows[0]?.value ?? '');
      const hash = mac.update(`mailbox ${toCanonicalMailbox(email)}`).digest();
      expect([email, mailbox]).toEqual([
        ...[email, `#${hash.subarray(0, 16).toString('base64url')}`],
      ]);
    }
  });

  test('who is not reading, strangers’ notices and mailboxes are found by their indexes', async () => {
    await open(engine);
    const { db } = database;
    await migrate(db);
    const isSqlite = engine === 'sqlite';
    if (!isSqlite) await sql`set enable_seqscan = off`.execute(db);
    const plan = async (query: ReturnType<typeof nextOf> | ReturnType<typeof sql<unknown>>) => {
      const explain = isSqlite ? sql`explain query plan` : sql`explain`;
      const { rows } = await sql<Record<string, unknown>>`${explain} ${query}`.execute(db);
      return rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n');
    };
    for (const state of ['pending', 'unsubscribed', 'suppressed'] as const) {
      const walk = await plan(nextOf(state, 5));
      expect(walk).toContain('subscribers_not_reading');
      expect(walk).not.toMatch(/temp b-tree|\bsort\b|^SCAN|seq scan/i);
    }
    // Which of two short ways PostgreSQL goes in an empty table is its own matter.
    if (!isSqlite) return;
    const notices = sql`
      select id from notices where kind = 'confirm' and cause in ('stranger', 'crowd')
      order by id desc limit 5`;
    expect(await plan(notices)).toContain('notices_of_strangers');
    const mailbox = sql`
      select mailbox from suppressions where mailbox in ('#a', '#b') and reason in ('owner')`;
    expect(await plan(mailbox)).toContain('suppressions_mailbox');
  });
});
