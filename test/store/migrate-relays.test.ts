import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { createDatabase } from '../support/postgres.js';
import { type TempDir, tempDir } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { BEFORE_RELAYS } from './before-pairs.js';
import { HOUR, MINUTE, MovableClock, START } from './clock.js';
import { begin, found } from './contract/dialect.js';
import { makeOldStore } from './old-store.js';

const server = await sharedPostgres();
const DAYS = ['2026-03-01', '2026-03-02'] as const;

/** Domains that are slowed and days that are counted, as the version before kept them. */
const PACE = `
  insert into slowed_domains values ('slow.example', 400000, ${START - 9}, ${START + MINUTE}, ${START});
  insert into sent_days values ('${DAYS[0]}', 41), ('${DAYS[1]}', 7);`;

/** A delivery of each of three readers: not tried, put off, and one that may have arrived. */
const MAILS = `
  insert into editions (id, kind, date, state, picked_at, count)
    values (1, 'daily', '2026-03-02', 'frozen', 1, 1);
  insert into selections (id, edition_id, papers, hash) values (1, 1, '["2603.00001"]', 'hash');
  ${['planned', 'deferred', 'uncertain'].map((state, n) => mailOf(n + 1, state)).join('')}`;

function mailOf(id: number, state: string): string {
  return `
  insert into subscribers (id, email, email_key, state, round, frequency, length, topics, keywords,
      created_at, active_since)
    values (${id}, 'r${id}@slow.example', 'r${id}@slow.example', 'active', 1, 'daily', 10, '[]',
      '[]', 1, 1);
  insert into deliveries (id, subscriber_id, state, unclaimed_state, due_at, next_at, expires_at,
      attempts, edition_id, selection_id, parked)
    values (${id}, ${id}, '${state}', '${state}', ${START - HOUR}, ${START}, ${START + 23 * HOUR},
      ${state === 'planned' ? 0 : 1}, 1, 1, 'slow.example');`;
}

let folder: TempDir;
let file: string;
beforeEach(() => {
  folder = tempDir();
  file = join(folder.path, 'paperboy.db');
});
afterEach(() => folder.dispose());

/** What all senders share starts anew, but for what was sent today. */
async function expectPace({ throttleStore, holds }: Store): Promise<void> {
  expect(await throttleStore.look()).toMatchObject({ throttles: [], holds: [] });
  expect(await Promise.all(DAYS.map((day) => throttleStore.ofDay(day, '')))).toEqual([41, 7]);
  expect(await throttleStore.ofDay(DAYS[1], 'smtp')).toBe(0);
  expect(await throttleStore.takeOfDay(DAYS[1], '', 99, 10)).toBe(3);
  expect(await throttleStore.takeOfDay(DAYS[1], 'smtp', 99, 10)).toBe(10);
  const hold = { route: 'smtp', domain: '', code: 'quota', reply: '550 Quota' } as const;
  expect(await holds.hold(hold, MINUTE)).toBe(true);
  expect(
    await throttleStore.take([{ name: 'slow.example', wanted: 9, interval: 0 }]),
  ).toMatchObject([{ count: 9, interval: 0 }]);
}

test('days are counted on, and domains that were slowed are asked anew', async () => {
  await makeOldStore(file, '0014', PACE);
  const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
  try {
    expect(store.migrated).toEqual(['0015_relays']);
    await expectPace(store);
  } finally {
    await store.close();
  }
});

test('mails go on as they were, over any route, and a repeat keeps its date', async () => {
  await makeOldStore(file, '0014', PACE + MAILS);
  const store = await openStore({ kind: 'sqlite', file }, new MovableClock());
  try {
    const wanted = [{ domain: 'slow.example', limit: 9, probe: false }];
    const mails = await store.ledger.claimSetAside('one', wanted);
    const known = mails.map(({ id, attempts, boundTo, datedAt }) => [
      ...[id, attempts, boundTo, datedAt - START],
    ]);
    expect(known.toSorted()).toEqual([
      [1, 0, null, 0],
      [2, 1, null, -HOUR],
      [3, 1, null, -HOUR],
    ]);
    for (const { id } of mails) {
      expect(await begin(store.ledger, id, 'one', { route: 'backup' })).toBe('sending');
    }
    const columns = 'state, attempts, route';
    const database = new SQLite(file, { readonly: true });
    const rows = database.prepare(`select ${columns} from deliveries order by id`).raw().all();
    database.close();
    expect(rows).toEqual([1, 2, 2].map((attempts) => ['sending', attempts, 'backup']));
  } finally {
    await store.close();
  }
});

test.skipIf(server === null)('the same on PostgreSQL', async () => {
  const database = await createDatabase(found(server));
  const location = { kind: 'postgres', url: database.url } as const;
  try {
    await (await openStore(location, new MovableClock())).close();
    for (const statement of [...BEFORE_RELAYS, ...PACE.split(';').slice(0, -1)])
      await database.query(statement);
    const store = await openStore(location, new MovableClock());
    try {
      expect(store.migrated).toEqual(['0015_relays']);
      await expectPace(store);
    } finally {
      await store.close();
    }
  } finally {
    await database.drop();
  }
});
