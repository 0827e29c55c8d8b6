import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { arxiv } from '../../src/sources/arxiv/arxiv.js';
import { announcementDay, submissionWindow } from '../../src/sources/arxiv/arxiv-days.js';
import type { SourceAnswer } from '../../src/sources/source.js';
import { ArxivDesk, ids, TODAY, YESTERDAY } from './arxiv-desk.js';
import { serve } from './asking.js';

let desk: ArxivDesk;
beforeEach(async () => {
  desk = await ArxivDesk.open();
});
afterEach(() => desk.stub.close());

const updated = ({ updates = [] }: SourceAnswer) => updates.map(({ paper }) => paper.id);

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
    expect(await desk.source().listDay('2026-03-01')).toEqual({
      listed: 0,
      papers: [],
      dropped: [],
    });
    expect(desk.stub.requests).toEqual([]);
  });
});

describe('a day that is over', () => {
  test('has what was submitted for it, new ones only, each with all that arXiv says', async () => {
    desk.stub.papers = [
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
    const answer = await desk.source().listDay(YESTERDAY);
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
    desk.stub.papers = [{ id: '2603.00004', submitted, categories: ['math.CO', 'cs.LG'] }];
    expect(ids(await desk.source({ crossLists: true }).listDay(YESTERDAY))).toEqual(['2603.00004']);
  });

  test('tells papers that were withdrawn', async () => {
    const submitted = '2026-03-02T10:00:00Z';
    desk.stub.papers = [
      { id: '2603.00001', submitted, comment: 'This paper has been withdrawn by Ada' },
      { id: '2603.00002', submitted, abstract: 'This paper has been withdrawn.' },
      { id: '2603.00003', submitted, abstract: 'Money is withdrawn by machines.' },
    ];
    const { papers } = await desk.source().listDay(YESTERDAY);
    expect(papers.map(({ paper }) => paper.withdrawn)).toEqual([true, true, false]);
  });

  test('is not sure while it is empty, or to come', async () => {
    expect(await desk.source().listDay(YESTERDAY)).toMatchObject({ listed: 0, isUnsure: true });
    expect(await desk.source().listDay('2026-03-06')).toMatchObject({ listed: 0, isUnsure: true });
    desk.stub.papers = [{ id: '2603.00001', submitted: '2026-03-02T10:00:00Z' }];
    expect((await desk.source().listDay(YESTERDAY)).isUnsure).toBeUndefined();
    expect((await desk.source().listDay('2026-03-01')).isUnsure).toBeUndefined();
  });

  test('is other than under other settings', () => {
    const settings = [
      desk.source(),
      desk.source({ categories: ['cs.LG', 'cs.CL'] }),
      desk.source({ categories: ['cs.CL'] }),
      desk.source({ crossLists: true }),
    ].map((one) => one.settings);
    expect(settings[1]).toBe(settings[0]);
    expect(new Set(settings).size).toBe(3);
  });

  test('is read page by page', async () => {
    desk.stub.papers = Array.from({ length: 1_010 }, (_, n) => ({
      id: `2603.${10_000 + n}`,
      submitted: '2026-03-02T10:00:00Z',
    }));
    const answer = await desk
      .source()
      .listDay('2026-02-27')
      .then(() => desk.source().listDay(YESTERDAY));
    expect(ids(answer)).toHaveLength(1_010);
    const starts = desk.stub.requests.map(({ query }) => query.get('start')).filter(Boolean);
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
      const answer = await arxiv(options, desk.deps).listDay('2026-02-27');
      expect([answer.papers.length, served.requests.length]).toEqual([20, 20]);
      expect(answer.failure).toBe(
        'arXiv lists 20001 papers for 2026-02-27, and only the first 20 were read.',
      );
      const logged = { level: 'warn', day: '2026-02-27', read: 20, total: 20_001 };
      expect(desk.deps.lines).toContainEqual(expect.objectContaining(logged));
    } finally {
      await served.close();
    }
  });

  test('costs a broken item only itself', async () => {
    const submitted = '2026-03-02T10:00:00Z';
    desk.stub.papers = [
      { id: 'nonsense', submitted },
      { id: '2603.00002', submitted, title: '\u200B ' },
      { id: '2603.00003', submitted },
    ];
    const answer = await desk.source().listDay(YESTERDAY);
    expect(ids(answer)).toEqual(['2603.00003']);
    expect(answer.dropped.map(({ id }) => id)).toEqual(['#1', '2603.00002']);
  });
});

describe('the newest day', () => {
  beforeEach(() => {
    desk.stub.rssDay = TODAY;
    desk.stub.papers = [
      { id: '2603.00001', announced: 'new', authors: ['Ada Lovelace', 'Bob'], version: 1 },
      { id: '2603.00002', announced: 'cross', categories: ['math.CO', 'cs.LG'] },
      { id: '2602.00003', announced: 'replace', version: 3 },
      { id: '2602.00004', announced: 'replace-cross', version: 2 },
      { id: '2603.00005', announced: 'cross' },
      { id: '2603.00005', announced: 'new' },
    ];
  });

  test('comes from the RSS, which tells new ones from cross-lists and replacements', async () => {
    const answer = await desk.source().listDay(TODAY);
    // What nothing is known before is looked up, since the RSS may be older than it says.
    expect(desk.asked()).toEqual(['/rss/cs.CL+cs.LG', '/api/query']);
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
    expect(ids(await desk.source({ crossLists: true }).listDay(TODAY))).toContain('2603.00002');
  });

  test('is that of the RSS, or else of the newest paper', async () => {
    expect(await desk.source().newestDay(TODAY)).toBe(TODAY);
    desk.stub.papers = [{ id: '2603.00001', submitted: '2026-02-28T12:00:00Z' }];
    expect(await desk.source().newestDay(TODAY)).toBe(YESTERDAY);
    desk.stub.papers = [];
    expect(await desk.source().newestDay(TODAY)).toBeNull();
  });

  test('is that before, when the newest paper was submitted for a list to come', async () => {
    // On Monday morning: what came on Sunday evening stands on Tuesday's list.
    desk.deps.clock.time = Date.UTC(2026, 2, 2, 9);
    desk.stub.papers = [
      { id: '2603.00001', submitted: '2026-03-02T01:30:00Z' },
      { id: '2602.00002', submitted: '2026-02-27T12:00:00Z' },
      { id: '2602.00003', submitted: '2026-02-26T12:00:00Z' },
    ];
    desk.stub.rssDay = null;
    expect(await desk.source().newestDay('2026-03-02')).toBe('2026-03-02');
    expect(announcementDay(Date.parse('2026-03-02T01:30:00Z'))).toBe(YESTERDAY);
    expect(await desk.source().newestDay('2026-03-01')).toBe('2026-02-27');
  });

  test('is asked for once for all that is asked together', async () => {
    const one = desk.source();
    const together = { since: desk.deps.clock.now() };
    expect(await one.newestDay(TODAY, together)).toBe(TODAY);
    expect(ids(await one.listDay(TODAY, together))).toHaveLength(2);
    expect(desk.asked()).toEqual(['/rss/cs.CL+cs.LG', '/api/query']);
  });
});
