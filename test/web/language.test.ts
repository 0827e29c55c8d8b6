import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Catalogues } from '../../src/views/catalogues.js';
import { Messages } from '../../src/views/messages.js';
import { english } from '../support/words.js';
import { openSite, type Site } from './site.js';

/** German of which one message is known; what is not there stays English. */
const german = new Messages(
  { code: 'de', name: 'Deutsch', direction: 'ltr', locale: 'de' },
  new Map([['layout.archive', 'Archiv']]),
  english,
);
const brazilian = new Messages(
  { code: 'pt-BR', name: 'Português', direction: 'ltr', locale: 'pt-BR' },
  new Map([['layout.archive', 'Arquivo']]),
  english,
);

let site: Site;
beforeAll(async () => {
  site = await openSite({ texts: new Catalogues([english, german, brazilian], 'en') });
});
afterAll(() => site.close());

const archiveOf = (html: string) => /href="\/archive"[^>]*>([^<]+)</.exec(html)?.[1];

async function shown(headers: Record<string, string> = {}, path = '/'): Promise<unknown> {
  return archiveOf((await site.get(path, headers)).body);
}

describe('the language of a page', () => {
  test.each([
    [undefined, 'Archive'],
    ['de', 'Archiv'],
    ['de-AT, en;q=0.8', 'Archiv'],
    ['en-US, de;q=0.9', 'Archive'],
    ['de;q=0.2, en;q=0.9', 'Archive'],
    ['pt', 'Arquivo'],
    ['pt-PT', 'Arquivo'],
    ['sw, *', 'Archive'],
    ['de;q=0', 'Archive'],
    ['x'.repeat(2_000), 'Archive'],
    [';;,,=, de_DE, \u0000', 'Archiv'],
  ])('is what the browser asks for: %s', async (accepted, word) => {
    expect(await shown(accepted === undefined ? {} : { 'accept-language': accepted })).toBe(word);
  });

  test('is in the page for screen readers, and in what caches go by', async () => {
    const { body, headers } = await site.get('/', { 'accept-language': 'de' });
    expect(body).toContain('<html lang="de" dir="ltr">');
    expect(headers.vary).toBe('accept-encoding, accept-language, cookie');
    expect(headers['cache-control']).toContain('public');
    const again = await site.get('/', {
      'accept-language': 'de',
      'if-none-match': `${headers.etag}`,
    });
    expect([again.statusCode, again.headers.vary]).toEqual([304, headers.vary]);
    const english = await site.get('/', { 'if-none-match': `${headers.etag}` });
    expect(english.statusCode).toBe(200);
  });

  test('is the one that was chosen on any page, whatever the browser asks for', async () => {
    const { statusCode, headers } = await site.get('/archive?before=2026-03-05&lang=de');
    expect([statusCode, headers.location]).toEqual([302, '/archive?before=2026-03-05']);
    expect(headers['cache-control']).toBe('no-store');
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/^lang=de; Path=\/; Max-Age=\d+; SameSite=Lax; HttpOnly$/);
    const sent = { cookie: `other=1; ${cookie.split(';')[0]}`, 'accept-language': 'en' };
    expect(await shown(sent)).toBe('Archiv');
    expect(await shown({ cookie: 'lang=xx', 'accept-language': 'pt' })).toBe('Arquivo');
  });

  test('is offered at the foot of each page, but for the one that it has', async () => {
    const { body } = await site.get('/archive', { 'accept-language': 'de' });
    expect([...body.matchAll(/href="\?lang=([\w-]+)"/g)].map(([, code]) => code)).toEqual([
      'en',
      'pt-BR',
    ]);
  });

  test.each(['//evil.example/?lang=de', '/\\evil.example/?lang=de', '/%2f/evil.example?lang=de'])(
    'leads to no other site: %s',
    async (url) => {
      const location = String((await site.get(url)).headers.location ?? '/');
      expect(new URL(location, 'http://localhost:3000').host).toBe('localhost:3000');
    },
  );

  test('that is not there changes nothing', async () => {
    const { statusCode, headers } = await site.get('/?lang=xx');
    expect([statusCode, headers['set-cookie']]).toEqual([200, undefined]);
  });

  test('is no cookie of who has chosen none', async () => {
    expect((await site.get('/')).headers['set-cookie']).toBeUndefined();
  });
});
