import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { freezeEdition } from '../../src/editions/freeze.js';
import { textOf } from './markup.js';
import { openSite, pickFixtures, pickPaper, type Site } from './site.js';

const DAY = '2026-03-04';
/** How long a page may be sent without a look, in milliseconds. */
const MOST = 1_000;
const PAGES = ['/', `/papers/${DAY}`, '/archive', '/feed.atom', '/feed.json'];
const PUBLIC = 'public, max-age=60, stale-while-revalidate=60';

let site: Site;

describe('a page that is the same for everybody', () => {
  beforeEach(async () => {
    site = await openSite({ standstill: true });
    await pickFixtures(site);
  });
  afterEach(() => site.close());

  test('is rendered once, however many ask for it at once and one after the other', async () => {
    const read = vi.spyOn(site.store.editions, 'withPapers');
    await Promise.all(Array.from({ length: 20 }, () => site.get('/')));
    for (let n = 0; n < 20; n++) await site.get('/?from=mail');
    expect(read).toHaveBeenCalledTimes(1);
    await site.get(`/papers/${DAY}`);
    await site.get(`/papers/${DAY}/`);
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('asks the store at most four times a second whether something has changed', async () => {
    const look = vi.spyOn(site.store.editions, 'version');
    for (let n = 0; n < 50; n++) {
      await site.get('/');
      site.clock.time += 50;
    }
    expect(look.mock.calls.length).toBeGreaterThan(4);
    expect(look.mock.calls.length).toBeLessThanOrEqual(10);
  });

  test('is not rendered again while nothing has changed', async () => {
    const read = vi.spyOn(site.store.editions, 'withPapers');
    for (let n = 0; n < 5; n++) {
      await site.get('/');
      site.clock.time += 60_000;
    }
    expect(read).toHaveBeenCalledTimes(1);
  });

  test.each(PAGES)('%s shows an edition that was picked since, within a second', async (url) => {
    const before = (await site.get(url)).body;
    await pickPaper(site, url.includes(DAY) ? DAY : '2026-03-05', { title: 'A newer paper' });
    site.clock.time += MOST;
    const after = (await site.get(url)).body;
    expect(before).not.toContain('A newer paper');
    expect(after).toContain('A newer paper');
  });

  test.each(PAGES)('%s shows what an editor says, within a second', async (url) => {
    await site.get(url);
    const { editions } = site.store;
    const edition = (await editions.newest()) ?? expect.fail('There is none.');
    const { revision, ...curation } = await editions.curation(edition.id);
    expect(
      await editions.saveCuration(edition.id, { ...curation, note: 'Read this.' }, revision),
    ).toBe(true);
    site.clock.time += MOST;
    const { body } = await site.get(url);
    expect(body.includes('Read this.')).toBe(url !== '/archive');
  });

  test('is rendered again when an edition was frozen', async () => {
    await site.get('/');
    const { editions } = site.store;
    const { id } = (await editions.newest()) ?? expect.fail('There is none.');
    const read = vi.spyOn(editions, 'withPapers');
    await freezeEdition({ editions, logger: createLogger('silent') }, id, site.clock.now());
    site.clock.time += MOST;
    await site.get('/');
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('is not kept when it was rendered while something changed', async () => {
    const { editions } = site.store;
    const neighbours = editions.neighbours.bind(editions);
    vi.spyOn(editions, 'neighbours').mockImplementationOnce(async (date) => {
      const found = await neighbours(date);
      await pickPaper(site, '2026-03-05', {});
      site.clock.time += MOST;
      // Somebody else notices the change meanwhile.
      await site.get('/');
      return found;
    });
    expect((await site.get(`/papers/${DAY}`)).body).not.toContain('/papers/2026-03-05');
    expect((await site.get(`/papers/${DAY}`)).body).toContain('/papers/2026-03-05');
  });

  test('is not kept when it could not be rendered', async () => {
    const { editions } = site.store;
    vi.spyOn(editions, 'withPapers').mockRejectedValueOnce(new Error('The store is away.'));
    expect((await site.get('/')).statusCode).toBe(500);
    expect((await site.get('/')).statusCode).toBe(200);
  });

  test('of a day without an edition is there once that has one', async () => {
    expect((await site.get('/papers/2026-03-05')).statusCode).toBe(404);
    await pickPaper(site, '2026-03-05', {});
    site.clock.time += MOST;
    expect((await site.get('/papers/2026-03-05')).statusCode).toBe(200);
  });
});

describe('what browsers and CDNs may do', () => {
  // The pages are only read, so one site does for all.
  beforeAll(async () => {
    site = await openSite();
    await pickFixtures(site);
  });
  afterAll(() => site.close());

  test.each([...PAGES, '/suggest', '/timezones', '/api/docs', '/api/openapi.json'])(
    '%s may be kept for a minute, and asked for again by its entity tag',
    async (url) => {
      const first = await site.get(url, { 'accept-encoding': 'gzip, deflate, br' });
      expect(first.statusCode).toBe(200);
      expect(first.headers).toMatchObject({
        'cache-control': PUBLIC,
        'content-encoding': 'gzip',
        vary: 'accept-encoding',
        'content-length': String(first.rawPayload.length),
      });
      const plain = await site.get(url);
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(gunzipSync(first.rawPayload).equals(plain.rawPayload)).toBe(true);
      expect(first.headers.etag).not.toBe(plain.headers.etag);

      for (const tag of [first.headers.etag, `"other", W/${first.headers.etag}`, '*']) {
        const headers = { 'accept-encoding': 'gzip', 'if-none-match': String(tag) };
        const again = await site.get(url, headers);
        expect([again.statusCode, again.body]).toEqual([304, '']);
        expect(again.headers).toMatchObject({
          ...{ etag: first.headers.etag, 'cache-control': PUBLIC, vary: 'accept-encoding' },
        });
        expect(again.headers['content-length']).toBeUndefined();
      }
      const { statusCode } = await site.get(url, { 'if-none-match': '"another"' });
      expect(statusCode).toBe(200);
    },
  );

  test.each([
    [undefined, false],
    ['', false],
    ['identity', false],
    ['br', false],
    ['gzip;q=0', false],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['gzip', true],
    ['GZIP', true],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
    ['*', true],
  ])('accept-encoding %s is heeded', async (accepted, compressed) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    const answer = await site.get('/', headers);
    expect(answer.headers['content-encoding'] === 'gzip').toBe(compressed);
  });

  test('HEAD tells the same without the page', async () => {
    const url = '/';
    const { headers } = await site.get(url);
    const head = await site.app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    for (const name of ['etag', 'content-length', 'cache-control', 'content-type']) {
      expect([name, head.headers[name]]).toEqual([name, headers[name]]);
    }
  });

  test('results of a search are compressed, asked for anew each time, and kept by one alone', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const { headers: answered, rawPayload } = await site.get('/search?q=speech', headers);
    expect(answered).toMatchObject({
      'cache-control': 'private, no-cache',
      'content-encoding': 'gzip',
      vary: expect.stringContaining('accept-encoding'),
    });
    expect(textOf(gunzipSync(rawPayload).toString())).toContain('Search');
    const tag = String(answered.etag);
    const again = await site.get('/search?q=speech', { ...headers, 'if-none-match': tag });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  test('how the program is, is kept by nobody', async () => {
    for (const url of ['/healthz', '/readyz', '/metrics']) {
      expect((await site.get(url)).headers['cache-control']).toBe('no-store');
    }
  });

  test('the tag changes with the page', async () => {
    const tag = async () => (await site.get('/')).headers.etag;
    const before = await tag();
    expect(await tag()).toBe(before);
    await pickPaper(site, '2026-03-05', {});
    expect(await tag()).not.toBe(before);
  });
});
