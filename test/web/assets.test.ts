import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attribute, tags } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

test('what a page loads carries its hash in its name and may be kept for ever', async () => {
  const { body } = await site.get('/');
  const loaded = [
    ...tags(body, 'link').map((tag) => attribute(tag, 'href') ?? ''),
    ...tags(body, 'script').map((tag) => attribute(tag, 'src') ?? ''),
  ].filter((address) => address.startsWith('/assets/'));
  expect(loaded.map((address) => address.replace(/\.[0-9a-f]{10}\./, '.HASH.'))).toEqual([
    '/assets/favicon.HASH.svg',
    '/assets/site.HASH.css',
    '/assets/serif-regular.HASH.woff2',
    '/assets/serif-bold.HASH.woff2',
    '/assets/zones.HASH.js',
    '/assets/form.HASH.js',
  ]);
  for (const address of loaded) {
    const { statusCode, headers, rawPayload } = await site.get(address);
    expect([address, statusCode]).toEqual([address, 200]);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const hash = createHash('sha256').update(rawPayload).digest('hex');
    expect(address).toContain(hash.slice(0, 10));
  }
});

test('assets come compressed, with their types', async () => {
  for (const [name, type] of [
    ['site.css', 'text/css; charset=utf-8'],
    ['favicon.svg', 'image/svg+xml'],
    ['zones.js', 'text/javascript; charset=utf-8'],
  ]) {
    const plain = await site.get(`/assets/${name}`);
    expect([plain.statusCode, plain.headers['content-type']]).toEqual([200, type]);
    const small = await site.get(`/assets/${name}`, { 'accept-encoding': 'gzip' });
    if (small.headers['content-encoding'] === 'gzip') {
      expect(gunzipSync(small.rawPayload).equals(plain.rawPayload)).toBe(true);
    }
  }
  const css = await site.get('/assets/site.css', { 'accept-encoding': 'gzip' });
  expect(css.headers['content-encoding']).toBe('gzip');
});

test('an old hash leads to what the file has become, not kept for long', async () => {
  const old = await site.get('/assets/site.0000000000.css');
  expect([old.statusCode, old.headers['cache-control']]).toEqual([200, 'public, max-age=86400']);
});

test('a name that is none leads to nothing', async () => {
  for (const name of [
    'none.0000000000.css',
    'site.00000000.css',
    '',
    'constructor',
    '.',
    'site.css/x',
  ]) {
    expect((await site.get(`/assets/${name}`)).statusCode).toBe(404);
  }
});

test('browsers find icons where they look for them by themselves', async () => {
  const icon = await site.get('/favicon.ico');
  expect([icon.statusCode, icon.headers['content-type']]).toEqual([200, 'image/x-icon']);
  expect([...icon.rawPayload.subarray(0, 6)]).toEqual([0, 0, 1, 0, 1, 0]);
  const touch = await site.get('/apple-touch-icon.png');
  expect([touch.statusCode, touch.headers['content-type']]).toEqual([200, 'image/png']);
  expect(touch.rawPayload.subarray(1, 4).toString()).toBe('PNG');
  for (const { headers } of [icon, touch]) {
    expect(headers['cache-control']).toBe('public, max-age=86400');
  }
});

test('crawlers may read everything but searches', async () => {
  const { statusCode, headers, body } = await site.get('/robots.txt');
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
  expect(body).toMatch(/^User-agent: \*\nDisallow: \/search\nSitemap: http\S+\/sitemap\.xml\n$/);
});
