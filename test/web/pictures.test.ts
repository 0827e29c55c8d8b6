import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { readPicture } from '../../src/pictures/read-picture.js';
import { drawPng } from '../pictures/drawn.js';
import { found } from '../store/contract/dialect.js';
import { attribute, tags } from './markup.js';
import { openSite, pickPapers, type Site, type SiteOptions } from './site.js';

const DAY = '2026-03-04';
const ID = (n: number) => `2603.04${n}`;
const TITLES = ['A <b>bold</b> "claim" & more', 'Second', 'Third', 'Fourth', 'Fifth'];

let site: Site;
afterEach(() => site.close());

/** A site with an edition whose first, second and fourth paper have pictures. */
async function pictured(options: SiteOptions = {}): Promise<void> {
  site = await openSite(options);
  await pickPapers(
    site,
    DAY,
    TITLES.map((title, n) => ({ id: ID(n), arxivId: null, title })),
  );
  const edition = found(await site.store.editions.find(DAY));
  ids = (await site.store.editions.withPapers(edition)).papers.map(({ id }) => id);
  for (const n of [0, 1, 3]) await save(ids[n] ?? '', n + 1);
}

/** The papers as they are ranked. */
let ids: string[] = [];

async function save(paperId: string, seed: number): Promise<void> {
  const picture = await readPicture(await drawPng(800, 400, seed));
  const url = 'https://cdn.example/a.png';
  await site.store.pictures.save({ paperId, url, tries: 0 }, picture, site.clock.now());
}

const unescaped = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#34;', '"')
    .replaceAll('&amp;', '&');

const shown = (html: string) =>
  tags(html, 'img').map((tag) =>
    ['src', 'width', 'height', 'alt', 'loading'].map((name) => attribute(tag, name) ?? ''),
  );

test('papers show the pictures that they have, from this site, with size and words', async () => {
  await pictured();
  for (const path of ['/', `/papers/${DAY}`]) {
    const { body } = await site.get(path);
    const pictures = shown(body);
    expect(pictures.map(([src]) => src?.replace(/[0-9a-f]{20}/, 'HASH'))).toEqual([
      '/pictures/HASH.jpg',
      '/pictures/HASH.webp',
      '/pictures/HASH.webp',
    ]);
    // Twice as wide as high, as they were.
    for (const [, width, height] of pictures) expect(Number(width)).toBe(2 * Number(height));
    for (const [, , , , loading] of pictures) expect(loading).toBe('lazy');
    const titles = ids.map((id) => TITLES[Number(id.at(-1))]);
    const told = (n: number) => `Preview of “${titles[n]}”`;
    expect(pictures.map(([, , , alt]) => unescaped(alt ?? ''))).toEqual([
      told(0),
      told(1),
      told(3),
    ]);
    expect(body).not.toContain('cdn.example');
  }
});

test('a picture may be kept for ever, under the hash of what is in it', async () => {
  await pictured();
  for (const [src = ''] of shown((await site.get('/')).body)) {
    const { statusCode, headers, rawPayload } = await site.get(src);
    const isJpeg = src.endsWith('.jpg');
    expect([statusCode, headers['content-type']]).toEqual([
      200,
      isJpeg ? 'image/jpeg' : 'image/webp',
    ]);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect((await sharp(rawPayload).metadata()).format).toBe(isJpeg ? 'jpeg' : 'webp');
    const etag = String(headers.etag);
    expect((await site.get(src, { 'if-none-match': etag })).statusCode).toBe(304);
  }
});

test('pictures that come later are shown together, within twenty seconds', async () => {
  await pictured();
  site.clock.time += 20_000;
  expect(shown((await site.get('/')).body)).toHaveLength(3);
  site.clock.time += 5_000;
  await save(ids[2] ?? '', 9);
  expect(shown((await site.get('/')).body)).toHaveLength(3);
  site.clock.time += 5_000;
  await save(ids[4] ?? '', 12);
  expect(shown((await site.get('/')).body)).toHaveLength(3);
  site.clock.time += 10_000;
  expect(shown((await site.get('/')).body)).toHaveLength(5);
});

test('a name that is none leads to nothing', async () => {
  await pictured();
  const [[src = ''] = []] = shown((await site.get('/')).body);
  for (const name of [
    '/pictures/',
    '/pictures/0123456789abcdef0123.jpg',
    '/pictures/..%2fsite.css',
    src.replace('.jpg', '.png'),
    src.replace('.jpg', ''),
    `${src}?x`,
  ]) {
    const { statusCode } = await site.get(name);
    expect([name, statusCode]).toEqual([name, name.includes('?') ? 200 : 404]);
  }
});

test('where it is switched off, pages show none', async () => {
  await pictured({ showsPictures: false });
  expect(shown((await site.get('/')).body)).toEqual([]);
});
