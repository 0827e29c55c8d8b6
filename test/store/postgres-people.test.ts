import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.js';
import { migrate } from '../../src/store/migrate.js';
import { openPostgres } from '../../src/store/postgres/postgres.js';
import { openSqlite } from '../../src/store/sqlite/sqlite.js';
import { subscriberStore } from '../../src/store/subscribers.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { ROOT, type TempDir, tempDir } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { MovableClock } from './clock.js';

const server = await sharedPostgres();
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

/** The migrations of the release before. */
function firstMigrations(): URL {
  const made = join(folder.path, 'migrations');
  mkdirSync(made);
  cpSync(join(ROOT, 'migrations/0001'), join(made, '0001'), { recursive: true });
  cpSync(join(ROOT, 'migrations/0001_initial.js'), join(made, '0001_initial.js'));
  return pathToFileURL(`${made}/`);
}

describe('a store of the release before', () => {
  test.each(['sqlite', 'postgres'])('keeps its consents with their words on %s', async (engine) => {
    const clock = new MovableClock();
    if (engine === 'postgres') {
      if (server === null) return;
      postgres = await createDatabase(server);
    }
    database = postgres
      ? openPostgres(postgres.url, clock)
      : openSqlite(join(folder.path, 'paperboy.db'), clock);
    const { db } = database;
    expect(await migrate(db, firstMigrations())).toEqual(['0001_initial']);
    for (const email of ['ada@example.org', 'bob@example.org']) {
      await sql`
        insert into subscribers (email, email_key, state, round, frequency, length, topics,
          keywords, created_at)
        values (${email}, ${email}, 'active', 1, 'daily', 20, '[]', '[]', 5)`.execute(db);
    }
    const words = 'Yes, “please”.';
    await sql`
      insert into consents (subscriber_id, at, event, via, ip, wording) values
        (1, 1, 'requested', 'form', '192.0.2.1', ${words}),
        (1, 2, 'paused', 'link', null, null),
        (2, 3, 'requested', 'form', null, ${words}),
        (2, 4, 'confirmed', 'link', null, 'Another one.')`.execute(db);
    expect(await migrate(db)).toContain('0005_people');
    const store = subscriberStore(database);
    expect(await store.consents(1)).toEqual([
      { at: 1, event: 'requested', via: 'form', ip: '192.0.2.1', wording: words },
      { at: 2, event: 'paused', via: 'link', ip: null, wording: null },
    ]);
    expect((await store.consents(2)).map(({ wording }) => wording)).toEqual([
      words,
      'Another one.',
    ]);
    expect(await store.find(1)).toMatchObject({ email: 'ada@example.org', links: 0 });
    const kept = await db.selectFrom('wordings').selectAll().execute();
    expect(kept).toHaveLength(2);
  });
});

/** Tables with words of people, or about them, that hold no addresses. */
const OTHERS = ['suggestions', 'papers', 'alarms', 'operator_mails', 'left_addresses', 'wordings'];

test('on PostgreSQL, all tables that belong to readers are cleaned, with their statistics', async () => {
  if (server === null) {
    database = openSqlite(join(folder.path, 'paperboy.db'), new MovableClock());
    return;
  }
  postgres = await createDatabase(server);
  database = openPostgres(postgres.url, new MovableClock());
  const { db, dialect } = database;
  await migrate(db);
  await dialect.rewriteFiles(db);
  await sql`select pg_stat_force_next_flush()`.execute(db).catch(() => undefined);
  const { rows } = await sql<{ name: string; done: boolean }>`
    select c.relname as name, coalesce(pg_stat_get_vacuum_count(c.oid), 0) > 0
      and coalesce(pg_stat_get_analyze_count(c.oid), 0) > 0 as done
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind = 'r' and (
      c.relname in ('subscribers', 'suppressions', 'suppression_events', 'holds', 'settings', 'selections')
      or exists (
        select 1 from pg_attribute a
        where a.attrelid = c.oid and a.attname in ('subscriber_id', 'email', 'email_key', 'reply')))
    order by 1`.execute(db);
  const missed = rows.filter(({ name, done }) => !done && !OTHERS.includes(name));
  expect(rows.length).toBeGreaterThan(8);
  expect(missed).toEqual([]);
});
