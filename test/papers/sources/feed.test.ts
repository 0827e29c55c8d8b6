import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publicOnly } from '../../../src/papers/address-guard.js';
import { htmlToText } from '../../../src/papers/html-text.js';
import type { SourceAnswer } from '../../../src/papers/paper.js';
import { feeds } from '../../../src/papers/sources/feed.js';
import { type Asking, asking, type Served, serve } from '../asking.js';

/** Where the clock of the tests stands. */
const TODAY = '2026-03-04';

let deps: Asking;
let bodies: Map<string, string | number>;
let served: Served;
/** Whether answers have entity tags, and what they were. */
let etags: boolean;
let statuses: number[];
beforeEach(async () => {
  [etags, statuses] = [false, []];
  deps = asking({ tries: 1, timeout: 20_000 });
  bodies = new Map();
  served = await serve((request, response) => {
    const body = bodies.get(request.url ?? '') ?? 404;
    const tag = `"${createHash('sha256').update(String(body)).digest('hex')}"`;
    const isKnown = etags && request.headers['if-none-match'] === tag;
    if (etags) response.setHeader('etag', tag);
    if (typeof body === 'number' || isKnown) response.writeHead(isKnown ? 304 : Number(body)).end();
    else response.end(body);
    statuses.push(response.statusCode);
  });
});
afterEach(() => served.close());

const source = (...paths: string[]) => {
  const urls = paths.map((path) => new URL(path, served.url));
  return feeds({ urls, timezone: 'UTC' }, deps);
};
const list = (day = TODAY, ...paths: string[]) =>
  source(...(paths.length ? paths : ['/feed'])).listDay(day);
const titles = ({ papers }: SourceAnswer) => papers.map(({ paper }) => paper.title);

const rss = (...items: string[]) => `<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel><title>A journal</title>${items.join('\n')}</channel></rss>`;
const item = (title: string, more = '', date = 'Wed, 04 Mar 2026 06:00:00 GMT') =>
  `<item><title>${title}</title><link>https://journal.example/${encodeURIComponent(title)}</link>
  <pubDate>${date}</pubDate>${more}</item>`;

describe('a feed', () => {
  test('in RSS gives papers with what it says of them', async () => {
    bodies.set(
      '/feed',
      rss(
        `<item><title>Cells &lt;i&gt;in vitro&lt;/i&gt; &amp;amp; &lt;think&gt;</title>
        <link>https://www.biorxiv.org/content/10.1101/2026.03.01.123456v2?rss=1</link>
        <description><![CDATA[<p>One.</p><p>Two<script>alert(1)</script> H<sub>2</sub>O.</p>]]></description>
        <dc:creator>Lovelace, A.</dc:creator><dc:creator>Bob</dc:creator>
        <dc:identifier>doi:10.1101/2026.03.01.123456</dc:identifier>
        <dc:date>2026-03-04</dc:date></item>`,
      ),
    );
    const { papers, listed, dropped } = await list();
    expect([listed, dropped]).toEqual([1, []]);
    expect(papers).toEqual([
      {
        signal: null,
        otherKey: expect.stringMatching(/^feed:/),
        paper: {
          id: 'doi:10.1101/2026.03.01.123456',
          arxivId: null,
          doi: '10.1101/2026.03.01.123456',
          title: 'Cells in vitro & <think>',
          abstract: 'One. Two H2O.',
          summary: null,
          authors: ['Lovelace, A.', 'Bob'],
          organisation: null,
          publishedOn: TODAY,
          url: 'https://www.biorxiv.org/content/10.1101/2026.03.01.123456v2?rss=1',
          pdfUrl: null,
          codeUrl: null,
          projectUrl: null,
          keywords: [],
          categories: [],
          withdrawn: false,
        },
      },
    ]);
  });

  test('in Atom and in JSON likewise, and knows papers of arXiv', async () => {
    bodies.set(
      '/atom',
      `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>i</id>
      <entry><id>tag:1</id><title type="html">A &amp;lt;b&amp;gt; &lt;b&gt;bold&lt;/b&gt; one</title>
      <link rel="self" href="https://lab.example/self"/><link href="https://lab.example/1"/>
      <summary>Plain &lt;b&gt; stays</summary><author><name>Ada</name></author>
      <published>2026-03-04T05:00:00Z</published><category term="x" label="Cells"/></entry></feed>`,
    );
    bodies.set(
      '/json',
      JSON.stringify({
        version: 'https://jsonfeed.org/version/1.1',
        title: 'A lab',
        items: [
          {
            id: '7',
            url: 'https://arxiv.org/abs/2603.00007v2',
            title: 'Of <think> tokens',
            content_html: '<p>It says <b>something</b>.</p>',
            date_published: '2026-03-04T05:00:00Z',
            authors: [{ name: 'Ada' }],
            tags: ['x'],
          },
        ],
      }),
    );
    const { papers } = await list(TODAY, '/atom', '/json');
    expect(papers.map(({ paper }) => paper)).toMatchObject([
      {
        title: 'A <b> bold one',
        abstract: 'Plain <b> stays',
        url: 'https://lab.example/1',
        authors: ['Ada'],
        keywords: ['Cells'],
      },
      { id: '2603.00007', title: 'Of <think> tokens', abstract: 'It says something.' },
    ]);
  });

  test('tells entries of one title apart by their links', async () => {
    const editorial = (place: string) =>
      item('Editorial').replace('journal.example/Editorial', `journal.example/${place}`);
    bodies.set('/feed', rss(editorial('1'), editorial('2'), editorial('2')));
    const { papers } = await list();
    const [one, two] = [...new Set(papers.map(({ paper }) => paper.id))];
    expect([one, two]).toEqual([expect.stringMatching(/^feed:/), expect.stringMatching(/^feed:/)]);
    expect(papers).toHaveLength(2);
  });

  test('tells entries of one link apart by what the feed calls them', async () => {
    const entry = (title: string, guid: string) =>
      `<item><title>${title}</title><link>https://lab.example/news</link>
      <guid isPermaLink="false">${guid}</guid><pubDate>Wed, 04 Mar 2026 06:00:00 GMT</pubDate></item>`;
    bodies.set('/feed', rss(entry('One', '1'), entry('Two', '2'), entry('Two, mended', '2')));
    bodies.set('/other', rss(entry('One elsewhere', '1')));
    const answer = await list(TODAY, '/feed', '/other');
    expect(titles(answer)).toEqual(['One', 'Two', 'One elsewhere']);
    expect(new Set(answer.papers.map(({ otherKey }) => otherKey)).size).toBe(1);
    // A URN or an address is the same in both feeds; what all entries have is no id.
    bodies.set('/feed', rss(entry('One', 'urn:x:1'), entry('Two', 'urn:x:2')));
    bodies.set('/other', rss(entry('One', 'urn:x:1')));
    expect(titles(await list(TODAY, '/feed', '/other'))).toEqual(['One', 'Two']);
    // What only looks like an address is not, nor may a feed speak for another one's site.
    for (const id of ['post:12', 'https://lab.example/12']) {
      bodies.set('/feed', rss(entry('Of one feed', id)));
      bodies.set('/other', rss(entry('Of another', id)));
      expect(titles(await list(TODAY, '/feed', '/other'))).toEqual(['Of one feed', 'Of another']);
    }
    bodies.delete('/other');
    const linked = (title: string) => item(title, '<guid isPermaLink="false">x</guid>');
    bodies.set('/feed', rss(linked('One'), linked('Two')));
    expect(titles(await list())).toEqual(['One', 'Two']);
  });

  test('has each entry on its day; today has what came late, and what has no date', async () => {
    bodies.set(
      '/feed',
      rss(
        item('Today'),
        item('Yesterday', '', 'Tue, 03 Mar 2026 23:59:00 GMT'),
        item('Old', '', 'Sun, 01 Mar 2026 12:00:00 GMT'),
        item('Undated', '', ''),
        item('To come', '', 'Thu, 05 Mar 2026 12:00:00 GMT'),
      ),
    );
    expect(titles(await list())).toEqual(['Today', 'Yesterday', 'Undated']);
    expect(titles(await list('2026-03-03'))).toEqual(['Yesterday']);
    expect(titles(await list('2026-03-01'))).toEqual(['Old']);
    expect(await source('/feed').newestDay(TODAY)).toBe(TODAY);
    bodies.set('/feed', rss(item('Old', '', 'Sun, 01 Mar 2026 12:00:00 GMT')));
    expect(await source('/feed').newestDay(TODAY)).toBe('2026-03-01');
    bodies.set('/feed', rss());
    expect(await source('/feed').newestDay(TODAY)).toBeNull();
  });

  test('has for a run that goes on after midnight what it had for it before', async () => {
    bodies.set(
      '/feed',
      rss(
        item('Today'),
        item('Late', '', 'Tue, 03 Mar 2026 06:00:00 GMT'),
        item('Undated', '', ''),
      ),
    );
    deps.clock.time += 24 * 3_600_000;
    expect(titles(await source('/feed').listDay(TODAY, { today: TODAY }))).toEqual([
      'Today',
      'Late',
      'Undated',
    ]);
    expect(await source('/feed').newestDay(TODAY, { today: TODAY })).toBe(TODAY);
  });

  test('is read once for all days that are asked for together, well or not', async () => {
    bodies.set('/feed', rss(item('Today'), item('Old', '', 'Sun, 01 Mar 2026 12:00:00 GMT')));
    const both = source('/feed', '/gone');
    const together = { since: deps.clock.now() };
    expect(await both.newestDay(TODAY, together)).toBe(TODAY);
    expect(titles(await both.listDay(TODAY, together))).toEqual(['Today']);
    const old = await both.listDay('2026-03-01', together);
    expect([titles(old), old.failure]).toEqual([['Old'], `${served.url.host} answered 404.`]);
    expect(served.requests).toEqual(['/feed', '/gone']);
    deps.clock.time += 1;
    await both.listDay(TODAY, { since: deps.clock.now() });
    expect(served.requests).toHaveLength(4);
  });

  test('says by its validators that nothing has changed, to another process as well', async () => {
    etags = true;
    bodies.set('/feed', rss(item('Today')));
    bodies.set('/atom', rss(item('Other')));
    const { validators } = await list(TODAY, '/feed', '/atom');
    const again = (validators: string | null = null) =>
      source('/feed', '/atom').listDay(TODAY, { validators: validators ?? undefined });
    expect(await again(validators)).toMatchObject({ unchanged: true });
    expect(statuses).toEqual([200, 200, 304, 304]);
    bodies.set('/atom', rss(item('Newer')));
    const newer = await again(validators);
    expect(titles(newer)).toEqual(['Today', 'Newer']);
    expect(await again(newer.validators)).toMatchObject({ unchanged: true });
    // For another day it was another answer.
    const past = await source('/feed', '/atom').listDay('2026-03-03', {
      validators: validators ?? '',
    });
    expect(past.unchanged).toBeUndefined();
    // One process that asks again has the entries at hand.
    const one = source('/feed', '/atom');
    await one.listDay('2026-03-03');
    statuses.length = 0;
    expect(titles(await one.listDay(TODAY))).toEqual(['Today', 'Newer']);
    expect(statuses).toEqual([304, 304]);
  });

  test('loses a broken entry only, and says which', async () => {
    bodies.set(
      '/feed',
      rss(
        item('Good'),
        '<item><link>https://journal.example/1</link><pubDate>Wed, 04 Mar 2026 06:00:00 GMT</pubDate></item>',
        '<item><title>Nowhere</title><link>javascript:alert(1)</link></item>',
        item('Good'),
      ),
    );
    const answer = await list();
    expect(titles(answer)).toEqual(['Good']);
    expect(answer.listed).toBe(4);
    expect(answer.dropped).toEqual([
      { id: `${served.url.host} #2`, reason: 'title is missing' },
      { id: `${served.url.host} #3`, reason: 'link is missing' },
    ]);
  });

  test('that fails leaves the papers of the others, and is told', async () => {
    bodies.set('/feed', rss(item('Good')));
    const answer = await list(TODAY, '/feed', '/gone');
    expect(titles(answer)).toEqual(['Good']);
    expect(answer.failure).toBe(`${served.url.host} answered 404.`);
    await expect(list(TODAY, '/gone')).rejects.toMatchObject({ code: 'source_failed' });
  });
});

test.each([
  ['2026-03-04T02:00:00', '2026-03-04'],
  ['2026-03-04 23:30', '2026-03-04'],
  ['Wed, 04 Mar 2026 00:10:00', '2026-03-04'],
  ['4 Mar 2026', '2026-03-04'],
  ['2026-03-05T02:00:00Z', '2026-03-04'],
  ['2026-03-05T02:00:00+00:00', '2026-03-04'],
  ['Thu, 05 Mar 2026 02:00:00 GMT', '2026-03-04'],
  ['Wed, 04 Mar 2026 23:30:00 -0500', '2026-03-04'],
])('an entry of %s is of %s in New York', async (date, day) => {
  bodies.set('/feed', rss(item('A', '', date)));
  const urls = [new URL('/feed', served.url)];
  const answer = await feeds({ urls, timezone: 'America/New_York' }, deps).listDay(day);
  expect(answer.papers.map(({ paper }) => paper.publishedOn)).toEqual([day]);
});

test('of a feed that is too long the newest are read, and it is told', async () => {
  bodies.set('/feed', rss(...Array.from({ length: 5_001 }, (_, n) => item(`N${n}`))));
  expect((await list()).listed).toBe(5_000);
  expect(deps.lines).toContainEqual(
    expect.objectContaining({
      ...{ msg: 'a feed was cut', source: 'feed', host: served.url.host },
      ...{ entries: 5_001, read: 5_000 },
    }),
  );
});

describe('a hostile feed', () => {
  const laughs = `<!DOCTYPE r [<!ENTITY a "${'ha'.repeat(50)}">${[...'bcdefghij']
    .map((name, n) => `<!ENTITY ${name} "${`&${'abcdefghi'[n]};`.repeat(20)}">`)
    .join('')}]>`;

  test.each([
    ['HTML', '<!doctype html><title>Maintenance</title>', /no whole feed/],
    ['nothing', '', /no feed/],
    ['JSON that is no feed', '{"items": 7}', /no feed/],
    ['a body that breaks off', rss(item('A'), item('B')).slice(0, 300), /no whole feed/],
    ['a body of 5 MB', rss(item('A', `<x>${' '.repeat(5_000_000)}</x>`)), /more than 4 MB/],
    ['a tag without end', `<rss version="2.0" ${'a="b" '.repeat(200_000)}></rss>`, /out of shape/],
    ['deep nesting', `<rss version="2.0"><channel>${'<a>'.repeat(300_000)}</rss>`, /no feed/],
    [
      'entries without end',
      `<rss version="2.0"><channel>${'<item ><a'.repeat(300_000)}</rss>`,
      /./,
    ],
  ])('with %s is refused quickly', async (_what, body, reason) => {
    bodies.set('/feed', body);
    const began = Date.now();
    await expect(list()).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(reason),
    });
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test.each([
    ['RSS', (deep: string) => rss(item('Good'), item('Deep', deep), item('Fine'))],
    [
      'JSON',
      (deep: string) => {
        const array = `${'['.repeat(deep.length)}${']'.repeat(deep.length)}`;
        const entry = (title: string, more = '""') =>
          `{"id": "${title}", "title": "${title}", "url": "https://lab.example/${title}", "tags": [${more}]}`;
        return `{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [${[entry('Good'), entry('Deep', array), entry('Fine')]}]}`;
      },
    ],
  ])('in %s with one entry nested without end loses no other', async (_format, make) => {
    bodies.set('/feed', make(`<x>${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}</x>`));
    const answer = await list();
    expect(titles(answer).filter((title) => title !== 'Deep')).toEqual(['Good', 'Fine']);
    expect(answer.listed).toBe(3);
    for (const { id } of answer.dropped) expect(id).toBe(`${served.url.host} #2`);
  });

  test('with an entry nested without end loses none that holds many elements side by side', async () => {
    const deep = `<x>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</x>`;
    const lines = `<![CDATA[${'line<br>'.repeat(100)}]]><!-- ${'<p>'.repeat(100)} -->`;
    const long = item('Long', `<description>${lines}</description>`);
    bodies.set('/feed', rss(item('Deep', deep), long));
    expect(titles(await list())).toContain('Long');
  });

  test('of RSS 1.0 with an entry nested without end loses no other', async () => {
    const deep = `<x>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</x>`;
    const entry = (name: string, more = '') =>
      `<item rdf:about="https://lab.example/${name}"><title>${name}</title><link>https://lab.example/${name}</link>${more}</item>`;
    bodies.set(
      '/feed',
      `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
      <channel rdf:about="https://lab.example/"><title>x</title><link>https://lab.example/</link>
      <items><rdf:Seq><rdf:li rdf:resource="https://lab.example/Deep"/></rdf:Seq></items></channel>
      ${entry('Deep', deep)}${entry('Fine')}</rdf:RDF>`,
    );
    expect(titles(await list())).toContain('Fine');
  });

  test.each([
    ['comments', '<!--'],
    ['sections', '<![CDATA['],
  ])('with %s that are begun and not ended is read quickly', async (_what, begin) => {
    const deep = `${'<a>'.repeat(500)}${'</a>'.repeat(500)}`;
    bodies.set('/feed', rss(item('Deep', deep + begin.repeat(300_000)), item('Fine')));
    const began = Date.now();
    await list().catch(() => null);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test('with entities that explode stays small', async () => {
    bodies.set('/feed', laughs + rss(item('A &j; laugh')));
    const before = process.memoryUsage().rss;
    const answer = await list().catch(() => null);
    expect(JSON.stringify(answer).length).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });

  test('inside the operator’s network is not asked', async () => {
    bodies.set('/feed', rss(item('Secret')));
    const guarded = { ...deps, guard: publicOnly() };
    const inside = feeds({ urls: [new URL('/feed', served.url)], timezone: 'UTC' }, guarded);
    await expect(inside.listDay(TODAY)).rejects.toMatchObject({
      message: expect.stringContaining('ALLOW_PRIVATE_FEEDS'),
    });
    expect(served.requests).toEqual([]);
  });
});

describe('HTML as text', () => {
  test.each([
    ['<p>One<br>two</p><ul><li>three</li></ul>', 'One two three'],
    ['a&nbsp;&lt;b&gt; &amp; &#955;', 'a <b> & λ'],
    ['x<style>p{}</style><script>alert("<b>")</script>y', 'xy'],
    ['Let a < b and <think>hard</think> <or-not>', 'Let a < b and <think>hard</think> <or-not>'],
    ['<jats:p>Deep <jats:italic>cells</jats:italic></jats:p>', 'Deep cells'],
    ['<math><mi>x</mi><mo>+</mo><mn>1</mn></math>', 'x+1'],
    ['<!-- hidden --><a href="javascript:1" onclick="2">link</a><img src=x onerror=1>', 'link'],
  ])('%s', (html, text) => {
    expect(htmlToText(html).replace(/\s+/g, ' ').trim()).toBe(text);
  });

  test('whatever it is, it ends, and leaves no element of HTML', () => {
    const piece = fc.oneof(
      fc.constantFrom('<', '>', '</', '<b', '<script>', '</script>', '<!--', '-->', '<![CDATA['),
      fc.constantFrom('<img src=x onerror=y>', '&lt;', '&#x3c;', '<svg', '/>', '"', "'", ' ', '='),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = htmlToText(pieces.join(''));
        expect(text.length).toBeLessThanOrEqual(pieces.join('').length * 2 + 10);
      }),
    );
  });
});
