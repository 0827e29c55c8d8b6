import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, pickFixtures, type Site } from './site.js';

let site: Site;
let preferences: string;
beforeAll(async () => {
  site = await openSite({ defaultTimezone: 'Europe/Vienna' });
  await pickFixtures(site);
  const { id } = await site.subscriber('ada@reader.test', 'active');
  preferences = `/preferences/${site.tokens.preferences(id)}`;
});
afterAll(() => site.close());

describe('an address that somebody types, without the rest of it', () => {
  test.each([
    ['/subscribe', 'Subscribe'],
    ['/subscribe/', 'Subscribe'],
    ['/preferences', 'Your preferences'],
    ['/preferences/', 'Your preferences'],
    ['/unsubscribe', 'Unsubscribe'],
    ['/confirm', 'Confirm your address'],
  ])('%s has the form that helps, with the words that are agreed to', async (url, heading) => {
    const { statusCode, body } = await site.get(url);
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, heading]);
    const [form] = tags(body, 'form');
    expect(form?.attributes).toMatchObject({ action: '/subscribe', method: 'post' });
    expect(textOf(body)).toContain('No digest is sent until you confirm');
    const names = tags(body, 'input').map((tag) => attribute(tag, 'name'));
    expect(names).toEqual(expect.arrayContaining(['email', 'timezone']));
  });

  test('/papers has all editions', async () => {
    const { statusCode, body } = await site.get('/papers');
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Archive']);
    expect(body).toContain('/papers/2026-03-04');
  });

  test.each([
    ['/robots.txt', /^text\/plain/],
    ['/favicon.ico', /^image\//],
    ['/apple-touch-icon.png', /^image\//],
  ])('%s is there', async (url, type) => {
    const { statusCode, headers } = await site.get(url);
    expect([statusCode, headers['content-type']]).toEqual([200, expect.stringMatching(type)]);
  });

  test.each(['/feed', '/feed.xml', '/atom.xml', '/rss', '/rss.xml', '/index.html', '/api'])(
    '%s leads to what is meant',
    async (url) => {
      const { statusCode, headers } = await site.get(url);
      expect(statusCode).toBe(301);
      expect((await site.get(String(headers.location))).statusCode).toBe(200);
    },
  );
});

describe('whatever is answered', () => {
  const gzip = { 'accept-encoding': 'gzip, deflate, br' };

  test('is compressed where it is worth it', async () => {
    const urls = [
      ...['/', '/subscribe', '/preferences', '/papers', '/archive', '/papers/2026-03-04'],
      ...['/search?q=speech', '/search', '/suggest', '/timezones', '/api/docs', '/feed.json'],
      ...['/api/openapi.json', '/papers/never', '/metrics', preferences],
    ];
    for (const url of urls) {
      const { headers, rawPayload } = await site.get(url, gzip);
      const told = [url, headers['content-encoding'], headers.vary?.includes('accept-encoding')];
      expect(told).toEqual([url, 'gzip', true]);
      const plain = (await site.get(url)).rawPayload;
      // Metrics count what happens meanwhile.
      if (url !== '/metrics') expect(gunzipSync(rawPayload).equals(plain)).toBe(true);
      expect(rawPayload.length).toBeLessThan(plain.length);
    }
  });

  test('is validated where it may be kept', async () => {
    for (const url of ['/subscribe', '/preferences', '/papers', '/robots.txt', '/favicon.ico']) {
      const { headers } = await site.get(url, gzip);
      const again = await site.get(url, { ...gzip, 'if-none-match': String(headers.etag) });
      expect([url, again.statusCode, again.body]).toEqual([url, 304, '']);
    }
  });

  test('is compressed too when a form comes back with the whole front page', async () => {
    const answer = await site.app.inject({
      method: 'POST',
      url: '/subscribe',
      headers: {
        ...gzip,
        accept: 'text/html',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: 'email=nobody',
    });
    expect([answer.statusCode, answer.headers['content-encoding']]).toEqual([400, 'gzip']);
  });

  test('a body that comes in compressed is not unpacked', async () => {
    const answer = await site.app.inject({
      method: 'POST',
      url: '/subscribe',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      payload: '{"email":"ada@reader.test"}',
    });
    expect(answer.statusCode).toBe(200 + 2);
  });
});
