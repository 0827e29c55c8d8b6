import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveSample } from '../../src/editions/pick.js';
import { fileSome } from '../../src/library/file-papers.js';
import { samplePapers } from '../../src/sources/sample/sample.js';
import { saveListing } from '../papers/save-listing.js';
import { attribute, elementText, parseXml, tags, textOf } from './markup.js';
import { HOUR, NOW, openSite, pickFixtures, pickPaper, pickPapers, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite({ publicUrl: 'https://papers.example.org' });
});
afterEach(() => site.close());

async function page(url: string): Promise<string> {
  // As the job does, a moment after papers were taken in.
  await fileSome(site.store.library, 500);
  const { statusCode, body } = await site.get(url);
  expect([url, statusCode]).toEqual([url, 200]);
  return body;
}

const hrefs = (html: string) => tags(html, 'a').map((tag) => attribute(tag, 'href') ?? '');

describe('the page of a paper', () => {
  test('has what is known of it, and leads to its lists, editions and sources', async () => {
    await pickPaper(site, '2026-03-04', {
      title: 'Tide maps',
      summary: 'It draws tides.',
      abstract: 'We draw maps of tides.',
      authors: ['Ada Lovelace', 'Łukasz Ørsted'],
      organisation: 'Harbour Labs',
      keywords: ['tide maps'],
      categories: ['cs.RO'],
      pdfUrl: 'https://arxiv.org/pdf/2603.04999',
      codeUrl: 'https://github.com/harbour/tides',
    });
    const html = await page('/paper/2603.04999');
    expect(elementText(html, 'h1')).toBe('Tide maps');
    expect(textOf(html)).toContain('We draw maps of tides.');
    expect(textOf(html)).toContain('written by an AI model');
    expect(hrefs(html)).toEqual(
      expect.arrayContaining([
        ...['/by/ada-lovelace', '/by/lukasz-orsted', '/lab/harbour-labs', '/topic/robotics'],
        ...['/topic/tide-maps', '/papers/2026-03-04', 'https://arxiv.org/abs/2603.04999'],
        ...['https://arxiv.org/pdf/2603.04999', 'https://github.com/harbour/tides'],
        ...['https://huggingface.co/papers/2603.04999', '/paper/2603.04999.bib'],
      ]),
    );
    const canonical = tags(html, 'link').find((tag) => attribute(tag, 'rel') === 'canonical');
    expect(attribute(canonical, 'href')).toBe('https://papers.example.org/paper/2603.04999');
    const meta = tags(html, 'meta').find((tag) => attribute(tag, 'property') === 'og:title');
    expect(attribute(meta, 'content')).toBe('Tide maps');
    const [, json = ''] = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html) ?? [];
    expect(JSON.parse(json)).toMatchObject({
      '@type': 'ScholarlyArticle',
      headline: 'Tide maps',
      author: [{ name: 'Ada Lovelace' }, { name: 'Łukasz Ørsted' }],
    });
    // All lists that it names are there.
    for (const url of hrefs(html).filter((href) => /^\/(by|lab|topic)\//.test(href))) {
      expect(hrefs(await page(url))).toContain('/paper/2603.04999');
    }
  });

  test('keeps 664 authors usable', async () => {
    const authors = Array.from({ length: 664 }, (_, n) => `Author Number${n}`);
    await pickPaper(site, '2026-03-04', { authors });
    const html = await page('/paper/2603.04999');
    expect(textOf(html)).toContain('644 more authors');
    expect(hrefs(html).filter((href) => href.startsWith('/by/'))).toHaveLength(664);
  });

  test('draws how its votes grew, and says it in words', async () => {
    const papers = [
      { paper: { ...anyPaper }, signal: { upvotes: 5, comments: 0, codeStars: null } },
    ];
    for (const [n, upvotes] of [5, 40, 120].entries()) {
      const signal = { upvotes, comments: 0, codeStars: null };
      const listed = papers.map(({ paper }) => ({ paper, signal }));
      const now = NOW + n * 24 * HOUR;
      await saveListing(site.store.papers, 'huggingface', '2026-03-04', listed, { now });
    }
    const html = await page('/paper/2603.00001');
    expect(tags(html, 'polyline')).toHaveLength(1);
    expect(textOf(html)).toContain('5 on 5 March 2026, 120 on 7 March 2026');
    expect(tags(html, 'tr')).toHaveLength(4);
  });

  test('is one, whatever leads there', async () => {
    await saveListing(site.store.papers, 'feed', '2026-03-03', [
      {
        paper: { ...anyPaper, id: 'doi:10.1234/x', arxivId: null, doi: '10.1234/x' },
        signal: null,
      },
    ]);
    expect(elementText(await page('/paper/doi:10.1234/x'), 'h1')).toBe('Tides');
    await saveListing(site.store.papers, 'huggingface', '2026-03-04', [
      { paper: { ...anyPaper, doi: '10.1234/x' }, signal: null },
    ]);
    for (const other of [
      ...['doi:10.1234/x', 'doi:10.1234%2Fx', '2603.00001v2', 'arXiv:2603.00001'],
      'https%3A%2F%2Farxiv.org%2Fabs%2F2603.00001',
    ]) {
      site.clock.time += HOUR;
      const { statusCode, headers } = await site.get(`/paper/${other}`);
      expect([other, statusCode, headers.location]).toEqual([other, 301, '/paper/2603.00001']);
    }
    const { headers } = await site.get('/paper/doi:10.1234/x.bib');
    expect(headers.location).toBe('/paper/2603.00001.bib');
  });

  test.each([
    '2603.99999',
    'nothing',
    '',
    '%00',
    '../../etc/passwd',
    'a'.repeat(2_000),
    '<script>',
  ])('answers 404 for %s', async (id) => {
    expect((await site.get(`/paper/${id}`)).statusCode).toBe(404);
  });

  test('has a place for old ids, DOIs with odd signs, and what has neither', async () => {
    for (const id of ['cs/0112017', 'doi:10.1234/a//b/../c?d#e%f', 'feed:0123456789abcdef']) {
      const doi = id.startsWith('doi:') ? id.slice(4) : null;
      const arxivId = id.startsWith('cs/') ? id : null;
      await pickPaper(site, '2026-03-04', { id, arxivId, doi, title: `Of ${id}` });
      const [link = ''] = hrefs(await page('/papers/2026-03-04')).filter((href) =>
        href.startsWith('/paper/'),
      );
      expect(elementText(await page(link), 'h1')).toBe(`Of ${id}`);
      // As a browser reads the address.
      const { pathname } = new URL(link, 'https://papers.example.org');
      expect(pathname).toBe(link);
      site.clock.time += HOUR;
    }
  });

  test('says that a paper was withdrawn', async () => {
    const paper = { ...anyPaper, withdrawn: true };
    await saveListing(site.store.papers, 'huggingface', '2026-03-04', [{ paper, signal: null }]);
    expect(textOf(await page('/paper/2603.00001'))).toContain('withdrawn by its authors');
    expect((await site.get('/by/ada-lovelace')).statusCode).toBe(404);
  });

  test('is there for the papers of the sample edition too', async () => {
    const sample = samplePapers();
    await saveSample({ ...site.store, clock: site.clock }, sample.date, sample.papers);
    const links = hrefs(await page('/')).filter((href) => href.startsWith('/paper/'));
    expect(links.length).toBeGreaterThan(3);
    for (const link of links.slice(0, 3)) await page(link);
  });

  test('stays text, whatever is in it', async () => {
    const hostile = `</script><script>alert(1)</script>"'&<think>{{ site }}\u2028`;
    await pickPaper(site, '2026-03-04', {
      ...{ title: hostile, abstract: hostile, summary: hostile, organisation: hostile },
      ...{ authors: [hostile, '../../x', '...'], keywords: [hostile, '/', '..'] },
    });
    const html = await page('/paper/2603.04999');
    expect(html).not.toContain('<script>');
    expect(html.match(/<\/script>/g)?.length).toBe(tags(html, 'script').length);
    for (const url of hrefs(html).filter((href) => /^\/(by|lab|topic)\//.test(href))) {
      const list = await page(url);
      expect(list).not.toContain('<script>alert');
      parseXml((await site.get(`${url}/feed.atom`)).body);
    }
  });

  test('offers papers that have something in common with it', async () => {
    await pickPapers(site, '2026-03-04', [
      { title: 'Tide maps of harbours', keywords: ['tide maps'], authors: ['A. One'] },
      { title: 'Older harbour charts', keywords: ['tide maps'], authors: ['B. Two'] },
      { title: 'Nothing of the kind', keywords: ['kettles'], authors: ['C. Three'] },
    ]);
    const html = await page('/paper/2603.04999');
    const related = hrefs(html.slice(html.indexOf('id="related"')));
    expect(related).toContain('/paper/2603.04998');
    expect(related).not.toContain('/paper/2603.04997');
  });

  test('is not made anew while nothing has changed', async () => {
    await pickFixtures(site, ['2026-03-02']);
    const { headers } = await site.get('/paper/2602.99101');
    const known = String(headers.etag);
    expect((await site.get('/paper/2602.99101', { 'if-none-match': known })).statusCode).toBe(304);
  });
});

const anyPaper = {
  ...{ id: '2603.00001', arxivId: '2603.00001', doi: null as string | null, title: 'Tides' },
  ...{ abstract: 'It says something of tides.', summary: null, authors: ['Ada Lovelace'] },
  ...{ organisation: null, publishedOn: '2026-03-04', url: 'https://example.org/tides' },
  ...{ pdfUrl: null, codeUrl: null, projectUrl: null, keywords: [], categories: [] },
  withdrawn: false,
};

describe('lists of papers', () => {
  test('are paged, with feeds, and followed by the form with that interest', async () => {
    const papers = Array.from({ length: 45 }, (_, n) => ({ title: `Paper ${n}` }));
    await pickPapers(site, '2026-03-04', papers);
    const seen: string[] = [];
    let url: string | undefined = '/by/ada-lovelace';
    for (let pages = 0; url !== undefined && pages < 9; pages++) {
      const html = await page(url);
      seen.push(...hrefs(html).filter((href) => href.startsWith('/paper/')));
      const next = tags(html, 'a').find((tag) => attribute(tag, 'rel') === 'next');
      url = attribute(next, 'href')?.replaceAll('&amp;', '&');
    }
    expect([seen.length, new Set(seen).size]).toEqual([45, 45]);
    const html = await page('/by/ada-lovelace');
    const follow = hrefs(html).find((href) => href.startsWith('/subscribe?')) ?? '';
    const form = await page(follow.replaceAll('&amp;', '&'));
    const box = tags(form, 'input').find((tag) => attribute(tag, 'type') === 'checkbox');
    expect([attribute(box, 'name'), attribute(box, 'value')]).toEqual(['authors', 'Ada Lovelace']);
    const feed = parseXml((await site.get('/by/ada-lovelace/feed.atom')).body);
    expect(feed.children.filter(({ name }) => name === 'entry')).toHaveLength(30);
    const json = (await site.get('/by/ada-lovelace/feed.json')).json();
    expect(json.items[0].url).toBe('https://papers.example.org/paper/2603.04999');
    expect((await site.get('/by/ada-lovelace?page=4')).statusCode).toBe(404);
    expect((await site.get('/by/ada-lovelace?page=x')).statusCode).toBe(404);
  });

  test('have one address, and none where there is nothing', async () => {
    await pickPaper(site, '2026-03-04', { organisation: 'Harbour Labs, Inc.', keywords: ['c++'] });
    const moves: [string, string][] = [
      ['/by/Ada%20Lovelace', '/by/ada-lovelace'],
      ['/by/Lovelace,%20Ada?page=1', '/by/ada-lovelace'],
      ['/by/ADA-LOVELACE/feed.atom', '/by/ada-lovelace/feed.atom'],
      ['/lab/The%20Harbour%20Labs', '/lab/harbour-labs'],
      ['/best/2026-w10', '/best/2026-W10'],
    ];
    await fileSome(site.store.library, 10);
    for (const [from, to] of moves) {
      const { statusCode, headers } = await site.get(from);
      expect([from, statusCode, headers.location]).toEqual([from, 301, to]);
    }
    for (const url of [
      ...['/by/nobody', '/by/...', '/by/%00', '/lab/%3Cscript%3E', `/topic/${'x'.repeat(400)}`],
      ...['/best/2026-W99', '/best/2025-W53', '/best/2026-13', '/best/never', '/best/2020'],
    ]) {
      expect([url, (await site.get(url)).statusCode]).toEqual([url, 404]);
    }
  });

  test('of a week, a month and a year have the most votes first', async () => {
    await pickFixtures(site);
    for (const url of ['/best/2026-W10', '/best/2026-03', '/best/2026']) {
      const html = await page(url);
      const votes = [...textOf(html).matchAll(/(\d+) votes?/g)].map(([, n]) => Number(n));
      expect(votes.length).toBeGreaterThan(3);
      expect(votes).toEqual([...votes].sort((a, b) => b - a));
    }
    expect((await site.get('/best')).headers.location).toBe('/best/2026-W10');
  });

  test('of a search are a feed and an interest', async () => {
    await pickFixtures(site);
    const html = await page('/search?q=%22speech+translation%22+author:%22Ada+Moreno%22+-survey');
    expect(html).toContain('/search');
    const found = await page('/search?q=streaming+speech');
    const links = hrefs(found).map((href) => href.replaceAll('&amp;', '&'));
    expect(links).toContain('/search/feed.atom?q=streaming+speech');
    expect(links).toContain('/subscribe?keywords=streaming+speech');
    const feed = parseXml((await site.get('/search/feed.atom?q=streaming+speech')).body);
    expect(feed.children.some(({ name }) => name === 'entry')).toBe(true);
    expect((await site.get(`/search/feed.atom?q=${'x'.repeat(600)}`)).statusCode).toBe(400);
    expect((await site.get('/search/feed.json?q=')).json()).toMatchObject({ items: [] });
  });
});

describe('the sitemap', () => {
  test('names pages, editions and papers, and robots.txt names it', async () => {
    await pickFixtures(site);
    expect((await site.get('/robots.txt')).body).toContain(
      'Sitemap: https://papers.example.org/sitemap.xml',
    );
    const locations = async (url: string) =>
      [
        ...(await site.get(url)).body.matchAll(/<loc>https:\/\/papers\.example\.org(.*?)<\/loc>/g),
      ].map(([, path = '']) => path);
    const files = await locations('/sitemap.xml');
    expect(files).toEqual(['/sitemap/pages.xml', '/sitemap/papers-1.xml']);
    const all = (await Promise.all(files.map(locations))).flat();
    expect(all).toEqual(expect.arrayContaining(['/', '/papers/2026-03-03', '/paper/2602.99101']));
    for (const path of all) expect([path, (await site.get(path)).statusCode]).toEqual([path, 200]);
    for (const file of ['papers-0', 'papers-2', 'papers-999', 'x']) {
      expect((await site.get(`/sitemap/${file}.xml`)).statusCode).toBe(404);
    }
  });
});
