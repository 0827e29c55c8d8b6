import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from './site.js';

// Whoever asks has not shown yet that the address is theirs.

const EMAIL = 'ada@reader.test';
let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const ada = async () => (await site.store.subscribers.findByEmail(EMAIL)) ?? expect.fail('nobody');

/** The links of the confirmations that were mailed, the oldest first. */
async function links(): Promise<string[]> {
  const notices = site.rows()['notices'] as { id: number; kind: string; round: number }[];
  const { id: subscriberId } = await ada();
  return notices
    .filter(({ kind }) => kind === 'confirm')
    .map(({ id: noticeId, round }) => {
      const expiresAt = site.clock.now() + 3_600_000;
      return `/confirm/${site.tokens.confirm({ subscriberId, round, expiresAt, noticeId })}`;
    });
}

test('what was chosen counts with the link of its mail', async () => {
  await site.post('/subscribe', { email: EMAIL, hour: '7', topics: 'vision' });
  await site.post('/subscribe', { email: EMAIL, hour: '7', topics: 'vision' });
  expect(await ada()).toMatchObject({ state: 'pending', hour: null, topics: [], keywords: [] });
  const [own = ''] = await links();
  expect((await site.post(own)).statusCode).toBe(200);
  expect(await ada()).toMatchObject({ state: 'active', hour: 7, topics: ['vision'], keywords: [] });
});

test.each([
  ['first', [{ hour: '3', keywords: 'spam' }, { hour: '7' }]],
  ['last', [{ hour: '7' }, { hour: '3', keywords: 'spam' }]],
])('where requests of a day differ, none of it counts, a stranger’s being %s', async (_, both) => {
  for (const chosen of both) await site.post('/subscribe', { email: EMAIL, ...chosen });
  const [link = ''] = await links();
  await site.post(link);
  expect(await ada()).toMatchObject({ state: 'active', hour: null, keywords: [] });
  // Nothing is left of what anybody else had typed.
  expect(JSON.stringify(site.rows())).not.toContain('spam');
});

test('somebody who had left keeps what they had chosen, until they confirm something else', async () => {
  const { id } = await site.subscriber(EMAIL, 'active');
  await site.store.subscribers.savePreferences(id, { hour: 6, topics: ['vision'] });
  await site.store.subscribers.leave(id);
  await site.post('/subscribe', { email: EMAIL, hour: '3' });
  expect(await ada()).toMatchObject({ state: 'pending', hour: 6, topics: ['vision'] });
  const [link = ''] = await links();
  await site.post(link);
  expect(await ada()).toMatchObject({ state: 'active', hour: 3, topics: ['vision'] });
});

test.each(['active', 'paused'] as const)('somebody %s keeps all of it', async (state) => {
  const { id } = await site.subscriber(EMAIL, state);
  await site.store.subscribers.savePreferences(id, { hour: 6 });
  const before = await ada();
  await site.post('/subscribe', { email: EMAIL, hour: '3', topics: 'vision', length: '5' });
  expect(await ada()).toEqual(before);
  expect(site.rows()['notices']).toMatchObject([{ preferences: null }]);
});

test('an import keeps what its list says, and the form does not change it', async () => {
  await site.store.subscribers.request(EMAIL, { hour: 8 }, site.clock.now());
  await site.post('/subscribe', { email: EMAIL, hour: '3' });
  expect(await ada()).toMatchObject({ state: 'pending', hour: 8 });
});

test('interests that are confirmed are in the first digest’s selection', async () => {
  await site.post('/subscribe', { email: EMAIL, topics: 'vision' });
  const [link = ''] = await links();
  await site.post(link);
  const { id } = await ada();
  const page = await site.get(`/preferences/${site.tokens.preferences(id)}`);
  expect(page.body).toMatch(/value="vision"[^>]* checked/);
});
