import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TIMING } from '../../src/base/timing.js';
import { type TempDir, tempDir } from '../support/program.js';
import { openSite, pickFixtures, type Site } from './site.js';

/** For which another program is waited for. */
const LIMIT = 600;

let folder: TempDir;
let site: Site;
let other: SQLite.Database;

beforeEach(async () => {
  folder = tempDir();
  const file = join(folder.path, 'paperboy.db');
  site = await openSite({ file, timing: { ...TIMING, lockLimit: LIMIT } });
  await pickFixtures(site);
  other = new SQLite(file);
});
afterEach(async () => {
  other.close();
  await site.close();
  folder.dispose();
});

/** How long work took, in milliseconds, and what came of it. */
async function timed<T>(work: () => Promise<T>): Promise<{ took: number; answer: T }> {
  const began = performance.now();
  const answer = await work();
  return { took: performance.now() - began, answer };
}

const PAGES = ['/', '/papers/2026-03-03', '/archive', '/search?q=model', '/feed.atom', '/readyz'];

describe.each(['begin immediate', 'begin exclusive'])(
  'while another program has the lock (%s)',
  (begin) => {
    test('pages are read on, however many wait to write', async () => {
      const { id } = await site.subscriber('ada@reader.test', 'active');
      const preferences = `/preferences/${site.tokens.preferences(id)}`;
      other.exec(begin);
      const writing = Array.from({ length: 5 }, (_, n) =>
        site.post('/subscribe', { email: `reader${n}@reader.test` }),
      );
      // They are at it when the pages are asked for.
      await new Promise((resolve) => setTimeout(resolve, 150));
      for (const page of [...PAGES, preferences]) {
        const { took, answer } = await timed(() => site.get(page));
        expect([page, answer.statusCode]).toEqual([page, 200]);
        expect(took).toBeLessThan(LIMIT);
      }
      other.exec('rollback');
      for (const answer of await Promise.all(writing)) expect(answer.statusCode).toBe(200);
    });

    test('who writes is told when to come back, once the limit is over, and all at about that time', async () => {
      const { id } = await site.subscriber('ada@reader.test', 'active');
      other.exec(begin);
      const { took, answer: answers } = await timed(() =>
        Promise.all([
          ...Array.from({ length: 10 }, (_, n) =>
            site.post('/subscribe', { email: `r${n}@reader.test` }),
          ),
          site.post(`/unsubscribe/${site.tokens.unsubscribe(id)}`),
          site.post(`/preferences/${site.tokens.preferences(id)}`, { hour: '7' }),
        ]),
      );
      for (const { statusCode, headers } of answers) {
        expect([statusCode, Number(headers['retry-after'])]).toEqual([503, 60]);
      }
      expect(took).toBeGreaterThanOrEqual(LIMIT);
      expect(took).toBeLessThan(6 * LIMIT);
      other.exec('rollback');
      expect((await site.post(`/unsubscribe/${site.tokens.unsubscribe(id)}`)).statusCode).toBe(200);
    });

    test('who leaves has left once the lock is gone: no mail client asks twice', async () => {
      const { id } = await site.subscriber('ada@reader.test', 'active');
      other.exec(begin);
      const answer = await site.post(`/unsubscribe/${site.tokens.unsubscribe(id)}`);
      expect(answer.statusCode).toBe(503);
      other.exec('rollback');
      const state = async () => (await site.store.subscribers.find(id))?.state;
      await expect.poll(state, { timeout: 20_000 }).toBe('unsubscribed');
    });
  },
);

test('what was written is read at once, also while others wait to write', async () => {
  const { id } = await site.subscriber('ada@reader.test', 'active');
  const { subscribers, atomically } = site.store;
  const changing = atomically(async (stores) => {
    await stores.subscribers.pause(id);
  });
  const later = atomically(async () => new Promise((resolve) => setTimeout(resolve, 50)));
  expect((await subscribers.find(id))?.state).toBe('paused');
  await Promise.all([changing, later]);
});
