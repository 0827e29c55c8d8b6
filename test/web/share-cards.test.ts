import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attribute, tags } from './markup.js';
import { openSite, pickFixtures, type Site } from './site.js';

let site: Site;
beforeEach(async () => {
  site = await openSite({ publicUrl: 'https://papers.example.org' });
  await pickFixtures(site);
});
afterEach(() => site.close());

const metaOf = (html: string) =>
  new Map(
    tags(html, 'meta').map((tag) => [
      attribute(tag, 'property') ?? attribute(tag, 'name') ?? '',
      attribute(tag, 'content') ?? '',
    ]),
  );

test('pages name a picture of their own, which this site draws', async () => {
  for (const [path, name] of [
    ['/', 'site.png'],
    ['/archive', 'site.png'],
    ['/papers/2026-03-03', '2026-03-03.png'],
  ] as const) {
    const meta = metaOf((await site.get(path)).body);
    expect(meta.get('og:image')).toBe(`https://papers.example.org/og/${name}`);
    expect(meta.get('twitter:card')).toBe('summary_large_image');
    expect(meta.get('og:title')).not.toBe('');
    // The address as it stands there.
    const at = (meta.get('og:image') ?? '').replace('https://papers.example.org', '');
    const { statusCode, headers, rawPayload } = await site.get(at);
    expect([statusCode, headers['content-type']]).toEqual([200, 'image/png']);
    expect((await sharp(rawPayload).metadata()).width).toBe(1_200);
    expect(String(headers.vary)).not.toMatch(/language|cookie/);
    expect(headers['cache-control']).toContain('public');
    const again = await site.get(`/og/${name}`, { 'if-none-match': String(headers.etag) });
    expect(again.statusCode).toBe(304);
  }
});

test('a page that is not to be found has none, and other names lead to nothing', async () => {
  expect(metaOf((await site.get('/search?q=x')).body).has('og:image')).toBe(false);
  for (const name of ['2019-01-01.png', '2026-03-03', '2026-03-03-week.png', 'x.png', '..%2fa']) {
    expect([name, (await site.get(`/og/${name}`)).statusCode]).toEqual([name, 404]);
  }
  expect((await site.get('/og/2026-02-30.png')).statusCode).toBe(400);
});

test('the manifest names the site, and icons that are there', async () => {
  const [link] = tags((await site.get('/')).body, 'link').filter(
    (tag) => attribute(tag, 'rel') === 'manifest',
  );
  const { headers, body } = await site.get((link && attribute(link, 'href')) ?? '');
  expect(headers['content-type']).toBe('application/manifest+json; charset=utf-8');
  const manifest = JSON.parse(body);
  expect(manifest.name).toBe('Paperboy');
  expect(manifest.icons.map(({ purpose }: { purpose: string }) => purpose)).toContain('maskable');
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await site.get(src);
    expect([icon.statusCode, icon.headers['content-type']]).toEqual([200, type]);
    if (sizes === 'any') continue;
    const { width, height } = await sharp(icon.rawPayload).metadata();
    expect(`${width}x${height}`).toBe(sizes);
  }
});

test('a first visit loads at most 50 KB without fonts and pictures of papers', async () => {
  const home = await site.get('/', { 'accept-encoding': 'gzip' });
  const html = gunzipSync(home.rawPayload).toString();
  let bytes = home.rawPayload.length;
  let fonts = 0;
  const loaded = [
    ...tags(html, 'script').map((tag) => attribute(tag, 'src')),
    ...tags(html, 'link')
      .filter((tag) => !/alternate|apple/.test(attribute(tag, 'rel') ?? ''))
      .map((tag) => attribute(tag, 'href')),
  ];
  for (const address of loaded) {
    const file = await site.get(address ?? '', { 'accept-encoding': 'gzip' });
    expect(file.statusCode).toBe(200);
    if (address?.endsWith('.woff2')) fonts += file.rawPayload.length;
    else bytes += file.rawPayload.length;
  }
  expect(bytes).toBeLessThanOrEqual(50_000);
  // Regular and bold; the third style is loaded where a page has it.
  expect(fonts).toBeLessThanOrEqual(40_000);
});

test('fonts that the stylesheet names are there, in all at most 60 KB where a page is in English', async () => {
  const css = (await site.get('/assets/site.css')).body;
  let english = 0;
  for (const [, face = ''] of css.matchAll(/@font-face \{([^}]+)\}/g)) {
    const [, url] = /url\("([^"]+)"\)/.exec(face) ?? [];
    if (url === undefined) continue;
    expect(url).toMatch(/^\/assets\/serif-[a-z-]+\.[0-9a-f]{10}\.woff2$/);
    const { statusCode, headers, rawPayload } = await site.get(url);
    expect([statusCode, headers['content-type']]).toEqual([200, 'font/woff2']);
    expect(headers['cache-control']).toContain('immutable');
    if (!url.includes('-ext')) english += rawPayload.length;
    expect(face).toContain('font-display: swap');
  }
  expect(english).toBeGreaterThan(30_000);
  expect(english).toBeLessThanOrEqual(60_000);
});
