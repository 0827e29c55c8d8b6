import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publicOnly } from '../../src/http/address-guard.js';
import { feeds } from '../../src/sources/feeds/feed.js';
import { expectLinear } from '../support/growth.js';
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
    desk.bodies.set('/feed', make(`<x>${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}</x>`));
    const answer = await desk.list();
    expect(titles(answer).filter((title) => title !== 'Deep')).toEqual(['Good', 'Fine']);
    expect(answer.listed).toBe(3);
    for (const { id } of answer.dropped) expect(id).toBe(`${desk.served.url.host} #2`);
  });

  test('with an entry nested without end loses none that holds many elements side by side', async () => {
    const deep = `<x>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</x>`;
    const lines = `<![CDATA[${'line<br>'.repeat(100)}]]><!-- ${'<p>'.repeat(100)} -->`;
    const long = item('Long', `<description>${lines}</description>`);
    desk.bodies.set('/feed', rss(item('Deep', deep), long));
    expect(titles(await desk.list())).toContain('Long');
  });

  test('of RSS 1.0 with an entry nested without end loses no other', async () => {
    const deep = `<x>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</x>`;
    const entry = (name: string, more = '') =>
      `<item rdf:about="https://lab.example/${name}"><title>${name}</title><link>https://lab.example/${name}</link>${more}</item>`;
    desk.bodies.set(
      '/feed',
      `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
      <channel rdf:about="https://lab.example/"><title>x</title><link>https://lab.example/</link>
      <items><rdf:Seq><rdf:li rdf:resource="https://lab.example/Deep"/></rdf:Seq></items></channel>
      ${entry('Deep', deep)}${entry('Fine')}</rdf:RDF>`,
    );
    expect(titles(await desk.list())).toContain('Fine');
  });

  test.each([
    ['comments', '<!--'],
    ['sections', '<![CDATA['],
  ])('with %s that are begun and not ended is read once', async (_what, begin) => {
    const deep = `${'<a>'.repeat(500)}${'</a>'.repeat(500)}`;
    await expectLinear(async (parts) => {
      const body = deep + begin.repeat(parts * 75_000);
      desk.bodies.set('/feed', rss(item('Deep', body), item('Fine')));
      await desk.list().catch(() => null);
    });
  });

  test('with entities that explode stays small', async () => {
    desk.bodies.set('/feed', laughs + rss(item('A &j; laugh')));
    const before = process.memoryUsage().rss;
    const answer = await desk.list().catch(() => null);
    expect(JSON.stringify(answer).length).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
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
