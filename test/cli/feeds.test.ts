import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Served, serve } from '../sources/asking.js';
import { rss } from '../sources/feeding.js';
import { type Desk, openDesk } from './desk.js';

const DAY = '2026-03-02';

let desk: Desk;
let site: Served;
let entries: string[];
beforeEach(async () => {
  site = await serve((_request, response) => response.end(rss(...entries)));
  const feed = { SOURCES: 'feed', FEED_URLS: site.url.href, ALLOW_PRIVATE_FEEDS: 'on' };
  desk = await openDesk({}, feed);
});
afterEach(async () => {
  await desk.close();
  await site.close();
});

describe('entries of a feed that gets ids and other titles at once', () => {
  const entry = (title: string, path: string, guid?: string) =>
    `<item><title>${title}</title><link>https://lab.example/${path}</link>
    <pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate>
    ${guid === undefined ? '' : `<guid isPermaLink="false">${guid}</guid>`}</item>`;

  async function fetchThenPick(...listed: string[]) {
    entries = listed;
    for (const command of ['fetch', 'pick']) await desk.json([command, '--date', DAY]);
    const show = ['edition', 'show', '--date', DAY];
    const { papers } = await desk.json<{ papers: { title: string }[] }>(show);
    return papers.map(({ title }) => title).sort();
  }

  test('stay the papers that they were', async () => {
    await fetchThenPick(entry('Lanterns', 'a'), entry('Harbours', 'b'));
    const mended = [entry('On lanterns', 'a', '1'), entry('On harbours', 'b', '2')];
    expect(await fetchThenPick(...mended)).toEqual(['On harbours', 'On lanterns']);
    const again = [entry('Of lanterns', 'elsewhere', '1'), entry('On harbours', 'b', '2')];
    expect(await fetchThenPick(...again)).toEqual(['Of lanterns', 'On harbours']);
    expect(desk.rows('select id from papers')).toHaveLength(2);
  });

  test('are papers of their own on a page of news', async () => {
    await fetchThenPick(entry('Lanterns', 'news'));
    await fetchThenPick(entry('Lanterns, mended', 'news', '1'));
    await fetchThenPick(entry('Harbours', 'news', '2'));
    const titles = ['Harbours', 'Lanterns, mended', 'Ships'];
    expect(await fetchThenPick(entry('Ships', 'news', '3'))).toEqual(titles);
  });
});

const FETCH = ['fetch', '--date', DAY, '--json'];

test('sources are told who asks, and where the pages of whoever asks are', async () => {
  const picky = await serve((request, response) => {
    const agent = request.headers['user-agent'] ?? '';
    const isKnown = /^Paperboy\/\d[\d.]+ \(\+https:\/\/papers\.example\)$/.test(agent);
    if (isKnown) return response.end(rss());
    return response.writeHead(403).end();
  });
  const env = { FEED_URLS: picky.url.href, PUBLIC_URL: 'https://papers.example' };
  const { code, stderr } = await desk.run(FETCH, { env }).finally(() => picky.close());
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('403')]);
});

test('sources are read through the proxy of the environment, and others are not', async () => {
  entries = [];
  const asked: (string | undefined)[] = [];
  const proxy = await serve((request, response) => {
    asked.push(request.url);
    response.end(rss());
  });
  const through = { FEED_URLS: 'http://feed.example/', http_proxy: proxy.url.href };
  const direct = { HTTP_PROXY: proxy.url.href, NO_PROXY: '127.0.0.1' };
  const codes: (number | null)[] = [];
  for (const env of [through, direct]) codes.push((await desk.run(FETCH, { env })).code);
  await proxy.close();
  expect(codes).toEqual([0, 0]);
  expect(asked).toEqual(['http://feed.example/']);
});
