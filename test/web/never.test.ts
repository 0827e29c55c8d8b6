import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { STATES } from '../../src/subscribers/subscriber.js';
import { unsuppress } from '../../src/subscribers/suppress.js';
import { found } from '../store/contract/dialect.js';
import { LANGUAGES } from '../support/languages.js';
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

describe('the word of a mailbox', () => {
  const SPELLINGS: readonly (readonly [said: string, asked: string])[] = [
    ['victim+1@reader.test', 'victim+2@reader.test'],
    ['victim+1@reader.test', 'VICTIM@reader.test'],
    ['victim@reader.test', 'victim+x+y@reader.test'],
    ['v.ictim+news@gmail.com', 'vic.tim@googlemail.com'],
    ['victim@googlemail.com', 'v.i.c.t.i.m+7@GMAIL.com'],
  ];

  test.each(SPELLINGS)('said by %s holds for %s, deleted or not', async (said, asked) => {
    await site.subscriber(said, 'pending');
    await site.post(urlFor(said));
    for (const erased of [false, true]) {
      if (erased) {
        const { id } = found(await site.store.subscribers.findByEmail(said));
        await site.store.subscribers.erase(id);
      }
      expect((await site.post('/subscribe', { email: asked })).statusCode).toBe(200);
      expect(site.rows()['notices']).toEqual([]);
      expect(await stateOf(asked)).toBeUndefined();
      expect(textOf((await site.get(urlFor(asked))).body)).toContain('Allow mail again');
    }
  });

  test.each(SPELLINGS)('said by %s is taken back by the link of %s', async (said, asked) => {
    await site.subscriber(said, 'pending');
    await site.post(urlFor(said));
    await site.post(urlFor(asked), { do: 'lift' });
    expect(await suppressionOf(said)).toBeNull();
    expect(await stateOf(said)).toBe('unsubscribed');
    await site.post('/subscribe', { email: asked });
    expect(site.rows()['notices']).toHaveLength(1);
  });

  test('holds for a complaint as well, and not for a bounce or the operator’s word', async () => {
    const asked = { complaint: 0, bounce: 1, operator: 1 } as const;
    for (const [name, notices] of Object.entries(asked)) {
      const reason = name as keyof typeof asked;
      const email = `${reason}+1@reader.test`;
      await site.store.subscribers.suppress({ email, reason, at: 1, detail: null });
      const before = site.rows()['notices']?.length ?? 0;
      await site.post('/subscribe', { email: `${reason}@reader.test` });
      expect([reason, (site.rows()['notices']?.length ?? 0) - before]).toEqual([reason, notices]);
    }
  });

  test('leaves a reader of another spelling alone, and other mailboxes', async () => {
    const reader = await site.subscriber('ada@reader.test', 'active');
    await site.post(urlFor('ada+1@reader.test'));
    expect(await stateOf('ada@reader.test')).toBe('active');
    await site.post('/subscribe', { email: 'ada@reader.test' });
    await site.post('/subscribe', { email: 'adam@reader.test' });
    await site.post('/subscribe', { email: 'ada@other.test' });
    const { notices = [] } = site.rows();
    expect(notices).toHaveLength(3);
    expect(await site.store.subscribers.find(reader.id)).toMatchObject({ state: 'active' });
  });

  test('is lifted by the operator, by any spelling', async () => {
    await site.post(urlFor('ada+1@reader.test'));
    const lift = (email: string) =>
      site.store.atomically((stores) =>
        unsuppress(
          { ...stores, clock: site.clock, languages: LANGUAGES },
          { email, reason: null },
          { confirmed: false },
        ),
      );
    expect(await lift('ada@reader.test')).toMatchObject({ state: null });
    expect(await suppressionOf('ada+1@reader.test')).toBeNull();
    await expect(lift('ada@reader.test')).rejects.toMatchObject({ code: 'not_suppressed' });
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
