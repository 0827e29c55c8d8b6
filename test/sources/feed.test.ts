import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { feeds } from '../../src/sources/feeds/feed.js';
import { type FeedDesk, item, openFeeds, rss, TODAY, titles } from './feeding.js';

let desk: FeedDesk;
beforeEach(async () => {
  desk = await openFeeds();
});
afterEach(() => desk.served.close());

describe('a feed', () => {
  test('in RSS gives papers with what it says of them', async () => {
    desk.bodies.set(
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
    const { papers, listed, dropped } = await desk.list();
    expect([listed, dropped]).toEqual([1, []]);
    expect(papers).toEqual([
      {
        signal: null,
        alias: { key: expect.stringMatching(/^feed:/), isShared: false },
        paper: {
          id: 'doi:10.1101/2026.03.01.123456',
          arxivId: null,
          doi: '10.1101/2026.03.01.123456',
          title: 'Cells in vitro & <think>',
          abstract: 'One. Two H2O.',
          summary: null,
          authors: ['A. Lovelace', 'Bob'],
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
    desk.bodies.set(
      '/atom',
      `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>i</id>
      <entry><id>tag:1</id><title type="html">A &amp;lt;b&amp;gt; &lt;b&gt;bold&lt;/b&gt; one</title>
      <link rel="self" href="https://lab.example/self"/><link href="https://lab.example/1"/>
      <summary>Plain &lt;b&gt; stays</summary><author><name>Ada</name></author>
      <published>2026-03-04T05:00:00Z</published><category term="x" label="Cells"/></entry></feed>`,
    );
    desk.bodies.set(
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
    const { papers } = await desk.list(TODAY, '/atom', '/json');
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
    desk.bodies.set('/feed', rss(editorial('1'), editorial('2'), editorial('2')));
    const { papers } = await desk.list();
    const [one, two] = [...new Set(papers.map(({ paper }) => paper.id))];
    expect([one, two]).toEqual([expect.stringMatching(/^feed:/), expect.stringMatching(/^feed:/)]);
    expect(papers).toHaveLength(2);
  });

  test('tells entries of one link apart by what the feed calls them', async () => {
    const entry = (title: string, guid: string) =>
      `<item><title>${title}</title><link>https://lab.example/news</link>
      <guid isPermaLink="false">${guid}</guid><pubDate>Wed, 04 Mar 2026 06:00:00 GMT</pubDate></item>`;
    desk.bodies.set('/feed', rss(entry('One', '1'), entry('Two', '2'), entry('Two, mended', '2')));
    desk.bodies.set('/other', rss(entry('One elsewhere', '1')));
    const answer = await desk.list(TODAY, '/feed', '/other');
    expect(titles(answer)).toEqual(['One', 'Two', 'One elsewhere']);
    expect(new Set(answer.papers.map(({ alias }) => alias?.key)).size).toBe(1);
    // A URN or an address is the same in both feeds; what all entries have is no id.
    desk.bodies.set('/feed', rss(entry('One', 'urn:x:1'), entry('Two', 'urn:x:2')));
    desk.bodies.set('/other', rss(entry('One', 'urn:x:1')));
    expect(titles(await desk.list(TODAY, '/feed', '/other'))).toEqual(['One', 'Two']);
    // What only looks like an address is not, nor may a feed speak for another one's site.
    for (const id of ['post:12', 'https://lab.example/12']) {
      desk.bodies.set('/feed', rss(entry('Of one feed', id)));
      desk.bodies.set('/other', rss(entry('Of another', id)));
      expect(titles(await desk.list(TODAY, '/feed', '/other'))).toEqual([
        'Of one feed',
        'Of another',
      ]);
    }
    desk.bodies.delete('/other');
    const linked = (title: string) => item(title, '<guid isPermaLink="false">x</guid>');
    desk.bodies.set('/feed', rss(linked('One'), linked('Two')));
    expect(titles(await desk.list())).toEqual(['One', 'Two']);
  });

  test('knows of a link whether several entries have it, on whatever days', async () => {
    const entry = (link: string, guid: string, date = 'Wed, 04 Mar 2026 06:00:00 GMT') =>
      `<item><title>${guid}</title><link>https://lab.example/${link}</link>
      <guid isPermaLink="false">${guid}</guid><pubDate>${date}</pubDate></item>`;
    const shared = async (...paths: string[]) =>
      (await desk.list(TODAY, ...paths)).papers.map(({ alias }) => alias?.isShared);
    desk.bodies.set('/feed', rss(entry('a', '1'), entry('b', '2'), entry('b', '2')));
    expect(await shared('/feed')).toEqual([false, false]);
    desk.bodies.set(
      '/feed',
      rss(entry('a', '1'), entry('a', '2', 'Sun, 01 Mar 2026 12:00:00 GMT')),
    );
    expect(await shared('/feed')).toEqual([true]);
    // An entry that still has no name of its own, of another feed.
    const nameless = entry('a', '').replace('<title>', '<title>Nameless');
    desk.bodies.set('/feed', rss(entry('a', '1'), entry('b', '2')));
    desk.bodies.set('/other', rss(nameless));
    expect(await shared('/feed', '/other')).toEqual([true, false, true]);
  });

  test('has each entry on its day; today has what came late, and what has no date', async () => {
    desk.bodies.set(
      '/feed',
      rss(
        item('Today'),
        item('Yesterday', '', 'Tue, 03 Mar 2026 23:59:00 GMT'),
        item('Old', '', 'Sun, 01 Mar 2026 12:00:00 GMT'),
        item('Undated', '', ''),
        item('To come', '', 'Thu, 05 Mar 2026 12:00:00 GMT'),
      ),
    );
    expect(titles(await desk.list())).toEqual(['Today', 'Yesterday', 'Undated']);
    expect(titles(await desk.list('2026-03-03'))).toEqual(['Yesterday']);
    expect(titles(await desk.list('2026-03-01'))).toEqual(['Old']);
    expect(await desk.source('/feed').newestDay(TODAY)).toBe(TODAY);
    desk.bodies.set('/feed', rss(item('Old', '', 'Sun, 01 Mar 2026 12:00:00 GMT')));
    expect(await desk.source('/feed').newestDay(TODAY)).toBe('2026-03-01');
    desk.bodies.set('/feed', rss());
    expect(await desk.source('/feed').newestDay(TODAY)).toBeNull();
  });

  test('has for a run that goes on after midnight what it had for it before', async () => {
    desk.bodies.set(
      '/feed',
      rss(
        item('Today'),
        item('Late', '', 'Tue, 03 Mar 2026 06:00:00 GMT'),
        item('Undated', '', ''),
      ),
    );
    desk.deps.clock.time += 24 * 3_600_000;
    expect(titles(await desk.source('/feed').listDay(TODAY, { today: TODAY }))).toEqual([
      'Today',
      'Late',
      'Undated',
    ]);
    expect(await desk.source('/feed').newestDay(TODAY, { today: TODAY })).toBe(TODAY);
  });

  test('is read once for all days that are asked for together, well or not', async () => {
    desk.bodies.set('/feed', rss(item('Today'), item('Old', '', 'Sun, 01 Mar 2026 12:00:00 GMT')));
    const both = desk.source('/feed', '/gone');
    const together = { since: desk.deps.clock.now() };
    expect(await both.newestDay(TODAY, together)).toBe(TODAY);
    expect(titles(await both.listDay(TODAY, together))).toEqual(['Today']);
    const old = await both.listDay('2026-03-01', together);
    expect([titles(old), old.failure]).toEqual([['Old'], `${desk.served.url.host} answered 404.`]);
    expect(desk.served.requests).toEqual(['/feed', '/gone']);
    desk.deps.clock.time += 1;
    await both.listDay(TODAY, { since: desk.deps.clock.now() });
    expect(desk.served.requests).toHaveLength(4);
  });

  test('says by its validators that nothing has changed, to another process as well', async () => {
    desk.etags = true;
    desk.bodies.set('/feed', rss(item('Today')));
    desk.bodies.set('/atom', rss(item('Other')));
    const { validators } = await desk.list(TODAY, '/feed', '/atom');
    const again = (validators: readonly string[] | null = null) =>
      desk.source('/feed', '/atom').listDay(TODAY, { validators: validators ?? undefined });
    expect(await again(validators)).toMatchObject({ unchanged: true });
    expect(desk.statuses).toEqual([200, 200, 304, 304]);
    desk.bodies.set('/atom', rss(item('Newer')));
    const newer = await again(validators);
    expect(titles(newer)).toEqual(['Today', 'Newer']);
    expect(await again(newer.validators)).toMatchObject({ unchanged: true });
    // For another day it was another answer.
    const past = await desk.source('/feed', '/atom').listDay('2026-03-03', {
      validators: validators ?? [],
    });
    expect(past.unchanged).toBeUndefined();
    // One process that asks again has the entries at hand.
    const one = desk.source('/feed', '/atom');
    await one.listDay('2026-03-03');
    desk.statuses.length = 0;
    expect(titles(await one.listDay(TODAY))).toEqual(['Today', 'Newer']);
    expect(desk.statuses).toEqual([304, 304]);
  });

  test('loses a broken entry only, and says which', async () => {
    desk.bodies.set(
      '/feed',
      rss(
        item('Good'),
        '<item><link>https://journal.example/1</link><pubDate>Wed, 04 Mar 2026 06:00:00 GMT</pubDate></item>',
        '<item><title>Nowhere</title><link>javascript:alert(1)</link></item>',
        item('Good'),
      ),
    );
    const answer = await desk.list();
    expect(titles(answer)).toEqual(['Good']);
    expect(answer.listed).toBe(4);
    expect(answer.dropped).toEqual([
      { id: `${desk.served.url.host} #2`, reason: 'title is missing' },
      { id: `${desk.served.url.host} #3`, reason: 'link is missing' },
    ]);
  });

  test('that fails may be one with a newer day, which is told unless there can be none', async () => {
    const newest = async () => {
      const told: string[] = [];
      const onMissing = (reason: string) => void told.push(reason);
      return [await desk.source('/feed', '/gone').newestDay(TODAY, { onMissing }), told];
    };
    const reasons = [`${desk.served.url.host} answered 404.`];
    desk.bodies.set('/feed', rss(item('Old', '', 'Sun, 01 Mar 2026 12:00:00 GMT')));
    expect(await newest()).toEqual(['2026-03-01', reasons]);
    desk.bodies.set('/feed', rss());
    expect(await newest()).toEqual([null, reasons]);
    desk.bodies.set('/feed', rss(item('Today')));
    expect(await newest()).toEqual([TODAY, []]);
  });

  test('that fails leaves the papers of the others, and is told', async () => {
    desk.bodies.set('/feed', rss(item('Good')));
    const answer = await desk.list(TODAY, '/feed', '/gone');
    expect(titles(answer)).toEqual(['Good']);
    expect(answer.failure).toBe(`${desk.served.url.host} answered 404.`);
    await expect(desk.list(TODAY, '/gone')).rejects.toMatchObject({ code: 'source_failed' });
  });
});

test.each([
  ['2026-03-04T02:00:00', '2026-03-04'],
  ['2026-03-04 23:30', '2026-03-04'],
  ['Wed, 04 Mar 2026 00:10:00', '2026-03-04'],
  ['4 Mar 2026', '2026-03-04'],
  ['March 4, 2026 1:10 AM', '2026-03-04'],
  ['2026-03-04T01:10', '2026-03-04'],
  ['2026-03-05T02:00:00Z', '2026-03-04'],
  ['2026-03-05T02:00:00+00:00', '2026-03-04'],
  ['Thu, 05 Mar 2026 02:00:00 GMT', '2026-03-04'],
  ['Wed, 04 Mar 2026 23:30:00 -0500', '2026-03-04'],
])('an entry of %s is of %s in New York', async (date, day) => {
  desk.bodies.set('/feed', rss(item('A', '', date)));
  const urls = [new URL('/feed', desk.served.url)];
  const answer = await feeds({ urls, timezone: 'America/New_York' }, desk.deps).listDay(day);
  expect(answer.papers.map(({ paper }) => paper.publishedOn)).toEqual([day]);
});

test('of a feed that is too long the newest are read, and it is told', async () => {
  desk.bodies.set('/feed', rss(...Array.from({ length: 5_001 }, (_, n) => item(`N${n}`))));
  expect((await desk.list()).listed).toBe(5_000);
  expect(desk.deps.lines).toContainEqual(
    expect.objectContaining({
      ...{ msg: 'a feed was cut', source: 'feed', host: desk.served.url.host },
      ...{ entries: 5_001, read: 5_000 },
    }),
  );
});
