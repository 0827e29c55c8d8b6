import { afterEach, describe, expect, test } from 'vitest';
import { elementText, textOf } from './markup.js';
import { openSite, type Site, type SiteOptions } from './site.js';

/** Requests that one client may make in ten minutes. */
const LIMIT = 30;

let site: Site;
afterEach(() => site.close());

let number = 0;

async function subscribe(remoteAddress: string, headers: Record<string, string> = {}) {
  number += 1;
  const token = await site.token();
  return site.app.inject({
    method: 'POST',
    url: '/subscribe',
    remoteAddress,
    headers: {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    payload: `email=reader${number}%40reader.test&token=${token}`,
  });
}

/** How many of the requests were let through. */
async function through(requests: [remoteAddress: string, forwardedFor?: string][]) {
  let accepted = 0;
  for (const [remoteAddress, forwardedFor] of requests) {
    const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
    if ((await subscribe(remoteAddress, headers)).statusCode === 200) accepted += 1;
  }
  return accepted;
}

/** The consent of the newest subscriber. */
async function lastConsent() {
  const [newest] = (await site.store.subscribers.list({ after: 0, limit: 1_000 })).slice(-1);
  const [consent] = await site.store.subscribers.consents(newest?.id ?? 0);
  return consent;
}

async function open(options: SiteOptions = {}) {
  site = await openSite(options);
}

describe('more requests than a household makes', () => {
  test('are told so on a page and in JSON, with when to come back', async () => {
    await open();
    expect(await through(Array(LIMIT).fill(['192.0.2.1']))).toBe(LIMIT);
    const page = await subscribe('192.0.2.1');
    expect([page.statusCode, elementText(page.body, 'h1')]).toEqual([429, 'Too many requests']);
    expect(textOf(page.body)).toContain('Please try again in a few minutes.');
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(0);
    const json = await subscribe('192.0.2.1', { accept: 'application/json' });
    expect([json.statusCode, json.json()]).toEqual([
      429,
      { error: { code: 'too_many_requests', message: expect.stringMatching(/\.$/) } },
    ]);
    expect(site.rows()['subscribers']).toHaveLength(LIMIT);
  });

  test('cost other clients nothing, and other pages neither', async () => {
    await open();
    expect(await through(Array(LIMIT + 5).fill(['192.0.2.1']))).toBe(LIMIT);
    expect(await through([['192.0.2.2']])).toBe(1);
    const front = await site.app.inject({ url: '/', remoteAddress: '192.0.2.1' });
    expect(front.statusCode).toBe(200);
  });

  test('leaving is never limited', async () => {
    await open();
    const { id } = await site.subscriber('ada@reader.test', 'active');
    for (let n = 0; n < 3 * LIMIT; n++) {
      const answer = await site.post(`/unsubscribe/${site.tokens.unsubscribe(id)}`);
      expect(answer.statusCode).toBe(200);
    }
  });
});

describe('a client is', () => {
  test('a whole IPv6 network of 64 bits', async () => {
    await open();
    const same = Array.from({ length: LIMIT + 10 }, (_, n): [string] => [
      `2001:db8:1:2:${n.toString(16)}::1`,
    ]);
    expect(await through(same)).toBe(LIMIT);
    expect(await through([['2001:db8:1:3::1']])).toBe(1);
  });

  test('who connects, whatever X-Forwarded-For says, while TRUST_PROXY is off', async () => {
    await open({ trustProxy: false });
    const forged = Array.from({ length: LIMIT + 10 }, (_, n): [string, string] => [
      '192.0.2.1',
      `203.0.113.${n}`,
    ]);
    expect(await through(forged)).toBe(LIMIT);
    expect((await lastConsent())?.ip).toBe('192.0.2.1');
  });

  test.each([[true], ['192.0.2.0/24'], ['loopback, 192.0.2.1']])(
    'whom the proxy names, when TRUST_PROXY is %s',
    async (trustProxy) => {
      await open({ trustProxy });
      const forwarded = Array.from({ length: LIMIT + 10 }, (_, n): [string, string] => [
        '192.0.2.1',
        `203.0.113.${n}`,
      ]);
      expect(await through(forwarded)).toBe(LIMIT + 10);
      expect((await lastConsent())?.ip).toBe(`203.0.113.${LIMIT + 9}`);
    },
  );

  test.each([
    [1, '198.51.100.9'],
    [2, '203.0.113.5'],
  ])('whom the outermost of %d proxies saw, whatever came before', async (trustProxy, ip) => {
    await open({ trustProxy });
    const headers = { 'x-forwarded-for': '192.0.2.77, 203.0.113.5, 198.51.100.9' };
    expect((await subscribe('192.0.2.1', headers)).statusCode).toBe(200);
    expect((await lastConsent())?.ip).toBe(ip);
  });

  test('who connects, when that is not one of the proxies', async () => {
    await open({ trustProxy: '10.0.0.0/8' });
    const forged = Array.from({ length: LIMIT + 10 }, (_, n): [string, string] => [
      '192.0.2.1',
      `203.0.113.${n}`,
    ]);
    expect(await through(forged)).toBe(LIMIT);
  });
});
