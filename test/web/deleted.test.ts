import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Reason } from '../../src/interests/matcher.js';
import { found } from '../store/contract/dialect.js';
import { type TempDir, tempDir } from '../support/program.js';
import { elementText, textOf } from './markup.js';
import { HOUR, NOW, openSite, pickFixtures, type Site } from './site.js';

const ADDRESS = 'Ada.Lovelace-Quux@Reader.test';
/** What she typed, each in a place of its own. */
const TYPED = {
  topics: 'cs.QX, zebrafinch',
  keywords: 'Wobblegong\nanalytical snorkel',
  authors: 'Philomena Krabbe',
  organisations: 'Institute of Quibbling',
};
const WORDS = [
  ...['ada.lovelace-quux', 'zebrafinch', 'wobblegong', 'analytical snorkel'],
  ...['philomena krabbe', 'institute of quibbling', '192.0.2.77'],
];

let folder: TempDir;
let file: string;
let site: Site;
beforeEach(async () => {
  folder = tempDir();
  file = join(folder.path, 'paperboy.db');
  site = await openSite({ file, trustProxy: true });
});
afterEach(async () => {
  await site.close();
  folder.dispose();
});

/** Which of these the files of the store hold, in whatever letters. */
function findInFiles(words: readonly string[] = WORDS): string[] {
  const all = readdirSync(dirname(file))
    .map((name) => readFileSync(join(dirname(file), name), 'latin1').toLowerCase())
    .join('\n');
  return words.filter((word) => all.includes(word.toLowerCase()));
}

/** Does all that leaves traces of a reader in the store. */
async function live(): Promise<string> {
  const { store, clock } = site;
  await pickFixtures(site);
  await site.app.inject({
    method: 'POST',
    url: '/subscribe',
    headers: { accept: 'text/html', 'x-forwarded-for': '192.0.2.77' },
    payload: { email: ADDRESS },
  });
  const { id, round } = found(await store.subscribers.findByEmail(ADDRESS));
  const confirm = site.tokens.confirm({ subscriberId: id, round, expiresAt: NOW + HOUR });
  await site.post(`/confirm/${confirm}`);
  const url = `/preferences/${site.tokens.preferences(id)}`;
  expect((await site.post(url, TYPED)).statusCode).toBe(200);
  const [edition] = await store.editions.list({ limit: 1 });
  const reasons: Reason[][] = [[['matches', 'Wobblegong']], [['by', 'Philomena Krabbe']]];
  const [selectionId] = await store.ledger.selectionIds(found(edition).id, [
    { papers: ['2603.00001', '2603.00002'], reasons },
  ]);
  const other = found(await store.editions.find('2026-03-02'));
  await store.ledger.plan(other.id, [
    {
      subscriberId: id,
      selectionId: found(selectionId),
      first: null,
      language: 'en',
      dueAt: clock.now(),
    },
  ]);
  const [mail] = await store.ledger.claim('test', 1);
  await store.ledger.advance('test', {
    results: [],
    begin: [{ id: found(mail).id, route: 'smtp', again: false }],
  });
  const reply = `550 5.2.0 <${ADDRESS.toUpperCase()}> has no room`;
  await store.ledger.advance('test', {
    results: [
      { id: found(mail).id, outcome: { kind: 'refused', reply, of: 'refused' }, retryIn: null },
    ],
    begin: [],
  });
  return url;
}

describe('after "delete me"', () => {
  test('no file of the store holds the address or what was typed', async () => {
    const url = await live();
    const reply = `554 5.7.1 <${ADDRESS}>: Relay access denied to ${ADDRESS.toUpperCase()}`;
    await site.store.holds.hold({ route: 'smtp', domain: '', code: 'relaying', reply }, 1_000);
    expect(findInFiles()).toEqual(WORDS);
    const { statusCode, body } = await site.post(url, { do: 'delete', sure: 'yes' });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Your data is deleted']);
    expect(textOf(body)).toContain('What stays is a code');
    expect(findInFiles()).toEqual([]);
  });

  test('not of a suppressed address either, which stays suppressed', async () => {
    const { store, clock } = site;
    const url = await live();
    const detail = `550 5.1.1 <${ADDRESS}>: gone`;
    await store.subscribers.suppress({
      ...{ email: ADDRESS, reason: 'complaint', at: clock.now(), detail },
    });
    expect((await site.post(url, { do: 'delete', sure: 'yes' })).statusCode).toBe(200);
    expect(findInFiles()).toEqual([]);
    expect(await store.subscribers.findSuppression(ADDRESS.toLowerCase())).toEqual({
      ...{ email: ADDRESS.toLowerCase(), reason: 'complaint', at: NOW, detail: null },
    });
    await site.post('/subscribe', { email: ADDRESS });
    expect(site.rows()).toMatchObject({ subscribers: [], notices: [] });
  });

  test('while somebody reads the store, it is gone a little later', async () => {
    const url = await live();
    const reader = new SQLite(file, { readonly: true });
    reader.exec('begin; select * from subscribers');
    reader.prepare('select count(*) from subscribers').get();
    expect((await site.post(url, { do: 'delete', sure: 'yes' })).statusCode).toBe(200);
    expect(await site.store.retention.cleanFiles()).toBe('later');
    expect(findInFiles()).not.toEqual([]);
    reader.exec('commit');
    reader.close();
    expect(await site.store.retention.cleanFiles()).toBe('rewritten');
    expect(findInFiles()).toEqual([]);
    expect(await site.store.retention.cleanFiles()).toBeNull();
  });
});

test('of hundreds who came and went in any order nothing is left once files are rewritten', async () => {
  const { subscribers, retention } = site.store;
  const names = Array.from({ length: 600 }, (_, n) => {
    const mixed = ((n * 7_919) % 600).toString(36);
    return `q${mixed}${'x'.repeat(n % 23)}-${n}@reader.test`;
  });
  await site.store.atomically(async (stores) => {
    for (const [n, email] of names.entries()) {
      const { id } = await stores.subscribers.request(email, {}, NOW);
      await stores.subscribers.savePreferences(id, {
        keywords: [`typed ${n}${'y'.repeat(n % 90)}`],
      });
    }
  });
  const gone = names.filter((_, n) => n % 3 !== 0);
  for (const email of gone) {
    await subscribers.erase(found(await subscribers.findByEmail(email)).id);
  }
  expect(await retention.cleanFiles()).toBe('rewritten');
  expect(findInFiles(gone)).toEqual([]);
  expect(findInFiles(names)).toHaveLength(200);
});
