import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { saveListing } from '../papers/save-listing.js';
import { hostile } from '../store/contract/searching.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, pickFixtures, pickPaper, type Site } from './site.js';

let site: Site;
beforeAll(async () => {
  site = await openSite({ trustProxy: true });
  await pickFixtures(site);
});
afterAll(() => site.close());

let client = 0;

/** Asks as a client that has not asked before, so that no limit is met. */
function ask(fields: Record<string, string>, where = site) {
  client += 1;
  const forwarded = `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`;
  const headers = { 'x-forwarded-for': forwarded };
  return where.get(`/search?${new URLSearchParams(fields)}`, headers);
}

async function page(fields: Record<string, string>, where = site): Promise<string> {
  const { statusCode, body } = await ask(fields, where);
  expect([fields, statusCode]).toEqual([fields, 200]);
  return body;
}

const marks = (html: string) => [...html.matchAll(/<mark>(.*?)<\/mark>/g)].map(([, text]) => text);
const links = (html: string) => tags(html, 'a').map((tag) => attribute(tag, 'href') ?? '');

describe('the search page', () => {
  test('is a form that needs no script, and is linked from every page', async () => {
    const html = await page({});
    expect(tags(html, 'form')[0]?.attributes).toMatchObject({ action: '/search', method: 'get' });
    expect(tags(html, 'input').map((tag) => attribute(tag, 'name'))).toEqual(['q', 'from', 'to']);
    expect(tags(html, 'h2')).toEqual([]);
    for (const url of ['/', '/archive', '/papers/2026-03-03']) {
      expect(links((await site.get(url)).body)).toContain('/search');
    }
    const archive = tags((await site.get('/archive')).body, 'form')[0];
    expect(attribute(archive, 'action')).toBe('/search');
  });

  test('shows what was found, marked, with the edition that carries it and arXiv', async () => {
    const html = await page({ q: 'lanternfish' });
    expect(elementText(html, 'h2')).toBe('1 paper');
    expect(marks(html)).toContain('Lanternfish');
    expect(links(html)).toEqual(
      expect.arrayContaining([
        '/paper/2602.99101',
        '/papers/2026-03-02',
        'https://arxiv.org/abs/2602.99101',
      ]),
    );
    expect(textOf(html)).toContain('Monday 2 March 2026');
    expect(attribute(tags(html, 'input')[0], 'value')).toBe('lanternfish');
  });

  test('is not for search engines', async () => {
    for (const fields of [{}, { q: 'lanternfish' }, { q: 'x', from: 'soon' }]) {
      const { headers, body } = await ask(fields);
      expect(headers['x-robots-tag']).toBe('noindex');
      expect(tags(body, 'meta').map((tag) => attribute(tag, 'content'))).toContain('noindex');
    }
  });

  test('keeps to the days of the form', async () => {
    const carried = (html: string) =>
      new Set(links(html).filter((href) => href.startsWith('/papers/')));
    const html = await page({ q: 'we', from: '2026-03-03', to: '2026-03-03' });
    expect(carried(html)).toEqual(new Set(['/papers/2026-03-03']));
    expect(tags(html, 'input').map((tag) => attribute(tag, 'value'))).toEqual([
      ...['we', '2026-03-03', '2026-03-03'],
    ]);
    expect(tags(html, 'details')[0]?.attributes).toHaveProperty('open');
  });

  test.each(['2602.99101', 'arXiv:2602.99101v2', 'https://arxiv.org/pdf/2602.99101'])(
    'finds the paper of %s',
    async (q) => {
      const html = await page({ q });
      expect(links(html)).toContain('/paper/2602.99101');
      expect(tags(html, 'article')).toHaveLength(1);
    },
  );

  test.each([
    [{ q: 'nobodyhaswrittenthis' }, 'No paper has all of that'],
    [{ q: '2602.00000' }, 'No paper has all of that'],
    [{ q: '-lanternfish' }, 'There is no word in that to search for'],
    [{ q: '😀' }, 'There is no word in that to search for'],
    [{ q: 'lanternfish', page: '7' }, 'There are no more pages'],
  ])('says so when nothing is there for %o', async (fields, heading) => {
    const html = await page(fields);
    expect(elementText(html, 'h2')).toBe(heading);
    expect(tags(html, 'article')).toEqual([]);
  });

  test.each([
    [{ q: 'x'.repeat(10_000) }, 'q', 'A search may have 500 characters; this one has 10000.'],
    [{ q: 'x', from: 'soon' }, 'from', '"soon" is not a date; write it as YYYY-MM-DD.'],
    [{ q: 'x', to: 'late' }, 'to', '"late" is not a date; write it as YYYY-MM-DD.'],
    [
      { q: 'x', from: '2026-03-03', to: '2026-03-02' },
      'from',
      'The first day is after the last one.',
    ],
  ])(
    'answers 400 with the form and a sentence at its field (%#)',
    async (fields, field, sentence) => {
      const { statusCode, body } = await ask(fields);
      expect(statusCode).toBe(400);
      const alert = tags(body).find((tag) => attribute(tag, 'role') === 'alert');
      expect(attribute(alert, 'id')).toBe(`${field}-error`);
      const wrong = tags(body).filter((tag) => attribute(tag, 'aria-invalid') === 'true');
      expect(wrong.map((tag) => attribute(tag, 'name'))).toEqual([field]);
      expect(textOf(body)).toContain(sentence);
      expect(body.length).toBeLessThan(20_000);
    },
  );
});

describe('what was typed', () => {
  test('and what was found stay text', async () => {
    const other = await openSite();
    const title = '<script>alert(1)</script> & <mark>"lantern"</mark> {{ site.url }}';
    await pickPaper(other, '2026-03-04', { title, abstract: title, authors: [title] });
    const html = (await other.get(`/search?q=${encodeURIComponent('<script> lantern" alert')}`))
      .body;
    await other.close();
    expect(tags(html, 'script')).toEqual([]);
    expect(textOf(html)).toContain(title);
    expect(new Set(marks(html))).toEqual(new Set(['lantern', 'alert', 'script']));
  });

  test('never ends in a fault of ours', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (q, other) => {
        const { statusCode, body } = await ask({ q });
        expect(statusCode).toBe(200);
        expect(tags(body, 'script')).toEqual([]);
        expect([200, 400]).toContain((await ask({ q, from: other })).statusCode);
        expect((await ask({ q: 'we', page: other })).statusCode).toBe(200);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    'q=%00',
    'q=%',
    'q=%ff%fe',
    'q=a&q=b',
    'q[x]=1',
    'q',
    'q=lantern&__proto__=1',
    '&&&=',
    'q=%ed%a0%bd',
  ])('may be %s', async (query) =>
    expect((await site.get(`/search?${query}`)).statusCode).toBe(200),
  );

  test('by a program that wants JSON gets its refusal on the same page', async () => {
    const { statusCode } = await site.get('/search?q=x&from=soon', { accept: 'application/json' });
    expect(statusCode).toBe(400);
  });
});

describe('many results', () => {
  let many: Site;
  beforeAll(async () => {
    many = await openSite({ trustProxy: true });
    const listed = Array.from({ length: 530 }, (_, n) => ({
      paper: {
        ...{ id: `2601.${10_000 + n}`, title: `Lantern ${n}`, abstract: '', summary: null },
        ...{ authors: [], organisation: null, publishedOn: null, pdfUrl: null, codeUrl: null },
        ...{ url: `https://papers.test/${n}`, projectUrl: null, keywords: [] },
        ...{ arxivId: `2601.${10_000 + n}`, doi: null, categories: [], withdrawn: false },
      },
      signal: { upvotes: 0, comments: 0, codeStars: null },
    }));
    await saveListing(many.store.papers, 'huggingface', '2026-01-02', listed.slice(0, 45));
    await saveListing(many.store.papers, 'huggingface', '2026-01-03', listed.slice(45));
  });
  afterAll(() => many.close());

  const results = (html: string) => links(html).filter((href) => href.startsWith('/paper/'));

  test('are turned by pages, each once', async () => {
    const seen: string[] = [];
    let fields: Record<string, string> | undefined = { q: 'lantern', to: '2026-01-02' };
    while (fields) {
      const html = await page(fields, many);
      expect(elementText(html, 'h2')).toBe('45 papers');
      seen.push(...results(html));
      const next = tags(html, 'a').find((tag) => attribute(tag, 'rel') === 'next');
      const href = attribute(next, 'href')?.replaceAll('&amp;', '&');
      fields =
        href === undefined
          ? undefined
          : Object.fromEntries(new URL(href, 'http://localhost').searchParams);
    }
    expect(seen).toHaveLength(45);
    expect(new Set(seen).size).toBe(45);
  });

  test('are not counted beyond those that can be reached', async () => {
    const html = await page({ q: 'lantern' }, many);
    expect(elementText(html, 'h2')).toBe('More than 300 papers');
    expect(results(await page({ q: 'lantern', page: '15' }, many))).toHaveLength(20);
    expect(results(await page({ q: 'lantern', page: '16' }, many))).toHaveLength(0);
  });
});

describe('more searches than a person makes', () => {
  let limited: Site;
  afterEach(() => limited.close());

  test('are told so, and cost nobody else anything', async () => {
    limited = await openSite();
    for (let n = 0; n < 60; n++) {
      expect((await limited.get('/search?q=lantern')).statusCode).toBe(200);
    }
    const { statusCode, body } = await limited.get('/search?q=lantern');
    expect([statusCode, elementText(body, 'h1')]).toEqual([429, 'Too many requests']);
    const other = await limited.app.inject({ url: '/search?q=x', remoteAddress: '192.0.2.9' });
    expect(other.statusCode).toBe(200);
    expect((await limited.get('/')).statusCode).toBe(200);
  });
});
