import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addSuggestion } from '../../src/editions/suggest.js';
import { migrate as migrateStore } from '../../src/store/migrate.js';
import { openStore } from '../../src/store/open.js';
import { openSqlite } from '../../src/store/sqlite/sqlite.js';
import { ROOT, runPaperboy, type TempDir, tempDir } from '../support/program.js';
import { MovableClock } from './clock.js';
import { idOfSelection } from './contract/dialect.js';

/** The program's own, in order. */
const MIGRATIONS = readdirSync(join(ROOT, 'migrations'))
  .filter((name) => name.endsWith('.js'))
  .map((name) => name.slice(0, -'.js'.length))
  .sort();

let folder: TempDir;
let file: string;

beforeEach(() => {
  folder = tempDir();
  file = join(folder.path, 'made', 'on the way', 'paperboy.db');
});
afterEach(() => folder.dispose());

function migrate() {
  const env = { DATABASE_URL: `sqlite:${file}`, LOG_LEVEL: 'error' };
  return runPaperboy(['migrate', '--json'], { env });
}

/** A folder of migrations with more than the program's own. */
function addMigrations(added: Record<string, string>): URL {
  const migrations = pathToFileURL(`${join(folder.path, 'migrations')}/`);
  cpSync(join(ROOT, 'migrations'), migrations, { recursive: true });
  for (const [name, work] of Object.entries(added)) {
    const text = `export const up = async (db) => { ${work} };`;
    writeFileSync(new URL(`${name}.js`, migrations), text);
  }
  return migrations;
}

const MAKE_MARKS = `
  await db.schema.createTable('marks').addColumn('value', 'integer').execute();
  await db.insertInto('marks').values({ value: 2 }).execute();`;

/** Looks into the file past the program. */
function look<T>(work: (database: SQLite.Database) => T): T {
  const database = new SQLite(file);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

describe('migrating', () => {
  test('makes the file and its folder, and does nothing the second time', async () => {
    const first = await migrate();
    expect([first.code, first.json(), first.stderr]).toEqual([0, { applied: MIGRATIONS }, '']);
    const schema = () => look((db) => db.prepare('select sql from sqlite_master').all());
    const before = schema();
    const second = await migrate();
    expect([second.code, second.json()]).toEqual([0, { applied: [] }]);
    expect(schema()).toEqual(before);
  });

  test.each([1, 2, 3])('of several processes at once exactly one applies it (%i)', async () => {
    const runs = await Promise.all(Array.from({ length: 6 }, migrate));
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, '']));
    const applied = runs.flatMap((run) => run.json<{ applied: string[] }>().applied);
    expect(applied).toEqual(MIGRATIONS);
    const rows = look((db) => db.prepare('select name from kysely_migration').pluck().all());
    expect(rows).toEqual(MIGRATIONS);
  });

  test('what comes later is applied to what is there, once and in order', async () => {
    const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
    await store.settings.set('kept', 'yes');
    await store.close();
    const migrations = addMigrations({
      '9002_third': `await db.updateTable('marks').set({ value: 3 }).execute()`,
      '9001_second': MAKE_MARKS,
    });
    for (const applied of [['9001_second', '9002_third'], []]) {
      const { db } = openSqlite(file, new MovableClock());
      expect(await migrateStore(db, migrations)).toEqual(applied);
      await db.destroy();
    }
    expect(look((db) => db.prepare('select * from settings').all())).toContainEqual({
      name: 'kept',
      value: 'yes',
    });
    expect(look((db) => db.prepare('select value from marks').pluck().all())).toEqual([3]);
  });

  test('one that fails leaves the store as it was', async () => {
    await migrate();
    const schema = () => look((db) => db.prepare('select sql from sqlite_master').all());
    const before = schema();
    const migrations = addMigrations({ '9001_second': `${MAKE_MARKS} throw new Error('Oh.')` });
    const { db } = openSqlite(file, new MovableClock());
    await expect(migrateStore(db, migrations)).rejects.toThrow('Oh.');
    await db.destroy();
    expect(schema()).toEqual(before);
  });

  test('a store that a newer program has used is refused and left alone', async () => {
    await migrate();
    look((db) => {
      db.prepare('insert into kysely_migration values (?, ?)').run('0999_future', '2030-01-01');
    });
    const before = look((db) => db.serialize());
    const run = await migrate();
    expect(run.code).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr).toBe(
      'paperboy: The store has been used by a newer Paperboy (0999_future); start that version.\n',
    );
    expect(look((db) => db.serialize()).equals(before)).toBe(true);
    await expect(openStore({ kind: 'sqlite', file }, new MovableClock())).rejects.toMatchObject({
      code: 'store_too_new',
    });
  });

  test('a store is kept as the ledger needs it', async () => {
    const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
    try {
      expect(look((db) => db.pragma('journal_mode', { simple: true }))).toBe('wal');
    } finally {
      await store.close();
    }
  });
});

describe('the schema', () => {
  test.each([
    ['a state of a delivery', `update deliveries set state = 'lost'`],
    ['a state of a notice', `update notices set state = 'lost'`],
    ['a cause of a notice', `update notices set cause = 'nobody'`],
    ['a state of a subscriber', `update subscribers set state = 'lost'`],
    ['an hour', 'update subscribers set hour = 24'],
    ['a state of a suggestion', `update suggestions set state = 'lost'`],
    ['a place above the first', 'update curated_papers set place = 0'],
    ['a kind of edition', `update editions set kind = 'hourly'`],
    [
      'a second delivery',
      'insert into deliveries (subscriber_id, edition_id, selection_id, state, unclaimed_state, due_at, next_at, expires_at) select subscriber_id, edition_id, selection_id, state, unclaimed_state, due_at, next_at, expires_at from deliveries',
    ],
  ])('does not let a fault invent %s', async (_what, statement) => {
    const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
    const reader = await store.subscribers.importActive('ada@example.org', {}, 1);
    const edition = await store.editions.saveDraft('daily', '2026-03-02', [], 1);
    const subscriberId = reader?.id ?? 0;
    const editionId = edition?.id ?? 0;
    const selectionId = await idOfSelection(store.ledger, editionId, []);
    await store.ledger.plan(editionId, [
      { subscriberId, selectionId, first: null, language: 'en', dueAt: 1 },
    ]);
    const suggester = { name: null, comment: null, at: 1 };
    await addSuggestion(store.suggestions, '2603.00001', suggester);
    const pins = [{ paperId: '2603.00001', place: 1 }];
    await store.editions.saveCuration(editionId, { pins, drops: [], note: null }, 1);
    const whose = { subscriberId, round: 1, createdAt: 1, language: 'en' };
    const notice = { kind: 'preferences', cause: 'reader', ...whose } as const;
    await store.notices.enqueue(notice, { max: 1, maxConfirmations: 1, since: 0 });
    await store.close();
    expect(() => look((db) => db.exec(statement))).toThrow(/constraint failed/);
  });
});
