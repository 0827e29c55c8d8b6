import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Subscriber, SubscriberState } from '../../src/subscribers/subscriber.js';
import { createTokens } from '../../src/subscribers/tokens.js';
import { begin, settle } from '../store/contract/dialect.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { HOUR, NOW, openSite, pickFixtures, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

function confirmUrl({ id, round }: Subscriber, expiresAt = NOW + 48 * HOUR): string {
  return `/confirm/${site.tokens.confirm({ subscriberId: id, round, expiresAt })}`;
}

async function stateOf({ id }: Subscriber): Promise<SubscriberState | undefined> {
  return (await site.store.subscribers.find(id))?.state;
}

async function both(url: string): Promise<[number, string | undefined][]> {
  const answers = [await site.get(url), await site.post(url)];
  return answers.map(({ statusCode, body }) => [statusCode, elementText(body, 'h1')]);
}

describe('the link of a confirmation', () => {
  let ada: Subscriber;
  beforeEach(async () => {
    await pickFixtures(site);
    ada = await site.subscriber('ada@reader.test', 'pending');
  });

  test('opens a page with one button that posts to the same address', async () => {
    const url = confirmUrl(ada);
    const { statusCode, body } = await site.get(url);
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Confirm your address']);
    expect(textOf(body)).toContain('ada@reader.test');
    expect(tags(body, 'form').map(({ attributes }) => attributes)).toEqual([
      { action: url, method: 'post' },
    ]);
  });

  test('the button confirms, and the newest edition is planned as the first digest', async () => {
    const { statusCode, body } = await site.post(confirmUrl(ada));
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Your address is confirmed']);
    expect(textOf(body)).toContain('Wednesday 4 March 2026');
    const link = tags(body, 'a').map((tag) => attribute(tag, 'href') ?? '');
    expect(link).toContain(`http://localhost:3000/preferences/${site.tokens.preferences(ada.id)}`);
    expect(await stateOf(ada)).toBe('active');
    expect(site.rows()['deliveries']).toMatchObject([
      { subscriber_id: ada.id, state: 'planned', first_cadence: 'daily', due_at: NOW },
    ]);
    const [consent] = await site.store.subscribers.consents(ada.id);
    expect(consent).toMatchObject({ event: 'confirmed', via: 'link', ip: '127.0.0.1' });
  });

  test('a program gets JSON', async () => {
    const answer = await site.postJson(confirmUrl(ada), {});
    expect([answer.statusCode, answer.json()]).toEqual([200, { state: 'active' }]);
  });

  test('works once', async () => {
    await site.post(confirmUrl(ada));
    const before = site.rows();
    expect(await both(confirmUrl(ada))).toEqual([
      [410, 'This link was used already'],
      [410, 'This link was used already'],
    ]);
    expect(site.rows()).toEqual(before);
  });

  test('pressed twice at once plans one digest', async () => {
    const answers = await Promise.all([site.post(confirmUrl(ada)), site.post(confirmUrl(ada))]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410]);
    expect(site.rows()['deliveries']).toHaveLength(1);
  });

  test('works for 48 hours, and not a minute more', async () => {
    site.clock.time = NOW + 48 * HOUR - 60_000;
    expect((await site.get(confirmUrl(ada))).statusCode).toBe(200);
    site.clock.time = NOW + 48 * HOUR;
    const before = site.rows();
    expect(await both(confirmUrl(ada))).toEqual([
      [410, 'This link is too old'],
      [410, 'This link is too old'],
    ]);
    expect(site.rows()).toEqual(before);
  });

  test('does not bring somebody back who has left since', async () => {
    await site.post(`/unsubscribe/${site.tokens.unsubscribe(ada.id)}`);
    expect((await site.post(confirmUrl(ada))).statusCode).toBe(410);
    expect(await stateOf(ada)).toBe('unsubscribed');
  });

  test('of an earlier round confirms nothing after coming back', async () => {
    await site.post(`/unsubscribe/${site.tokens.unsubscribe(ada.id)}`);
    await site.post('/subscribe', { email: ada.email });
    expect((await site.post(confirmUrl(ada))).statusCode).toBe(410);
    expect(await stateOf(ada)).toBe('pending');
    expect((await site.post(confirmUrl({ ...ada, round: ada.round + 1 }))).statusCode).toBe(200);
  });

  test('cannot confirm a suppressed address', async () => {
    const at = NOW;
    await site.store.subscribers.suppress({
      email: ada.email,
      reason: 'complaint',
      at,
      detail: null,
    });
    expect((await site.post(confirmUrl(ada))).statusCode).toBe(410);
    expect(await stateOf(ada)).toBe('suppressed');
  });

  test('of somebody who was deleted is unknown', async () => {
    await site.store.subscribers.erase(ada.id);
    expect(await both(confirmUrl(ada))).toEqual([
      [404, 'This link is not known'],
      [404, 'This link is not known'],
    ]);
  });

  test('after coming back with the newest edition read, promises the next one', async () => {
    await site.post(confirmUrl(ada));
    const worker = 'the sender of this test';
    const [mail] = await site.store.ledger.claim(worker, 1);
    await begin(site.store.ledger, mail?.id ?? 0, worker);
    const outcome = { kind: 'accepted', reply: '250 Ok' } as const;
    await settle(site.store.ledger, mail?.id ?? 0, worker, outcome, 0);
    await site.post(`/unsubscribe/${site.tokens.unsubscribe(ada.id)}`);
    await site.post('/subscribe', { email: ada.email });
    const { body } = await site.post(confirmUrl({ ...ada, round: ada.round + 1 }));
    expect(textOf(body)).toContain('You have had the newest edition already');
    expect(site.rows()['deliveries']).toMatchObject([{ state: 'accepted' }]);
  });

  test('without any edition promises the first one', async () => {
    const empty = await openSite();
    try {
      const { id, round } = await empty.subscriber('ada@reader.test', 'pending');
      const expiresAt = NOW + HOUR;
      const token = empty.tokens.confirm({ subscriberId: id, round, expiresAt });
      const { statusCode, body } = await empty.post(`/confirm/${token}`);
      expect(statusCode).toBe(200);
      expect(textOf(body)).toContain('as soon as the first edition is ready');
    } finally {
      await empty.close();
    }
  });
});

describe('a token', () => {
  const PATHS = ['confirm', 'unsubscribe', 'preferences'] as const;

  test('has no power for another purpose', async () => {
    const ada = await site.subscriber('ada@reader.test', 'active');
    const bob = await site.subscriber('bob@reader.test', 'pending');
    const valid = {
      confirm: confirmUrl(bob).slice('/confirm/'.length),
      unsubscribe: site.tokens.unsubscribe(ada.id),
      preferences: site.tokens.preferences(ada.id),
    };
    const before = site.rows();
    for (const path of PATHS) {
      for (const purpose of PATHS) {
        if (path === purpose) continue;
        expect(await both(`/${path}/${valid[purpose]}`)).toEqual([
          [404, 'This link is not known'],
          [404, 'This link is not known'],
        ]);
      }
    }
    expect(site.rows()).toEqual(before);
  });

  test.each([
    ['guessed', 'AAAAAAAAAAAAAAAAAAAA'],
    ['empty', '%20'],
    ['with a zero byte', '%00'],
    ['far too long', 'A'.repeat(5_000)],
    ['in another alphabet', '%E2%98%83'],
    ['with markup', '%3Cscript%3E'],
  ])('%s is unknown, to people and to programs', async (_what, token) => {
    await site.subscriber('ada@reader.test', 'active');
    const before = site.rows();
    for (const path of PATHS) {
      const url = `/${path}/${token}`;
      expect((await both(url)).map(([status]) => status)).toEqual([404, 404]);
      const json = await site.postJson(url, {});
      expect([json.statusCode, Object.keys(json.json())]).toEqual([404, ['error']]);
    }
    expect(site.rows()).toEqual(before);
  });

  test('of another site’s secret is unknown, and so is one changed in any letter', async () => {
    const { id } = await site.subscriber('ada@reader.test', 'active');
    const others = createTokens('another secret');
    const token = site.tokens.unsubscribe(id);
    const changed = [...token].map((letter, place) => {
      const other = letter === 'A' ? 'B' : 'A';
      return token.slice(0, place) + other + token.slice(place + 1);
    });
    for (const forged of [others.unsubscribe(id), `${token}A`, token.slice(0, -1), ...changed]) {
      expect((await site.post(`/unsubscribe/${forged}`)).statusCode).toBe(404);
    }
    expect((await site.store.subscribers.find(id))?.state).toBe('active');
  });

  test('tells in JSON why it does not work', async () => {
    const { id, round } = await site.subscriber('ada@reader.test', 'pending');
    const expired = site.tokens.confirm({ subscriberId: id, round, expiresAt: NOW });
    const codes = [];
    for (const token of ['unknown', expired]) {
      codes.push((await site.postJson(`/confirm/${token}`, {})).json().error.code);
    }
    await site.store.subscribers.confirm(id, round, NOW);
    codes.push((await site.postJson(`/confirm/${expired}`, {})).json().error.code);
    expect(codes).toEqual(['unknown_link', 'link_expired', 'link_used']);
  });
});

test('following every link with GET and HEAD changes no row of any table', async () => {
  await pickFixtures(site);
  const seen = new Set<string>();
  const queue = ['/'];
  for (const state of ['pending', 'active', 'paused', 'unsubscribed', 'suppressed'] as const) {
    const subscriber = await site.subscriber(`${state}@reader.test`, state);
    queue.push(confirmUrl(subscriber), confirmUrl(subscriber, NOW));
    queue.push(`/unsubscribe/${site.tokens.unsubscribe(subscriber.id)}`);
    queue.push(`/preferences/${site.tokens.preferences(subscriber.id)}`);
    queue.push(`/preferences/${site.tokens.preferences(subscriber.id)}?do=delete&sure=yes`);
  }
  const before = site.rows();
  // There are hundreds of papers and authors; a few of each kind show what they do.
  const followed = new Map<string, number>();
  for (let url = queue.pop(); url !== undefined; url = queue.pop()) {
    if (seen.has(url)) continue;
    seen.add(url);
    const [kind = ''] = /^\/(?:paper|by|lab|topic|best)\/|^\/subscribe\?/.exec(url) ?? [];
    followed.set(kind, (followed.get(kind) ?? 0) + 1);
    if (kind !== '' && (followed.get(kind) ?? 0) > 6) continue;
    const { statusCode, body } = await site.get(url);
    expect([url, statusCode < 500]).toEqual([url, true]);
    await site.app.inject({ method: 'HEAD', url });
    for (const tag of tags(body)) {
      const link = attribute(tag, 'href') ?? attribute(tag, 'action') ?? '';
      const local = link.replace(/^http:\/\/localhost:3000/, '');
      if (/^\/(?!\/)/.test(local)) queue.push(local);
    }
  }
  expect(seen.size).toBeGreaterThan(30);
  expect(site.rows()).toEqual(before);
});
