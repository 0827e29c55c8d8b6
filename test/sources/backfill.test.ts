import { afterEach, beforeEach, expect, test } from 'vitest';
import { arxiv } from '../../src/sources/arxiv/arxiv.js';
import { backfill } from '../../src/sources/backfill.js';
import { feeds } from '../../src/sources/feeds/feed.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { type ArxivStub, startArxiv } from '../support/arxiv.js';
import { asking, type Served, serve } from './asking.js';

const FROM = '2026-02-23';
const TO = '2026-03-01';
const DAYS = 7;
/** Long after that. */
const LATER = Date.UTC(2026, 2, 20);

let temp: TempStore;
let stub: ArxivStub;
let feed: Served;
beforeEach(async () => {
  temp = await tempStore();
  stub = await startArxiv();
  const entry = (day: string) =>
    `<item><title>Of ${day}</title><link>https://lab.example/${day}</link><pubDate>${day}</pubDate></item>`;
  feed = await serve((_request, response) => {
    response.end(
      `<rss version="2.0"><channel><title>A lab</title>${['2026-02-24', '2026-02-25'].map(entry).join('')}</channel></rss>`,
    );
  });
});
afterEach(async () => {
  await feed.close();
  await stub.close();
  await temp.close();
});

/** As a process of its own would do it. */
function read({ categories = ['cs.CL'] } = {}) {
  const http = asking();
  http.clock.time = LATER;
  const url = new URL(stub.url);
  const sources = [
    arxiv({ apiUrl: url, rssUrl: url, categories, crossLists: false }, http),
    feeds({ urls: [feed.url], timezone: 'UTC' }, http),
  ];
  const deps = { ...temp.store, sources, clock: http.clock, logger: http.logger };
  return backfill(deps, { from: FROM, to: TO, again: false });
}

test('a range reads each feed once, and has its entries on their days', async () => {
  const { days, failed } = await read();
  expect(failed).toEqual([]);
  expect(Object.keys(days)).toHaveLength(DAYS);
  expect([days['2026-02-24']?.['feed'], days['2026-02-26']?.['feed']]).toMatchObject([
    { stored: 1 },
    { stored: 0 },
  ]);
  expect(feed.requests).toHaveLength(1);
});

test('days on which arXiv had none are asked for again, the others only under other settings', async () => {
  stub.papers = [{ id: '2602.00001', submitted: '2026-02-25T12:00:00Z' }];
  await read();
  // Monday to Friday; weekends have no lists.
  expect(stub.requests).toHaveLength(5);
  await read();
  expect(stub.requests).toHaveLength(9);
  stub.papers.push({ id: '2602.00002', submitted: '2026-02-24T12:00:00Z' });
  const { days } = await read();
  expect(stub.requests).toHaveLength(13);
  expect(days['2026-02-25']?.['arxiv']).toMatchObject({ stored: 1 });
  expect(days['2026-02-26']?.['arxiv']).toMatchObject({ stored: 1, skipped: true });
  await read({ categories: ['cs.LG'] });
  expect(stub.requests).toHaveLength(18);
});
