import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.js';
import { openSqlite } from '../../src/store/sqlite/sqlite.js';
import { tempDir } from '../support/program.js';
import { claimAtOnce } from './claim-at-once.js';
import { MovableClock } from './clock.js';
import { type Dialect, type MailRow, worlds } from './contract/dialect.js';
import { jsonContract } from './contract/json.js';
import { storeContract } from './contract/store.js';
import { writeEmptyStore } from './empty-file.js';

const folder = tempDir();
afterAll(() => folder.dispose());

const fileOf = (database: string) => join(folder.path, `${database}.db`);
const locationOf = (database: string) => ({ kind: 'sqlite', file: fileOf(database) }) as const;

const sqlite: Dialect = {
  async openStore(database, clock, keyMarks = []) {
    if (!existsSync(fileOf(database))) await writeEmptyStore(fileOf(database));
    return openStore(locationOf(database), clock, { keyMarks: () => keyMarks });
  },
  discard: async (database) => rmSync(fileOf(database)),

  async execute(database, sql) {
    const writer = new SQLite(fileOf(database));
    try {
      writer.exec(sql);
    } finally {
      writer.close();
    }
  },

  async mails(database, table) {
    const reader = new SQLite(fileOf(database), { readonly: true });
    try {
      return reader.prepare<[], MailRow>(`select * from ${table} order by id`).all();
    } finally {
      reader.close();
    }
  },

  claimAtOnce: (database, table, workers) => claimAtOnce(locationOf(database), table, workers),
};

describe('SQLite', () => {
  storeContract(sqlite);
});

describe('beyond the contract, SQLite', () => {
  jsonContract(async (work) => {
    const opened = openSqlite(fileOf('rows'), new MovableClock());
    try {
      return await work(opened);
    } finally {
      await opened.db.destroy();
    }
  });
});

describe('its one connection', () => {
  const world = worlds(sqlite);

  test('what another asks for waits until a transaction has ended', async () => {
    const { store, clock } = await world();
    const order: string[] = [];
    const long = store.atomically(async ({ subscribers }) => {
      const { id } = await subscribers.request('ada@example.org', {}, clock.now());
      for (let slot = 0; slot < 20; slot++) await subscribers.find(id);
      order.push('transaction');
    });
    const other = store.subscribers.findByEmail('ada@example.org').then((subscriber) => {
      order.push('other');
      return subscriber;
    });
    await long;
    expect((await other)?.state).toBe('pending');
    expect(order).toEqual(['transaction', 'other']);
  });
});
