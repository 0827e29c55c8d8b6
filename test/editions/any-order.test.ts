import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pickEdition } from '../../src/editions/pick.js';
import { arxiv } from '../../src/sources/arxiv/arxiv.js';
import { feeds } from '../../src/sources/feeds/feed.js';
import { fetchDay } from '../../src/sources/fetch.js';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import type { Source } from '../../src/sources/source.js';
import { asking, item, notingLogger, type Served, serve } from '../sources/asking.js';
import { MINUTE } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { tempStore } from '../store/temp-store.js';
import { type ArxivStub, startArxiv } from '../support/arxiv.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';

/** Over a weekend. */
const DAYS = ['2026-02-26', '2026-02-27', '2026-03-02', '2026-03-03', '2026-03-04'];
const [THU = '', FRI = '', MON = '', TUE = '', WED = ''] = DAYS;
/** Long after them, so that arXiv's lists come from its API. */
const LATER = Date.UTC(2026, 2, 20);

let face: HuggingFaceStub;
let lists: ArxivStub;
let lab: Served;
beforeEach(async () => {
  face = await startHuggingFace();
  lists = await startArxiv();
  lab = await serve((_request, response) => response.end(LAB));
  const voted = (id: string, upvotes: number, more: Record<string, unknown> = {}) =>
    item(id, { paper: { upvotes, ...more } });
  face.setDay(THU, [
    voted('2602.00001', 10),
    voted('2602.00002v1', 7, { title: 'A first title of some paper' }),
    { paper: { id: '2602.00099' } },
  ]);
  face.setDay(FRI, [voted('2602.00001', 44), voted('2602.00003', 12), voted('2602.00003', 15)]);
  face.setDay(MON, [voted('2602.00004', 5), voted('2602.00005', 9)]);
  face.setDay(TUE, []);
  face.setDay(WED, [
    voted('2602.00006', 3),
    voted('2602.00002v2', 21, { title: 'A better title' }),
  ]);
  lists.papers = [
    // On Friday's list, and withdrawn.
    { id: '2602.00005', submitted: '2026-02-26T12:00:00Z', version: 2, comment: 'Withdrawn' },
    // On Monday's list, as at Hugging Face.
    { id: '2602.00004', submitted: '2026-02-27T12:00:00Z', title: 'Of arXiv itself' },
    // On Tuesday's list, and in the feed before by its DOI.
    { id: '2602.00007', submitted: '2026-03-01T12:00:00Z', doi: '10.1234/lamp' },
    { id: '2602.00008', submitted: '2026-03-01T13:00:00Z', categories: ['math.CO', 'cs.CL'] },
  ];
});
afterEach(async () => {
  await face.close();
  await lists.close();
  await lab.close();
});

const entry = (day: string, guid: string, title: string, more = '') =>
  `<item><title>${title}</title><link>https://lab.example/news</link><guid isPermaLink="false">${guid}</guid><pubDate>${day}T10:00:00Z</pubDate>${more}</item>`;
const LAB = `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A lab</title>
${entry(THU, '1', 'A lamp', '<dc:identifier>doi:10.1234/lamp</dc:identifier>')}
${entry(TUE, '2', 'News')}${entry(TUE, '3', 'News')}${entry(WED, '4', '???')}${entry(WED, '5', '???')}
</channel></rss>`;

const SOURCES = ['huggingface', 'arxiv', 'feed'] as const;
type Visit = readonly [(typeof SOURCES)[number], string];

/** Fetches in that order into a new store, picks all days by date, and gives the editions. */
async function editionsAfter(visits: readonly Visit[]) {
  const temp = await tempStore();
  try {
    const http = asking();
    http.clock.time = LATER;
    const url = new URL(lists.url);
    const sources: Source[] = [
      huggingFace(new URL(face.url), http),
      arxiv({ apiUrl: url, rssUrl: url, categories: ['cs.CL'], crossLists: false }, http),
      feeds({ urls: [lab.url], timezone: 'UTC' }, http),
    ];
    const { store, clock } = temp;
    const { logger, lines } = notingLogger();
    const deps = { ...store, clock, logger };
    for (const [name, day] of visits) {
      const source = found(sources.find((one) => one.name === name));
      const { failures } = await fetchDay({ ...deps, sources: [source] }, day);
      expect(failures).toEqual([]);
      clock.advance(MINUTE);
    }
    const editions = [];
    for (const day of DAYS) {
      const { edition } = await pickEdition(deps, day);
      editions.push({ day, papers: (await store.editions.withPapers(edition)).papers });
    }
    return { editions, lines };
  } finally {
    await temp.close();
  }
}

const ALL: Visit[] = DAYS.flatMap((day) => SOURCES.map((source) => [source, day] as const));

test('days of three sources, fetched twice and in any order, give the same editions', async () => {
  const { editions, lines } = await editionsAfter([...ALL, ...ALL]);
  expect(editions.map(({ papers }) => papers.map(({ id, title }) => id || title))).toEqual([
    ['2602.00001', '2602.00002', '2602.00007'],
    ['2602.00003'],
    ['2602.00004'],
    [expect.stringMatching(/^feed:/), expect.stringMatching(/^feed:/)],
    ['2602.00006', expect.stringMatching(/^feed:/), expect.stringMatching(/^feed:/)],
  ]);
  const [thursday] = editions;
  expect(thursday?.papers).toMatchObject([
    { signal: { upvotes: 44 } },
    { title: 'A better title', signal: { upvotes: 21 } },
    { doi: '10.1234/lamp', title: 'The paper 2602.00007' },
  ]);
  // Whatever is in none of them was left out with a reason.
  const reasons = lines.filter(({ reason }) => reason !== undefined);
  for (const id of ['2602.00099', '2602.00005']) {
    expect(reasons.some((line) => String(line['id']).startsWith(id))).toBe(true);
  }

  const { editions: backwards } = await editionsAfter([...ALL].reverse());
  expect(backwards).toEqual(editions);
  const bySource = [...ALL].sort(([one], [other]) => (one < other ? -1 : 1));
  expect((await editionsAfter(bySource)).editions).toEqual(editions);
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(ALL, { minLength: ALL.length }),
      fc.subarray(ALL),
      async (order, again) => {
        expect((await editionsAfter([...order, ...again])).editions).toEqual(editions);
      },
    ),
    { numRuns: 5 },
  );
}, 90_000);
