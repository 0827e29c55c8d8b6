import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { arxiv } from '../../src/sources/arxiv/arxiv.js';
import { announcementDay, submissionWindow } from '../../src/sources/arxiv/arxiv-days.js';
import type { SourceAnswer } from '../../src/sources/source.js';
import { type ArxivStub, startArxiv } from '../support/arxiv.js';
import { type Asking, asking, serve } from './asking.js';

/** Wednesday; the clock of the tests stands at 09:00 UTC on it. */
const TODAY = '2026-03-04';
const YESTERDAY = '2026-03-03';

let stub: ArxivStub;
let deps: Asking;
beforeEach(async () => {
  stub = await startArxiv();
  deps = asking();
});
afterEach(() => stub.close());

const source = ({ crossLists = false, categories = ['cs.CL', 'cs.LG'] } = {}) => {
  const url = new URL(stub.url);
  return arxiv({ apiUrl: url, rssUrl: url, categories, crossLists }, deps);
};
const ids = ({ papers }: SourceAnswer) => papers.map(({ paper }) => paper.id);
const updated = ({ updates = [] }: SourceAnswer) => updates.map(({ paper }) => paper.id);
const asked = () => stub.requests.map(({ path }) => path);

describe('the days of arXiv', () => {
  test.each([
    ['Monday', '2026-03-02', '2026-02-26T19:00:00Z', '2026-02-27T19:00:00Z'],
    ['Tuesday', '2026-03-03', '2026-02-27T19:00:00Z', '2026-03-02T19:00:00Z'],
    ['Wednesday', '2026-03-04', '2026-03-02T19:00:00Z', '2026-03-03T19:00:00Z'],
    ['Friday', '2026-03-06', '2026-03-04T19:00:00Z', '2026-03-05T19:00:00Z'],
    [
      'Tuesday after clocks went forward',
      '2026-03-10',
      '2026-03-06T19:00:00Z',
      '2026-03-09T18:00:00Z',
    ],
  ])('%s has what was submitted before', (_day, day, from, to) => {
    expect(submissionWindow(day)).toEqual({ from: Date.parse(from), to: Date.parse(to) });
    expect(announcementDay(Date.parse(from))).toBe(day);
    expect(announcementDay(Date.parse(to) - 1)).toBe(day);
  });

  test('weekends have none', async () => {
    expect(submissionWindow('2026-03-07')).toBeNull();
    expect(await source().listDay('2026-03-01')).toEqual({ listed: 0, papers: [], dropped: [] });
    expect(stub.requests).toEqual([]);
  });
});

describe('a day that is over', () => {
  test('has what was submitted for it, new ones only, each with all that arXiv says', async () => {
    stub.papers = [
      {
        id: '2603.00001',
        submitted: '2026-03-02T18:59:59Z',
        title: 'On $\\alpha$ and\n  <think>',
        authors: ['Ada Lovelace', 'Paul Erd\\H{o}s'],
        categories: ['cs.CL', 'cs.AI'],
        doi: '10.1234/ABC',
        version: 2,
      },
      { id: '2603.00002', submitted: '2026-03-02T19:00:00Z' },
      { id: '2603.00003', submitted: '2026-02-27T18:59:00Z' },
      { id: '2603.00004', submitted: '2026-02-28T10:00:00Z', categories: ['math.CO', 'cs.LG'] },
      { id: '2603.00005', submitted: '2026-02-28T11:00:00Z', categories: ['cs.CV'] },
    ];
    const answer = await source().listDay(YESTERDAY);
    expect(ids(answer)).toEqual(['2603.00001']);
    expect(updated(answer)).toEqual(['2603.00004']);
    expect(answer.listed).toBe(2);
    expect(answer.papers[0]).toEqual({
      signal: null,
      version: 2,
      paper: expect.objectContaining({
        title: 'On α and <think>',
        abstract: 'It says something.',
        authors: ['Ada Lovelace', 'Paul Erdős'],
        categories: ['cs.CL', 'cs.AI'],
        doi: '10.1234/abc',
        publishedOn: '2026-03-02',
        url: 'https://arxiv.org/abs/2603.00001',
        withdrawn: false,
      }),
    });
  });

  test('has cross-lists where they are wanted', async () => {
    const submitted = '2026-02-28T10:00:00Z';
    stub.papers = [{ id: '2603.00004', submitted, categories: ['math.CO', 'cs.LG'] }];
    expect(ids(await source({ crossLists: true }).listDay(YESTERDAY))).toEqual(['2603.00004']);
  });

  test('tells papers that were withdrawn', async () => {
    const submitted = '2026-03-02T10:00:00Z';
    stub.papers = [
      { id: '2603.00001', submitted, comment: 'This paper has been withdrawn by Ada' },
      { id: '2603.00002', submitted, abstract: 'This paper has been withdrawn.' },
      { id: '2603.00003', submitted, abstract: 'Money is withdrawn by machines.' },
    ];
    const { papers } = await source().listDay(YESTERDAY);
    expect(papers.map(({ paper }) => paper.withdrawn)).toEqual([true, true, false]);
  });

  test('is not sure while it is empty, or to come', async () => {
    expect(await source().listDay(YESTERDAY)).toMatchObject({ listed: 0, isUnsure: true });
    expect(await source().listDay('2026-03-06')).toMatchObject({ listed: 0, isUnsure: true });
    stub.papers = [{ id: '2603.00001', submitted: '2026-03-02T10:00:00Z' }];
    expect((await source().listDay(YESTERDAY)).isUnsure).toBeUndefined();
    expect((await source().listDay('2026-03-01')).isUnsure).toBeUndefined();
  });

  test('is other than under other settings', () => {
    const settings = [
      source(),
      source({ categories: ['cs.LG', 'cs.CL'] }),
      source({ categories: ['cs.CL'] }),
      source({ crossLists: true }),
    ].map((one) => one.settings);
    expect(settings[1]).toBe(settings[0]);
    expect(new Set(settings).size).toBe(3);
  });

  test('is read page by page', async () => {
    stub.papers = Array.from({ length: 1_010 }, (_, n) => ({
      id: `2603.${10_000 + n}`,
      submitted: '2026-03-02T10:00:00Z',
    }));
    const answer = await source()
      .listDay('2026-02-27')
      .then(() => source().listDay(YESTERDAY));
    expect(ids(answer)).toHaveLength(1_010);
    const starts = stub.requests.map(({ query }) => query.get('start')).filter(Boolean);
    expect(starts).toEqual(['0', '0', '500', '1000']);
  });

  test('that is longer than it reads has what it read, and is told and logged', async () => {
    const served = await serve((request, response) => {
      const start = new URL(request.url ?? '', 'http://localhost').searchParams.get('start');
      response.end(`<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
        <opensearch:totalResults>20001</opensearch:totalResults><entry>
        <id>http://arxiv.org/abs/2603.${10_000 + Number(start)}v1</id><title>A paper</title>
        <published>2026-02-25T20:00:00Z</published><category term="cs.CL"/></entry></feed>`);
    });
    try {
      const [apiUrl, rssUrl] = [served.url, served.url];
      const options = { apiUrl, rssUrl, categories: ['cs.CL'], crossLists: true };
      const answer = await arxiv(options, deps).listDay('2026-02-27');
      expect([answer.papers.length, served.requests.length]).toEqual([20, 20]);
      expect(answer.failure).toBe(
        'arXiv lists 20001 papers for 2026-02-27, and only the first 20 were read.',
      );
      const logged = { level: 'warn', day: '2026-02-27', read: 20, total: 20_001 };
      expect(deps.lines).toContainEqual(expect.objectContaining(logged));
    } finally {
      await served.close();
    }
  });

  test('costs a broken item only itself', async () => {
    const submitted = '2026-03-02T10:00:00Z';
    stub.papers = [
      { id: 'nonsense', submitted },
      { id: '2603.00002', submitted, title: '\u200B ' },
      { id: '2603.00003', submitted },
    ];
    const answer = await source().listDay(YESTERDAY);
    expect(ids(answer)).toEqual(['2603.00003']);
    expect(answer.dropped.map(({ id }) => id)).toEqual(['#1', '2603.00002']);
  });
});

describe('the newest day', () => {
  beforeEach(() => {
    stub.rssDay = TODAY;
    stub.papers = [
      { id: '2603.00001', announced: 'new', authors: ['Ada Lovelace', 'Bob'], version: 1 },
      { id: '2603.00002', announced: 'cross', categories: ['math.CO', 'cs.LG'] },
      { id: '2602.00003', announced: 'replace', version: 3 },
      { id: '2602.00004', announced: 'replace-cross', version: 2 },
      { id: '2603.00005', announced: 'cross' },
      { id: '2603.00005', announced: 'new' },
    ];
  });

  test('comes from the RSS, which tells new ones from cross-lists and replacements', async () => {
    const answer = await source().listDay(TODAY);
    // What nothing is known before is looked up, since the RSS may be older than it says.
    expect(asked()).toEqual(['/rss/cs.CL+cs.LG', '/api/query']);
    expect(ids(answer)).toEqual(['2603.00001', '2603.00005']);
    expect(updated(answer)).toEqual(['2603.00002', '2602.00003', '2602.00004']);
    expect(answer.papers[0]?.paper).toMatchObject({
      title: 'The paper 2603.00001',
      abstract: 'It says something.',
      authors: ['Ada Lovelace', 'Bob'],
      publishedOn: TODAY,
    });
    expect(answer.updates?.[1]).toMatchObject({ version: 3, paper: { publishedOn: null } });
  });

  test('has cross-lists where they are wanted', async () => {
    expect(ids(await source({ crossLists: true }).listDay(TODAY))).toContain('2603.00002');
  });

  test('is that of the RSS, or else of the newest paper', async () => {
    expect(await source().newestDay(TODAY)).toBe(TODAY);
    stub.papers = [{ id: '2603.00001', submitted: '2026-02-28T12:00:00Z' }];
    expect(await source().newestDay(TODAY)).toBe(YESTERDAY);
    stub.papers = [];
    expect(await source().newestDay(TODAY)).toBeNull();
  });

  test('is that before, when the newest paper was submitted for a list to come', async () => {
    // On Monday morning: what came on Sunday evening stands on Tuesday's list.
    deps.clock.time = Date.UTC(2026, 2, 2, 9);
    stub.papers = [
      { id: '2603.00001', submitted: '2026-03-02T01:30:00Z' },
      { id: '2602.00002', submitted: '2026-02-27T12:00:00Z' },
      { id: '2602.00003', submitted: '2026-02-26T12:00:00Z' },
    ];
    stub.rssDay = null;
    expect(await source().newestDay('2026-03-02')).toBe('2026-03-02');
    expect(announcementDay(Date.parse('2026-03-02T01:30:00Z'))).toBe(YESTERDAY);
    expect(await source().newestDay('2026-03-01')).toBe('2026-02-27');
  });

  test('is asked for once for all that is asked together', async () => {
    const one = source();
    const together = { since: deps.clock.now() };
    expect(await one.newestDay(TODAY, together)).toBe(TODAY);
    expect(ids(await one.listDay(TODAY, together))).toHaveLength(2);
    expect(asked()).toEqual(['/rss/cs.CL+cs.LG', '/api/query']);
  });
});

/** The RSS is made anew each midnight, whether there is a new list or not. */
describe('a list that is dated today and is older', () => {
  const old = { submitted: '2026-03-02T10:00:00Z', announced: 'new' };
  const fresh = { id: '2603.00009', submitted: '2026-03-03T10:00:00Z' };
  const how = { listedFor: async () => new Set<string>() };
  beforeEach(() => {
    stub.rssDay = TODAY;
    stub.papers = [
      { ...old, id: '2603.00001' },
      { ...old, id: '2603.00002' },
      { id: '2602.00003', announced: 'replace', version: 3 },
    ];
  });

  test('is known by the dates of its items', async () => {
    stub.papers = ['2603.00001', '2603.00002'].map((id) => {
      return { id, announced: 'new', dated: YESTERDAY };
    });
    expect(await source().newestDay(TODAY)).toBe(YESTERDAY);
    const missing: string[] = [];
    const onMissing = (reason: string) => void missing.push(reason);
    const served = await serve((_request, response) => void response.writeHead(404).end());
    const some = { categories: ['cs.CL'], crossLists: false };
    const one = arxiv({ ...some, apiUrl: served.url, rssUrl: new URL(stub.url) }, deps);
    expect(await one.newestDay(TODAY, { onMissing }).finally(served.close)).toBe(YESTERDAY);
    expect(missing).toEqual([expect.stringContaining('answered 404')]);
    expect(await source().listDay(TODAY)).toMatchObject({ papers: [], isUnsure: true });
    expect(ids(await source().listDay(YESTERDAY))).toEqual(['2603.00001', '2603.00002']);
  });

  test('is known by what was listed before, whichever day that was', async () => {
    for (const listedOn of [YESTERDAY, '2026-03-02']) {
      const listedFor = async (day: string) =>
        new Set(day === listedOn ? ['2603.00001', '2603.00002'] : []);
      expect(await source().listDay(TODAY, { listedFor })).toMatchObject({ isUnsure: true });
    }
  });

  test('is known by when its papers were submitted', async () => {
    expect(await source().newestDay(TODAY, how)).toBe(YESTERDAY);
    expect(await source().listDay(TODAY, how)).toMatchObject({ papers: [], isUnsure: true });
    const logged = { event: 'list_stale', says: TODAY, day: YESTERDAY };
    expect(deps.lines).toContainEqual(expect.objectContaining(logged));
  });

  test('is left for what the API has of today, once it has it', async () => {
    stub.papers.push(fresh);
    expect(ids(await source().listDay(TODAY, how))).toEqual(['2603.00009']);
    expect(await source().newestDay(TODAY, how)).toBe(TODAY);
  });

  test("is today's, if some of it came in time for today only", async () => {
    stub.papers.push({ ...fresh, announced: 'new' });
    expect(ids(await source().listDay(TODAY, how))).toContain('2603.00001');
    // A few that were there before say nothing against the others.
    const listedFor = async () => new Set(['2603.00001']);
    stub.requests.length = 0;
    expect(ids(await source().listDay(TODAY, { listedFor }))).toHaveLength(3);
    expect(asked()).toEqual(['/rss/cs.CL+cs.LG']);
  });

  test('is taken as it is by whoever has no time, or where the API says nothing', async () => {
    const until = deps.clock.now() + 9_000;
    expect(ids(await source().listDay(TODAY, { ...how, until }))).toHaveLength(2);
    const served = await serve((_request, response) => void response.writeHead(404).end());
    try {
      const options = { categories: ['cs.CL'], crossLists: false };
      const one = arxiv({ ...options, apiUrl: served.url, rssUrl: new URL(stub.url) }, deps);
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
    stub.rssDay = TODAY;
  });

  test.each([2_000, 7])(
    'is asked for from the API, too: %i items, none of them new',
    async (count) => {
      stub.papers = [...replaced(count), hidden];
      const answer = await source().listDay(TODAY);
      expect(ids(answer)).toEqual(['2603.00001']);
      expect([answer.listed, updated(answer).length]).toEqual([count + 1, count]);
    },
  );

  test('has both where a full page has new ones', async () => {
    const shown = { ...hidden, id: '2603.00002', announced: 'new' };
    stub.papers = [...replaced(1_999), shown, hidden];
    expect(ids(await source().listDay(TODAY)).sort()).toEqual(['2603.00001', '2603.00002']);
  });

  test('is not sure while the API has nothing, and is told where that fails', async () => {
    stub.papers = replaced(2_000);
    expect(await source().listDay(TODAY)).toMatchObject({ papers: [], isUnsure: true });
    const served = await serve((_request, response) => void response.writeHead(404).end());
    try {
      const options = { categories: ['cs.CL'], crossLists: false };
      const one = arxiv({ ...options, apiUrl: served.url, rssUrl: new URL(stub.url) }, deps);
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
      const one = source({ categories: [wanted] });
      stub.papers = [{ id: '2603.00001', submitted, categories: [other, wanted, 'cs.LG'] }];
      const answer = await one.listDay(YESTERDAY);
      expect(answer.papers.map(({ paper }) => paper.categories)).toEqual([[name, 'cs.LG']]);
      expect(one.settings).toBe(source({ categories: [name] }).settings);
      // The RSS of the second name has them as cross-lists.
      stub.rssDay = TODAY;
      stub.papers = [
        { id: '2603.00001', announced: 'cross', categories: [name, alias] },
        { id: '2603.00002', announced: 'cross', categories: ['cs.LG', name, alias] },
      ];
      expect(ids(await source({ categories: [wanted] }).listDay(TODAY))).toEqual(['2603.00001']);
    }
  });

  test('belongs to the archive of either', async () => {
    const submitted = '2026-03-02T10:00:00Z';
    stub.papers = [{ id: '2603.00001', submitted, categories: ['eess.SY', 'cs.SY'] }];
    for (const wanted of ['eess', 'cs']) {
      stub.papers = [{ id: '2603.00001', submitted, categories: ['eess.SY', 'cs.SY', wanted] }];
      expect(ids(await source({ categories: [wanted] }).listDay(YESTERDAY))).toHaveLength(1);
    }
  });
});

describe('arXiv under load', () => {
  beforeEach(() => {
    stub.papers = [{ id: '2603.00001', submitted: '2026-02-27T10:00:00Z' }];
  });
  /** Long ago, so that nothing asks for the RSS. */
  const list = () => source().listDay('2026-03-02');

  const BUSY = [429, 503, '403 empty', '406 empty', 'empty', 'html', 'no-entries', 'cut'] as const;
  test.each(BUSY)('is asked again: %s', async (fault) => {
    deps = asking({ tries: 3, backoff: 5_000 });
    deps.clock.time += 7 * 24 * 3_600_000;
    stub.faults = [fault, fault];
    expect(ids(await list())).toEqual(['2603.00001']);
    expect(deps.clock.waits).toEqual([5_000, 10_000]);
  });

  test('is given up at last', async () => {
    stub.faults = Array.from({ length: 20 }, () => 'empty' as const);
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
    deps.clock.time += 7 * 24 * 3_600_000;
    stub.faults = Array.from({ length: 20 }, () => fault);
    await expect(list()).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining(words),
    });
    expect(stub.requests).toHaveLength(times);
  });
});
