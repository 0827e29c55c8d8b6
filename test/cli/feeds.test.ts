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
