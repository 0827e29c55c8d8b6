import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { pickEdition, saveSample } from '../../src/editions/pick.js';
import { samplePapers } from '../../src/sources/sample/sample.js';
import { saveListing } from '../papers/save-listing.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, pickFixtures, pickPaper, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

async function page(url: string): Promise<string> {
  const { statusCode, headers, body } = await site.get(url);
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  return body;
}

describe('the front page', () => {
  test('shows the subscribe form under its promise', async () => {
    const html = await page('/');
    expect(elementText(html, 'h1')).toBe('Get trending papers in your email inbox!');
    const form = tags(html, 'form')[0];
    expect(form?.attributes).toMatchObject({ action: '/subscribe', method: 'post' });
    const inputs = tags(html, 'input');
    expect(inputs.filter((input) => attribute(input, 'type') === 'hidden')).toHaveLength(1);
    const shown = inputs.filter((input) => attribute(input, 'type') !== 'hidden');
    expect(shown.map((input) => attribute(input, 'name'))).toEqual([
      'email',
      'timezone',
      'website',
    ]);
  });

  test('says that the first edition is being prepared while there is none', async () => {
    expect(textOf(await page('/'))).toContain('The first edition is being prepared');
  });

  test('shows the newest edition, best paper first', async () => {
    await pickFixtures(site);
    const html = await page('/');
    expect(textOf(html)).toContain('Wednesday 4 March 2026');
    const articles = tags(html, 'article').map((tag) => attribute(tag, 'id'));
    expect(articles).toEqual(articles.map((_, index) => `paper-${index + 1}`));
    expect(tags(html, 'article').length).toBeGreaterThan(3);
    const newest = await site.store.editions.newest();
    const { papers } = await site.store.editions.withPapers(newest ?? expect.fail('none'));
    for (const paper of papers) expect(textOf(html)).toContain(paper.title);
  });

  test('says so when it shows the sample edition, and stops once there is a real one', async () => {
    const sample = samplePapers();
    await saveSample({ ...site.store, clock: site.clock }, sample.date, sample.papers);
    expect(textOf(await page('/'))).toContain('Sample edition:');
    expect(textOf(await page(`/papers/${sample.date}`))).toContain('Sample edition:');
    await pickFixtures(site);
    expect(textOf(await page('/'))).not.toContain('Sample edition');
    expect(textOf(await page('/archive'))).not.toContain(sample.date);
  });
});

describe('an edition', () => {
  beforeEach(() => pickFixtures(site));

  test('has its own page, with the ones before and after it', async () => {
    const html = await page('/papers/2026-03-03');
    expect(elementText(html, 'h1')).toBe('Tuesday 3 March 2026');
    const links = tags(html, 'a').filter((tag) => attribute(tag, 'rel'));
    expect(links.map(({ attributes }) => [attributes['rel'], attributes['href']])).toEqual([
      ['prev', '/papers/2026-03-02'],
      ['next', '/papers/2026-03-04'],
    ]);
  });

  test('links paper, PDF and code', async () => {
    const links = tags(await page('/papers/2026-03-02'), 'a').map((tag) => attribute(tag, 'href'));
    expect(links).toContain('/paper/2602.99101');
    expect(links).toContain('https://arxiv.org/pdf/2602.99101');
    expect(links).toContain('https://github.com/harbour-speech/lanternfish');
  });

  test('answers 404 for a day without one', async () => {
    const { statusCode, body } = await site.get('/papers/2026-01-01');
    expect([statusCode, elementText(body, 'h1')]).toEqual([404, 'No edition of that day']);
    expect(textOf(body)).toContain('There is no edition of Thursday 1 January 2026.');
  });

  test.each(['yesterday', '2026-02-30', '2026-3-2', '20260302', '2026-03-02T00:00', '%00'])(
    'answers 400 for %s, which is no date',
    async (date) => {
      const { statusCode, body } = await site.get(`/papers/${date}`);
      expect([statusCode, elementText(body, 'h1')]).toEqual([400, 'That is not a date']);
      expect(textOf(body)).toMatch(/is not a date; write it as YYYY-MM-DD\./);
    },
  );
});

describe('texts from outside', () => {
  const HOSTILE =
    '<script>alert(1)</script> "quoted" \'single\' & <think> {{ site.url }} {% raw %}';

  test('stay text, whatever is in them', async () => {
    await pickPaper(site, '2026-03-04', {
      title: HOSTILE,
      abstract: `${HOSTILE} `.repeat(30),
      summary: HOSTILE,
      authors: [HOSTILE, 'B. Author', 'C. Author', 'D. Author'],
      organisation: HOSTILE,
    });
    for (const url of ['/', '/papers/2026-03-04', '/archive']) {
      const html = await page(url);
      expect(html).not.toContain('<script>');
      expect(tags(html, 'think')).toEqual([]);
      expect(textOf(html)).toContain(HOSTILE);
    }
  });

  test('stay text when they come back to the form', async () => {
    const { statusCode, body } = await site.post('/subscribe', {
      email: '"><script>alert(1)</script>',
      hour: '"><img src=x>',
    });
    expect(statusCode).toBe(400);
    expect(body).not.toContain('<script>');
    expect(tags(body, 'img')).toEqual([]);
  });
});

describe('the archive', () => {
  test('says so while it is empty', async () => {
    expect(textOf(await page('/archive'))).toContain('There are no editions yet.');
  });

  test('lists editions newest first, each with the title of its lead', async () => {
    await pickFixtures(site);
    const html = await page('/archive');
    const links = tags(html, 'a').map((tag) => attribute(tag, 'href'));
    expect(links.filter((href) => href?.startsWith('/papers/'))).toEqual([
      '/papers/2026-03-04',
      '/papers/2026-03-03',
      '/papers/2026-03-02',
    ]);
    expect(textOf(html)).toContain('Lanternfish: Streaming Speech Translation');
  });

  test('turns pages until every edition was shown once', async () => {
    const days = Array.from({ length: 65 }, (_, n) =>
      new Date(Date.UTC(2025, 0, 1) + n * 86_400_000).toISOString().slice(0, 10),
    );
    for (const day of days) await pickPaper(site, day, {});
    const seen: string[] = [];
    let url: string | undefined = '/archive';
    let pages = 0;
    while (url !== undefined) {
      const links = tags(await page(url), 'a');
      for (const { attributes } of links) {
        const [, day] = /^\/papers\/(.*)$/.exec(String(attributes['href'])) ?? [];
        if (day !== undefined) seen.push(day);
      }
      const newer = links.find((link) => attribute(link, 'rel') === 'prev');
      expect(attribute(newer, 'href')).toBe(pages === 0 ? undefined : '/archive');
      url = attribute(
        links.find((link) => attribute(link, 'rel') === 'next'),
        'href',
      );
      pages++;
    }
    expect(seen).toEqual([...days].reverse());
    expect(pages).toBe(2);
  });

  test('is in months, of which each is one step away, with years of editions', async () => {
    const days = Array.from({ length: 30 }, (_, n) =>
      new Date(Date.UTC(2023, 10 + n, 1 + (n % 3))).toISOString().slice(0, 10),
    );
    for (const day of [...days, '2026-04-29']) {
      await pickPaper(site, day, {});
    }
    const html = await page('/archive');
    const headings = tags(html, 'h2').length;
    expect([elementText(html, 'h2'), headings]).toEqual(['April 2026', 29]);
    expect(textOf(html)).toMatch(/2026 April 2026 \(2 editions ?\) March 2026 \(1 edition ?\)/);
    const month = tags(html, 'a').find((tag) => attribute(tag, 'href')?.endsWith('=2024-03-01'));
    const february = await page(attribute(month, 'href') ?? '');
    expect(elementText(february, 'h2')).toBe('February 2024');
  });

  test.each(['soon', '2026-13-01', ''])('answers 400 for before=%s', async (before) => {
    expect((await site.get(`/archive?before=${before}`)).statusCode).toBe(400);
  });

  test('answers 400 when before comes twice', async () => {
    const url = '/archive?before=2026-03-04&before=2026-03-03';
    expect((await site.get(url)).statusCode).toBe(400);
  });
});

describe('what is not there', () => {
  test.each([
    '/nothing',
    '/nothing/subscribe',
    '/papers/2026/03',
    '/assets/nothing.css',
    '/assets/..%2f..%2fpackage.json',
  ])('GET %s answers a page with the way home, or JSON to a program', async (url) => {
    const html = await site.get(url);
    expect([html.statusCode, elementText(html.body, 'h1')]).toEqual([404, 'There is nothing here']);
    expect(tags(html.body, 'a').map((tag) => attribute(tag, 'href'))).toContain('/');
    const json = await site.get(url, { accept: 'application/json' });
    expect(json.statusCode).toBe(404);
    expect(json.json()).toEqual({
      error: { code: 'not_found', message: 'The page you asked for does not exist.' },
    });
  });

  test('is JSON below /api whatever is accepted', async () => {
    const { statusCode, headers } = await site.get('/api/v1/nothing');
    expect([statusCode, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
  });

  test.each([
    ['an escape cut short', '/%'],
    ['half a character', '/papers/%E0%A4'],
    ['a very long address', `/${'x'.repeat(3000)}`],
  ])('%s gets the same page and headers', async (_what, url) => {
    const { statusCode, headers, body } = await site.get(url);
    expect([statusCode, elementText(body, 'h1')]).toEqual([404, 'There is nothing here']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });
});

test('addresses work with a slash at the end', async () => {
  await pickFixtures(site);
  for (const url of ['/archive/', '/papers/2026-03-03/', '/healthz/']) {
    expect((await site.get(url)).statusCode).toBe(200);
  }
});

test('the confirmation mail’s page tells where the embedded inbox is, when it is in use', async () => {
  const other = await openSite({ inboxUrl: 'http://localhost:1080' });
  try {
    const { body } = await other.post('/subscribe', { email: 'ada@reader.test' });
    expect(tags(body, 'a').map((tag) => attribute(tag, 'href'))).toContain('http://localhost:1080');
  } finally {
    await other.close();
  }
});

describe('an edition of papers on which nobody counts votes', () => {
  test('shows none, and says where it is from', async () => {
    const { papers, editions } = site.store;
    await pickPaper(site, '2026-03-03', { title: 'Voted for' });
    const [voted] = await papers.listedOn('2026-03-03');
    if (!voted) throw new Error('The paper is not listed.');
    const { signal: _signal, sources: _sources, ...paper } = voted;
    const quiet = {
      ...paper,
      id: '2603.00077',
      arxivId: '2603.00077',
      title: 'Quiet',
      abstract: 'ש',
    };
    await saveListing(papers, 'arxiv', '2026-03-04', [{ paper: quiet, signal: null }]);
    const logger = createLogger('silent');
    await pickEdition({ papers, editions, clock: site.clock, logger }, '2026-03-04');
    const { body } = await site.get('/papers/2026-03-04');
    expect(textOf(body)).toContain('Quiet');
    expect(body).not.toContain('class="votes"');
    expect(body).toMatch(/<h2 dir="auto"><a[^>]*>Quiet/);
    const foot = (html: string) =>
      textOf(html.slice(html.indexOf('<footer'))).replace(/ ([.,])/g, '$1');
    expect(foot(body)).toContain('Papers from: arXiv Suggest');
    const before = (await site.get('/papers/2026-03-03')).body;
    expect(before).toContain('class="votes"');
    expect(foot(before)).toContain(
      'Papers from: Hugging Face Daily Papers, gathered and voted for',
    );
    expect(foot((await site.get('/archive')).body)).not.toContain('Hugging Face');
  });
});
