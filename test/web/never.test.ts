import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { STATES } from '../../src/subscribers/subscriber.js';
import { textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const EMAIL = 'ada@reader.test';
const urlFor = (email = EMAIL) => `/never/${site.tokens.never(email)}`;
const suppressionOf = (email = EMAIL) => site.store.subscribers.findSuppression(email);
const stateOf = async (email = EMAIL) => (await site.store.subscribers.findByEmail(email))?.state;

describe('the link of every notice', () => {
  test('leads to a button, and opening it changes nothing', async () => {
    await site.subscriber(EMAIL, 'pending');
    const before = site.rows();
    for (let times = 0; times < 2; times++) {
      const page = await site.get(urlFor());
      expect(page.statusCode).toBe(200);
      expect(page.headers['cache-control']).toContain('no-store');
      expect(textOf(page.body)).toContain(EMAIL);
      expect(page.body).toContain(`<form action="${urlFor()}" method="post">`);
    }
    expect(site.rows()).toEqual(before);
  });

  test.each([...STATES, 'unknown'] as const)(
    'ends all mail to somebody %s, and may be repeated',
    async (state) => {
      if (state !== 'unknown') await site.subscriber(EMAIL, state);
      for (let times = 0; times < 3; times++) {
        const answer = await site.post(urlFor());
        expect(answer.statusCode).toBe(200);
        expect(textOf(answer.body)).toContain('We won’t write again');
      }
      expect(await suppressionOf()).toMatchObject({ email: EMAIL, reason: 'owner' });
      expect(await stateOf()).toBe(state === 'unknown' ? undefined : 'suppressed');
      const asked = await site.post('/subscribe', { email: 'ADA@reader.test' });
      expect(asked.statusCode).toBe(200);
      const { notices = [] } = site.rows();
      expect(notices).toEqual([]);
      expect(await suppressionOf()).toMatchObject({ reason: 'owner' });
    },
  );

  test('looks the same whoever subscribes', async () => {
    for (const state of STATES) await site.subscriber(`${state}@reader.test`, state);
    const pages = new Set<string>();
    for (const name of [...STATES, 'nobody']) {
      const email = `${name}@reader.test`;
      for (const ask of [site.get(urlFor(email)), site.post(urlFor(email))]) {
        const { body } = await ask;
        pages.add(body.replaceAll(email, 'ADDRESS').replaceAll(urlFor(email), 'URL'));
      }
    }
    expect(pages.size).toBe(2);
  });

  test('says so of a complaint and of the operator’s word without undoing them', async () => {
    for (const reason of ['complaint', 'operator'] as const) {
      const email = `${reason}@reader.test`;
      await site.store.subscribers.suppress({ email, reason, at: 1, detail: null });
      await site.post(urlFor(email));
      await site.post(urlFor(email), { do: 'lift' });
      expect(await suppressionOf(email)).toMatchObject({ reason });
    }
  });
});

describe('taking it back', () => {
  test('is for whoever has the link: nothing is sent until they ask', async () => {
    await site.subscriber(EMAIL, 'active');
    await site.post(urlFor());
    expect(textOf((await site.get(urlFor())).body)).toContain('Allow mail again');
    for (let times = 0; times < 2; times++) {
      const lifted = await site.post(urlFor(), { do: 'lift' });
      expect(textOf(lifted.body)).toContain('Mail is allowed again');
    }
    expect(await suppressionOf()).toBeNull();
    expect(await stateOf()).toBe('unsubscribed');
    const { notices: none } = site.rows();
    expect(none).toEqual([]);
    await site.post('/subscribe', { email: EMAIL });
    expect(site.rows()['notices']).toHaveLength(1);
  });
});

describe('a token', () => {
  test('of another purpose, or changed in one place, leads nowhere', async () => {
    const ada = await site.subscriber(EMAIL, 'active');
    const token = site.tokens.never(EMAIL);
    const changed = [...token].map(
      (letter, n) => `${token.slice(0, n)}${letter === 'A' ? 'B' : 'A'}${token.slice(n + 1)}`,
    );
    const others = [site.tokens.unsubscribe(ada.id), site.tokens.preferences(ada.id), 'x', ''];
    for (const wrong of [...changed, ...others]) {
      expect(site.tokens.readNever(wrong)).toBeNull();
    }
    const [first = ''] = changed;
    expect((await site.post(`/never/${first}`)).statusCode).toBe(404);
    expect((await site.post(`/unsubscribe/${token}`)).statusCode).toBe(404);
    expect(await stateOf()).toBe('active');
  });

  test('hides the address, is the same each time, and ends in a letter or digit', () => {
    for (let length = 1; length <= 64; length++) {
      const email = `${'a'.repeat(length)}@reader.test`;
      const token = site.tokens.never(email);
      expect(site.tokens.readNever(token)).toBe(email);
      expect(site.tokens.never(email)).toBe(token);
      expect(token).toMatch(/[A-Za-z0-9]$/);
      expect(Buffer.from(token, 'base64url').includes('reader')).toBe(false);
    }
  });
});
