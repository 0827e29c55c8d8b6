import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publicOnly } from '../../src/http/address-guard.js';
import { feeds } from '../../src/sources/feeds/feed.js';
import { type FeedDesk, item, openFeeds, rss, TODAY, titles } from './feeding.js';

let desk: FeedDesk;
beforeEach(async () => {
  desk = await openFeeds();
});
afterEach(() => desk.served.close());

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
    ['JSON of brackets', `{"items": ${'['.repeat(4_000_000)}`, /no feed/],
    ['deep nesting', `<rss version="2.0"><channel>${'<a>'.repeat(300_000)}</rss>`, /no feed/],
    [
      'entries without end',
      `<rss version="2.0"><channel>${'<item ><a'.repeat(300_000)}</rss>`,
      /./,
    ],
  ])('with %s is refused', async (_what, body, reason) => {
    desk.bodies.set('/feed', body);
    await expect(desk.list()).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(reason),
    });
  });

  test('in JSON with one entry nested without end loses no other', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    const entry = (title: string, more = '""') =>
      `{"id": "${title}", "title": "${title}", "url": "https://lab.example/${title}", "tags": [${more}]}`;
    const entries = [entry('Good'), entry('Deep', deep), entry('Fine')];
    desk.bodies.set(
      '/feed',
      `{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [${entries}]}`,
    );
    const answer = await desk.list();
    expect(titles(answer).filter((title) => title !== 'Deep')).toEqual(['Good', 'Fine']);
    expect(answer.listed).toBe(3);
  });

  test('with entities that explode stays small', async () => {
    desk.bodies.set('/feed', laughs + rss(item('A &j; laugh')));
    const before = process.memoryUsage().rss;
    const answer = await desk.list().catch(() => null);
    expect(JSON.stringify(answer).length).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });

  const picture = `<img src="data:image/png;base64,${'QUJD'.repeat(20_000)}">`;
  const quoted = picture.replaceAll('<', '&lt;').replaceAll('>', '&gt;');

  // The kind: one entry that is huge or broken, in markup that parsers refuse or take long over.
  test.each([
    ['a picture in CDATA', `<description><![CDATA[${picture} It says so.]]></description>`],
    ['a picture that is escaped', `<description>${quoted} It says so.</description>`],
    ['a picture that is not escaped', `<description>${picture} It says so.</description>`],
    [
      'pictures of 2 MB',
      `<description><![CDATA[${picture.repeat(25)} It says so.]]></description>`,
    ],
    [
      'a picture in an attribute',
      `<x url="${picture.replaceAll('"', '')}"/><description>It says so.</description>`,
    ],
    [
      'tags nested deep',
      `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}<description>It says so.</description>`,
    ],
    [
      'tags nested deep in its text',
      `<description>It says so.${'<x>'.repeat(130_000)}</description>`,
    ],
    ['escaped ones', `<description>It says so.${'&lt;x&gt;'.repeat(130_000)}</description>`],
    ['tags that nobody closes', `<description>It says so.</description><p><br><b>`],
    ['closings of nothing', `</b></p></x><description>It says so.</b></description>`],
    [
      'a text that is opened again and again',
      `<description>It says so.${'<description>'.repeat(999)}</description>`,
    ],
    ['a title in its text', `<description>It says so.<svg><title>x</title></svg></description>`],
    ['signs that begin no tag', `<description>It says so. < 5 & 6 <7> <</description>`],
    ['a section without end', `<description>It says so.<![CDATA[ and</description>`],
    ['a comment without end', `<!-- <description>It says so.</description>`],
    ['comments', `<!-- <item> --><description>It <!-- x -->says so.</description>`],
    [
      'brackets without end',
      `<author>${'('.repeat(100_000)}</author><description>It says so.</description>`,
    ],
    ['a name without end', `<${'x'.repeat(100_000)}/><description>It says so.</description>`],
    ['quotes without end', `<x y="1><description>It says so.</description>`],
  ])('with %s in one entry costs that one at most', async (_what, more) => {
    desk.bodies.set('/feed', rss(item('Good'), item('Odd', more), item('Fine')));
    const answer = await desk.list();
    expect(titles(answer)).toEqual(['Good', 'Odd', 'Fine']);
    expect(answer.papers[1]?.paper.abstract).toMatch(/^It says so\./);
  });

  test('of twenty entries with pictures loses none', async () => {
    const more = `<description><![CDATA[${picture}]]></description>`;
    const entries = Array.from({ length: 20 }, (_, n) => item(`N${n}`, more));
    desk.bodies.set('/feed', rss(...entries, item('Small')));
    expect((await desk.list()).papers).toHaveLength(21);
  });

  test('in RSS 1.0 has all its entries, whatever its table of contents says', async () => {
    const entry = (title: string) =>
      `<item rdf:about="https://lab.example/${title}"><title>${title}</title>
      <link>https://lab.example/${title}</link><dc:date>2026-03-04</dc:date></item>`;
    desk.bodies.set(
      '/feed',
      `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>t</title><items><rdf:Seq>
      <rdf:li rdf:resource="https://lab.example/One"/></rdf:Seq></items></channel>
      ${entry('One')}${entry('Two')}</rdf:RDF>`,
    );
    expect(titles(await desk.list())).toEqual(['One', 'Two']);
  });

  test('inside the operator’s network is not asked', async () => {
    desk.bodies.set('/feed', rss(item('Secret')));
    const guarded = { ...desk.deps, guard: publicOnly() };
    const inside = feeds({ urls: [new URL('/feed', desk.served.url)], timezone: 'UTC' }, guarded);
    await expect(inside.listDay(TODAY)).rejects.toMatchObject({
      message: expect.stringContaining('ALLOW_PRIVATE_FEEDS'),
    });
    expect(desk.served.requests).toEqual([]);
  });
});
