import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.js';
import { runPaperboy, tempDir } from '../support/program.js';
import { START } from './clock.js';
import { beginContract } from './contract/begin.js';
import { claimsContract } from './contract/claims.js';
import { countsContract } from './contract/counts.js';
import { type Dialect, type MailRow, worlds } from './contract/dialect.js';
import { editionsContract } from './contract/editions.js';
import { noticesContract } from './contract/notices.js';
import { outcomesContract } from './contract/outcomes.js';
import { papersContract } from './contract/papers.js';
import { planningContract } from './contract/planning.js';
import { settingsContract } from './contract/settings.js';
import { subscribersContract } from './contract/subscribers.js';
import { walksContract } from './contract/walks.js';

const CLAIM_AT_ONCE = fileURLToPath(new URL('claim-at-once.js', import.meta.url));

const folder = tempDir();
afterAll(() => folder.dispose());

const fileOf = (database: string) => join(folder.path, `${database}.db`);

const sqlite: Dialect = {
  openStore: (database, clock) => openStore(fileOf(database), clock),

  async mails(database, table) {
    const reader = new SQLite(fileOf(database), { readonly: true });
    try {
      return reader.prepare<[], MailRow>(`select * from ${table} order by id`).all();
    } finally {
      reader.close();
    }
  },

  /** Processes of their own: two writers in one process would wait for each other. */
  claimAtOnce: (database, table, workers) =>
    Promise.all(
      Array.from({ length: workers }, async (_, index) => {
        const args = [fileOf(database), table, START, workers, index].map(String);
        const ran = await runPaperboy(args, { main: CLAIM_AT_ONCE });
        return ran.json<number[]>();
      }),
    ),
};

describe('SQLite', () => {
  settingsContract(sqlite);
  papersContract(sqlite);
  editionsContract(sqlite);
  subscribersContract(sqlite);
  planningContract(sqlite);
  countsContract(sqlite);
  claimsContract(sqlite);
  beginContract(sqlite);
  outcomesContract(sqlite);
  noticesContract(sqlite);
  walksContract(sqlite);
});

describe('its one connection', () => {
  const world = worlds(sqlite);

  test('what another asks for waits until a transaction has ended', async () => {
    const { store, clock } = await world();
    const order: string[] = [];
    const long = store.atomically(async ({ subscribers }) => {
      const { id } = await subscribers.request('ada@example.org', {}, clock.now());
      for (let turn = 0; turn < 20; turn++) await subscribers.find(id);
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
