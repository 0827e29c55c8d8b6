import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { arxiv } from '../../src/sources/arxiv/arxiv.js';
import type { SourceAnswer } from '../../src/sources/source.js';
import { ArxivDesk, ids, TODAY, YESTERDAY } from './arxiv-desk.js';
import { asking, serve } from './asking.js';

let desk: ArxivDesk;
beforeEach(async () => {
  desk = await ArxivDesk.open();
});
afterEach(() => desk.stub.close());

const updated = ({ updates = [] }: SourceAnswer) => updates.map(({ paper }) => paper.id);

/** The RSS is made anew each midnight, whether there is a new list or not. */
describe('a list that is dated today and is older', () => {
  const old = { submitted: '2026-03-02T10:00:00Z', announced: 'new' };
  const fresh = { id: '2603.00009', submitted: '2026-03-03T10:00:00Z' };
  const how = { listedFor: async () => new Set<string>() };
  beforeEach(() => {
    desk.stub.rssDay = TODAY;
    desk.stub.papers = [
      { ...old, id: '2603.00001' },
      { ...old, id: '2603.00002' },
      { id: '2602.00003', announced: 'replace', version: 3 },
    ];
  });

  test('is known by the dates of its items', async () => {
    desk.stub.papers = ['2603.00001', '2603.00002'].map((id) => {
      return { id, announced: 'new', dated: YESTERDAY };
    });
    expect(await desk.source().newestDay(TODAY)).toBe(YESTERDAY);
    const missing: string[] = [];
    const onMissing = (reason: string) => void missing.push(reason);
    const served = await serve((_request, response) => void response.writeHead(404).end());
    const some = { categories: ['cs.CL'], crossLists: false };
    const one = arxiv({ ...some, apiUrl: served.url, rssUrl: new URL(desk.stub.url) }, desk.deps);
    expect(await one.newestDay(TODAY, { onMissing }).finally(served.close)).toBe(YESTERDAY);
    expect(missing).toEqual([expect.stringContaining('answered 404')]);
    expect(await desk.source().listDay(TODAY)).toMatchObject({ papers: [], isUnsure: true });
    expect(ids(await desk.source().listDay(YESTERDAY))).toEqual(['2603.00001', '2603.00002']);
  });

  test('is known by what was listed before, whichever day that was', async () => {
    for (const listedOn of [YESTERDAY, '2026-03-02']) {
      const listedFor = async (day: string) =>
        new Set(day === listedOn ? ['2603.00001', '2603.00002'] : []);
      expect(await desk.source().listDay(TODAY, { listedFor })).toMatchObject({ isUnsure: true });
    }
  });

  test('is known by when its papers were submitted', async () => {
    expect(await desk.source().newestDay(TODAY, how)).toBe(YESTERDAY);
    expect(await desk.source().listDay(TODAY, how)).toMatchObject({ papers: [], isUnsure: true });
    const logged = { event: 'list_stale', says: TODAY, day: YESTERDAY };
    expect(desk.deps.lines).toContainEqual(expect.objectContaining(logged));
  });

  test('is left for what the API has of today, once it has it', async () => {
    desk.stub.papers.push(fresh);
    expect(ids(await desk.source().listDay(TODAY, how))).toEqual(['2603.00009']);
    expect(await desk.source().newestDay(TODAY, how)).toBe(TODAY);
  });

  test("is today's, if some of it came in time for today only", async () => {
    desk.stub.papers.push({ ...fresh, announced: 'new' });
    expect(ids(await desk.source().listDay(TODAY, how))).toContain('2603.00001');
    // A few that were there before say nothing against the others.
    const listedFor = async () => new Set(['2603.00001']);
    desk.stub.requests.length = 0;
    expect(ids(await desk.source().listDay(TODAY, { listedFor }))).toHaveLength(3);
    expect(desk.asked()).toEqual(['/rss/cs.CL+cs.LG']);
  });

  test('is taken as it is by whoever has no time, or where the API says nothing', async () => {
    const until = desk.deps.clock.now() + 9_000;
    expect(ids(await desk.source().listDay(TODAY, { ...how, until }))).toHaveLength(2);
    const served = await serve((_request, response) => void response.writeHead(404).end());
    try {
      const options = { categories: ['cs.CL'], crossLists: false };
      const one = arxiv(
        { ...options, apiUrl: served.url, rssUrl: new URL(desk.stub.url) },
        desk.deps,
      );
      expect(ids(await one.listDay(TODAY, how))).toHaveLength(2);
    } finally {
      await served.close();
    }
  });
});

describe('a list of which the RSS may not show all', () => {
  const replaced = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      ...{ id: `2602.${10_000 + n}`, announced: 'replace', version: 2 },
    }));
  const hidden = { id: '2603.00001', submitted: '2026-03-03T10:00:00Z' };
  beforeEach(() => {
    desk.stub.rssDay = TODAY;
  });

  test.each([2_000, 7])(
    'is asked for from the API, too: %i items, none of them new',
    async (count) => {
      desk.stub.papers = [...replaced(count), hidden];
      const answer = await desk.source().listDay(TODAY);
      expect(ids(answer)).toEqual(['2603.00001']);
      expect([answer.listed, updated(answer).length]).toEqual([count + 1, count]);
    },
  );

  test('has both where a full page has new ones', async () => {
    const shown = { ...hidden, id: '2603.00002', announced: 'new' };
    desk.stub.papers = [...replaced(1_999), shown, hidden];
    expect(ids(await desk.source().listDay(TODAY)).sort()).toEqual(['2603.00001', '2603.00002']);
  });

  test('is not sure while the API has nothing, and is told where that fails', async () => {
    desk.stub.papers = replaced(2_000);
    expect(await desk.source().listDay(TODAY)).toMatchObject({ papers: [], isUnsure: true });
    const served = await serve((_request, response) => void response.writeHead(404).end());
    try {
      const options = { categories: ['cs.CL'], crossLists: false };
      const one = arxiv(
        { ...options, apiUrl: served.url, rssUrl: new URL(desk.stub.url) },
        desk.deps,
      );
      const { failure } = await one.listDay(TODAY);
      expect(failure).toMatch(/^The RSS of arXiv is cut, and .* answered 404\.$/);
    } finally {
      await served.close();
    }
  });
});

/** https://arxiv.org/category_taxonomy: these are two names of one category. */
describe('a category with two names', () => {
  test.each([
    ['cs.SY', 'eess.SY'],
    ['cs.NA', 'math.NA'],
    ['math.MP', 'math-ph'],
    ['math.IT', 'cs.IT'],
    ['stat.TH', 'math.ST'],
    ['q-fin.EC', 'econ.GN'],
  ])('%s is %s', async (alias, name) => {
    const submitted = '2026-03-02T10:00:00Z';
    for (const [wanted, other] of [
      [alias, name],
      [name, alias],
    ] as const) {
      const one = desk.source({ categories: [wanted] });
      desk.stub.papers = [{ id: '2603.00001', submitted, categories: [other, wanted, 'cs.LG'] }];
      const answer = await one.listDay(YESTERDAY);
      expect(answer.papers.map(({ paper }) => paper.categories)).toEqual([[name, 'cs.LG']]);
      expect(one.settings).toBe(desk.source({ categories: [name] }).settings);
      // The RSS of the second name has them as cross-lists.
      desk.stub.rssDay = TODAY;
      desk.stub.papers = [
        { id: '2603.00001', announced: 'cross', categories: [name, alias] },
        { id: '2603.00002', announced: 'cross', categories: ['cs.LG', name, alias] },
      ];
      expect(ids(await desk.source({ categories: [wanted] }).listDay(TODAY))).toEqual([
        '2603.00001',
      ]);
    }
  });

  test('belongs to the archive of either', async () => {
    const submitted = '2026-03-02T10:00:00Z';
    desk.stub.papers = [{ id: '2603.00001', submitted, categories: ['eess.SY', 'cs.SY'] }];
    for (const wanted of ['eess', 'cs']) {
      desk.stub.papers = [
        { id: '2603.00001', submitted, categories: ['eess.SY', 'cs.SY', wanted] },
      ];
      expect(ids(await desk.source({ categories: [wanted] }).listDay(YESTERDAY))).toHaveLength(1);
    }
  });
});

describe('arXiv under load', () => {
  beforeEach(() => {
    desk.stub.papers = [{ id: '2603.00001', submitted: '2026-02-27T10:00:00Z' }];
  });
  /** Long ago, so that nothing asks for the RSS. */
  const list = () => desk.source().listDay('2026-03-02');

  const BUSY = [429, 503, '403 empty', '406 empty', 'empty', 'html', 'no-entries', 'cut'] as const;
  test.each(BUSY)('is asked again: %s', async (fault) => {
    desk.deps = asking({ tries: 3, backoff: 5_000 });
    desk.deps.clock.time += 7 * 24 * 3_600_000;
    desk.stub.faults = [fault, fault];
    expect(ids(await list())).toEqual(['2603.00001']);
    expect(desk.deps.clock.waits).toEqual([5_000, 10_000]);
  });

  test('is given up at last', async () => {
    desk.stub.faults = Array.from({ length: 20 }, () => 'empty' as const);
    await expect(list()).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('sent an empty body'),
    });
  });

  test.each([
    ['html', 'answered no feed, but a page', 3],
    ['406 empty', 'answered 406', 3],
    ['403 words', 'answered 403', 1],
  ] as const)('%s is told in the end', async (fault, words, times) => {
    desk.deps.clock.time += 7 * 24 * 3_600_000;
    desk.stub.faults = Array.from({ length: 20 }, () => fault);
    await expect(list()).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining(words),
    });
    expect(desk.stub.requests).toHaveLength(times);
  });
});
