import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.js';
import { runPaperboy, type TempDir, tempDir } from '../support/program.js';
import { MovableClock } from './clock.js';
import { idOfSelection } from './contract/dialect.js';

const MIGRATIONS = [
  '0001_initial',
  '0002_pace',
  '0003_weekly',
  '0004_lost_connections',
  '0005_search',
  '0006_merge',
  '0007_curation',
  '0008_interests',
  '0009_sources',
  '0010_reasons_and_changes',
  '0011_search_pairs',
  '0012_fewer_indexes',
  '0013_later_keys',
  '0014_search_titles',
  '0015_relays',
];

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
    ['a state of a subscriber', `update subscribers set state = 'lost'`],
    ['an hour', 'update subscribers set hour = 24'],
    ['a state of a suggestion', `update suggestions set state = 'lost'`],
    ['a place above the first', 'update curated_papers set place = 0'],
    ['a kind of edition', `update editions set kind = 'hourly'`],
    [
      'a second delivery',
      'insert into deliveries select 99, subscriber_id, state, unclaimed_state, due_at, next_at, expires_at, attempts, lost_replies, worker, lease_until, ended_at, reply, edition_id, selection_id, first, set_aside, lost_connections, route, dated_at from deliveries',
    ],
  ])('does not let a fault invent %s', async (_what, statement) => {
    const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
    const reader = await store.subscribers.importActive('ada@example.org', {}, 1);
    const edition = await store.editions.saveDraft('daily', '2026-03-02', [], 1);
    const subscriberId = reader?.id ?? 0;
    const editionId = edition?.id ?? 0;
    const selectionId = await idOfSelection(store.ledger, editionId, []);
    await store.ledger.plan(editionId, [{ subscriberId, selectionId, first: null, dueAt: 1 }]);
    const suggester = { name: null, comment: null, at: 1 };
    await store.suggestions.add('2603.00001', suggester);
    const pins = [{ paperId: '2603.00001', place: 1 }];
    await store.editions.saveCuration(editionId, { pins, drops: [], note: null }, 1);
    const notice = { kind: 'preferences', subscriberId, round: 1, createdAt: 1 } as const;
    await store.notices.enqueue(notice, { max: 1, since: 0 });
    await store.close();
    expect(() => look((db) => db.exec(statement))).toThrow(/constraint failed/);
  });
});
