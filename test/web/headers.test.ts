import { afterEach, describe, expect, test } from 'vitest';
import { openSite, pickFixtures, type Site } from './site.js';

const POLICY =
  "default-src 'none';script-src 'self';connect-src 'self';style-src 'self';img-src 'self';font-src 'self';manifest-src 'self';" +
  "form-action 'self';base-uri 'none';frame-ancestors 'none'";

let site: Site;
afterEach(() => site.close());

async function urls(): Promise<string[]> {
  await pickFixtures(site);
  const { id, round } = await site.subscriber('ada@reader.test', 'pending');
  const confirm = site.tokens.confirm({
    subscriberId: id,
    round,
    expiresAt: site.clock.now() + 60_000,
  });
  return [
    '/',
    '/papers/2026-03-03',
    '/archive',
    '/feed.atom',
    '/feed.json',
    '/healthz',
    '/readyz',
    '/assets/site.css',
    '/search?q=speech',
    '/timezones',
    '/api/docs',
    '/nothing',
    '/%',
    '/papers/never',
    `/confirm/${confirm}`,
    `/unsubscribe/${site.tokens.unsubscribe(id)}`,
    `/preferences/${site.tokens.preferences(id)}`,
    `/preferences/${site.tokens.preferences(id)}/export`,
  ];
}

describe('under http', () => {
  test('every answer carries the exact policy, and none speaks of https', async () => {
    site = await openSite();
    for (const url of await urls()) {
      const { headers } = await site.get(url);
      expect([url, headers['content-security-policy']]).toEqual([url, POLICY]);
      expect([url, headers['strict-transport-security']]).toEqual([url, undefined]);
    }
  });

  test('every answer keeps addresses from travelling, pages from frames, types from guesses', async () => {
    site = await openSite();
    for (const url of await urls()) {
      const { headers } = await site.get(url);
      expect([url, headers['referrer-policy']]).toEqual([url, 'no-referrer']);
      expect([url, headers['x-frame-options']]).toEqual([url, 'DENY']);
      expect([url, headers['x-content-type-options']]).toEqual([url, 'nosniff']);
      expect([url, headers['set-cookie']]).toEqual([url, undefined]);
      expect([url, headers['x-powered-by']]).toEqual([url, undefined]);
    }
  });
});

test('under https answers demand it for this host, and for what pages link', async () => {
  site = await openSite({ publicUrl: 'https://papers.example.org' });
  for (const url of await urls()) {
    const { headers } = await site.get(url);
    expect([url, headers['content-security-policy']]).toEqual([
      url,
      `${POLICY};upgrade-insecure-requests`,
    ]);
    expect([url, headers['strict-transport-security']]).toEqual([url, 'max-age=31536000']);
  }
});

describe('pages of one reader', () => {
  test('are neither kept nor indexed, and neither are errors', async () => {
    site = await openSite();
    for (const url of await urls()) {
      const { headers, body, statusCode } = await site.get(url);
      const isPrivate = /^\/(confirm|unsubscribe|preferences)\//.test(url);
      const isPage = headers['content-type']?.toString().startsWith('text/html');
      const isError = statusCode >= 400;
      const isStatus = url === '/healthz' || url === '/readyz';
      expect([url, headers['cache-control'] === 'no-store']).toEqual([
        url,
        isPrivate || isError || isStatus,
      ]);
      if (isPrivate) expect([url, headers['x-robots-tag']]).toEqual([url, 'noindex']);
      if (isPage)
        expect([url, headers['x-robots-tag'] === 'noindex' || body.includes('noindex')]).toEqual([
          url,
          isPrivate || isError || url.startsWith('/search'),
        ]);
    }
  });

  test('the answers to their buttons neither', async () => {
    site = await openSite();
    const { id, round } = await site.subscriber('ada@reader.test', 'pending');
    const expiresAt = site.clock.now() + 60_000;
    const posts = [
      await site.post('/subscribe', { email: 'bob@reader.test' }),
      await site.post('/subscribe', { email: 'nobody' }),
      await site.post(`/confirm/${site.tokens.confirm({ subscriberId: id, round, expiresAt })}`),
      await site.post(`/preferences/${site.tokens.preferences(id)}`, { do: 'pause' }),
      await site.post(`/unsubscribe/${site.tokens.unsubscribe(id)}`),
    ];
    expect(posts.map(({ statusCode }) => statusCode)).toEqual([200, 400, 200, 200, 200]);
    for (const { headers, body } of posts) {
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-robots-tag']).toBe('noindex');
      expect(body).toContain('<meta name="robots" content="noindex">');
    }
  });
});
