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
    [
      'one entry that is nested too deep',
      rss(item('Good'), item('Deep', '<a>'.repeat(5_000) + '</a>'.repeat(5_000))),
      /no feed/,
    ],
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
