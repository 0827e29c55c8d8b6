import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FetchReport } from '../../src/sources/fetch.js';
import { type ArxivStub, startArxiv } from '../support/arxiv.js';
import { type Desk, isOneJsonLine, openDesk, sentences } from './desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

type Fetched = Record<string, FetchReport>;

interface Picked {
  date: string;
  state: string;
  papers: number;
  changed: boolean;
  repeated: number;
}

describe('fetch', () => {
  test('counts what was listed and stored, and stores repeated papers once', async () => {
    const result = await desk.run(['fetch', '--date', '2026-03-02', '--json']);
    expect([result.code, isOneJsonLine(result)]).toEqual([0, true]);
    expect(result.json()).toEqual({ huggingface: { listed: 8, stored: 7, dropped: [] } });
    expect(desk.rows('select id from papers')).toHaveLength(7);
    expect(sentences(result)).toEqual([]);
  });

  test('again, it counts known papers as stored and makes no second ones', async () => {
    await desk.json(['fetch', '--date', '2026-03-02']);
    const again = await desk.json<Fetched>(['fetch', '--date', '2026-03-02']);
    expect(again['huggingface']).toMatchObject({ listed: 8, stored: 7 });
    expect(desk.rows('select id from papers')).toHaveLength(7);
  });

  test('names each item that is left out, with its reason, and keeps the others', async () => {
    const good = desk.source.days.get('2026-03-03') ?? [];
    desk.source.setDay('2026-03-03', [
      ...good,
      { paper: { id: '2603.00001' } },
      'nonsense',
      { paper: { id: '2603.00002', title: ' ', summary: 's', upvotes: 1, authors: [] } },
    ]);
    const result = await desk.run(['fetch', '--date', '2026-03-03', '--json']);
    expect(result.code).toBe(0);
    const { huggingface } = result.json<Fetched>();
    expect(huggingface).toMatchObject({ listed: good.length + 3, stored: good.length });
    expect(huggingface?.dropped).toEqual([
      { id: '2603.00001', reason: expect.stringMatching(/title/) },
      { id: `#${good.length + 2}`, reason: expect.stringMatching(/object/) },
      { id: '2603.00002', reason: 'paper.title is blank' },
    ]);
    for (const { id, reason } of huggingface?.dropped ?? []) {
      const line = result.stderr.split('\n').find((text) => text.includes(`"${id}"`)) ?? '{}';
      expect(JSON.parse(line)).toMatchObject({ level: 'warn', id, reason, day: '2026-03-03' });
    }
  });

  test('without a date it reads the newest day that has papers', async () => {
    const { stdout } = await desk.run(['fetch']);
    expect(stdout).toBe('huggingface: 5 papers of 2026-03-04 stored (5 listed, 0 left out)\n');
  });

  test('reads all pages of a long day', async () => {
    const [item] = (desk.source.days.get('2026-03-02') ?? []) as { paper: object }[];
    const many = Array.from({ length: 230 }, (_, n) => ({
      ...item,
      paper: { ...item?.paper, id: `2603.${10_000 + n}` },
    }));
    desk.source.setDay('2026-03-01', many);
    const fetched = await desk.json<Fetched>([
      'fetch',
      '--date',
      '2026-03-01',
      '--source',
      'huggingface',
    ]);
    expect(fetched['huggingface']).toEqual({ listed: 230, stored: 230, dropped: [] });
  });

  test('a day without papers is done, too', async () => {
    const fetched = await desk.json<Fetched>(['fetch', '--date', '2026-03-01']);
    expect(fetched).toEqual({ huggingface: { listed: 0, stored: 0, dropped: [] } });
  });

  test('a source that answers HTML: exit code 1, one sentence, nothing lost', async () => {
    await desk.json(['fetch', '--date', '2026-03-02']);
    desk.source.fail('html');
    const result = await desk.run(['fetch', '--date', '2026-03-02', '--json']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual([
      `paperboy: ${new URL(desk.source.url).host} answered text/html that is not JSON.`,
    ]);
    expect(desk.rows('select id from papers')).toHaveLength(7);
  });

  test('a source that answers something else than a list likewise', async () => {
    desk.source.fail('not-array');
    const result = await desk.run(['fetch', '--date', '2026-03-02']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual([
      expect.stringMatching(/did not answer a list of papers\.$/),
    ]);
  });

  test('a source that stumbles once is asked again', async () => {
    desk.source.fail({ status: 503, times: 1, retryAfter: 0 });
    const fetched = await desk.json<Fetched>(['fetch', '--date', '2026-03-02']);
    expect(fetched['huggingface']).toMatchObject({ stored: 7 });
  });
});

describe('fetch of a range', () => {
  const range = ['fetch', '--from', '2026-03-01', '--to', '2026-03-04', '--json'];
  interface Range {
    days: Record<string, Fetched>;
    failed: { day: string; source: string; reason: string }[];
  }

  test('reads each day, and asks for none again that is over', async () => {
    const first = await desk.run(range);
    expect([first.code, isOneJsonLine(first)]).toEqual([0, true]);
    const { days, failed } = first.json<Range>();
    expect(Object.keys(days)).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']);
    expect(days['2026-03-02']).toEqual({ huggingface: { listed: 8, stored: 7, dropped: [] } });
    expect(days['2026-03-01']).toEqual({ huggingface: { listed: 0, stored: 0, dropped: [] } });
    expect(failed).toEqual([]);
    const asked = desk.source.requests.length;
    const again = (await desk.run(range)).json<Range>();
    expect(again.days['2026-03-02']).toEqual({
      huggingface: { listed: 8, stored: 7, dropped: [], skipped: true },
    });
    expect(desk.source.requests).toHaveLength(asked);
    const anew = (await desk.run([...range, '--again'])).json<Range>();
    expect(anew.days).toEqual(days);
    expect(desk.source.requests).toHaveLength(2 * asked);
  });

  test('goes on after a day that fails, and reads just that the next time', async () => {
    desk.source.fail((path) => (path.includes('date=2026-03-03') ? { kind: 'html' } : null));
    const broken = await desk.run(range);
    expect(broken.code).toBe(1);
    expect(broken.json<Range>().failed).toEqual([
      expect.objectContaining({ day: '2026-03-03', source: 'huggingface' }),
    ]);
    expect(sentences(broken)).toEqual([
      expect.stringMatching(/^paperboy: 2026-03-03: huggingface: .* that is not JSON\.$/),
    ]);
    desk.source.fail(null);
    const asked = desk.source.requests.length;
    const mended = await desk.run(range);
    expect(mended.code).toBe(0);
    const paths = desk.source.requests.slice(asked).map(({ path }) => path);
    expect(paths).toEqual([expect.stringContaining('date=2026-03-03')]);
  });

  test.each([
    [['--from', '2026-03-02'], /go together/],
    [['--from', '2026-03-02', '--to', '2026-03-01'], /2026-03-02 is later than 2026-03-01/],
    [['--from', '2026-03-02', '--to', '2026-03-03', '--date', '2026-03-02'], /Take --date, or/],
    [['--from', '1990-01-01', '--to', '2026-03-03'], /at most 3660 days/],
    [['--source', 'file'], /go together/],
    [['--source', 'nowhere'], /not a source that is set up/],
  ])('%j is bad usage', async (args, sentence) => {
    const { code, stderr } = await desk.run(['fetch', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(sentence)]);
  });
});

describe('fetch of a file', () => {
  test('stores its rows for a day, names the bad ones, and exits with 1 for them', async () => {
    const file = desk.file(
      'mine.csv',
      'title,abstract\nOne,It says one.\nTwo,\nThree,It says three.\n',
    );
    const args = ['fetch', '--source', 'file', '--file', file, '--date', '2026-03-05', '--json'];
    const result = await desk.run(args);
    expect(result.code).toBe(1);
    expect(result.json()).toEqual({
      file: { listed: 3, stored: 2, dropped: [{ id: 'line 3', reason: 'abstract is missing' }] },
    });
    expect(sentences(result)).toEqual(['paperboy: mine.csv, line 3: abstract is missing']);
    expect((await desk.run(['pick', '--date', '2026-03-05', '--json'])).json()).toMatchObject({
      papers: 2,
    });
    desk.file('mine.csv', 'title,abstract\nOne,It says one.\n');
    expect((await desk.run(args)).code).toBe(0);
  });

  test('that is not there is a sentence', async () => {
    const result = await desk.run(['fetch', '--source', 'file', '--file', 'none.csv']);
    expect([result.code, sentences(result)]).toEqual([
      1,
      ["paperboy: none.csv can't be read (ENOENT)."],
    ]);
  });
});

describe('several sources', () => {
  let arxiv: ArxivStub;
  beforeEach(async () => {
    arxiv = await startArxiv();
    arxiv.papers = [{ id: '2603.55555', submitted: '2026-02-27T20:00:00Z', title: 'Of arXiv' }];
  });
  afterEach(() => arxiv.close());
  const env = () => ({
    SOURCES: 'huggingface,arxiv,feed',
    ARXIV_URL: arxiv.url,
    FEED_URLS: 'http://127.0.0.1:9/feed',
  });

  test('are read side by side; one that is down leaves the others', async () => {
    const result = await desk.run(['fetch', '--date', '2026-03-03', '--json'], { env: env() });
    expect(result.code).toBe(1);
    expect(result.json()).toEqual({
      huggingface: { listed: 6, stored: 6, dropped: [] },
      arxiv: { listed: 1, stored: 1, dropped: [] },
    });
    expect(sentences(result)).toEqual([
      expect.stringMatching(/^paperboy: feed: .*is not on the public internet/),
    ]);
    const run = await desk.run(['run', '--date', '2026-03-03', '--now', '--json'], { env: env() });
    expect(run.code).toBe(0);
    expect(run.json()).toMatchObject({ picked: { papers: 7 }, failed: [{ source: 'feed' }] });
  });
});

describe('pick', () => {
  test('without papers says what to do first', async () => {
    const result = await desk.run(['pick']);
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(sentences(result)).toEqual([
      'paperboy: There are no papers yet; run "paperboy fetch" first.',
    ]);
  });

  test('makes a draft, refreshes it, and does not repeat a paper of an earlier day', async () => {
    await desk.json(['fetch', '--date', '2026-03-02']);
    const first = await desk.run(['pick', '--json']);
    expect([first.code, isOneJsonLine(first)]).toEqual([0, true]);
    expect(first.json<Picked>()).toEqual({
      date: '2026-03-02',
      state: 'draft',
      papers: 7,
      changed: true,
      repeated: 0,
    });
    await desk.json(['fetch', '--date', '2026-03-03']);
    const second = await desk.json<Picked>(['pick']);
    expect(second).toEqual({
      date: '2026-03-03',
      state: 'draft',
      papers: 5,
      changed: true,
      repeated: 1,
    });
    desk.source.setDay('2026-03-02', (desk.source.days.get('2026-03-02') ?? []).slice(0, 3));
    await desk.json(['fetch', '--date', '2026-03-02']);
    expect(await desk.json<Picked>(['pick', '--date', '2026-03-02'])).toMatchObject({
      changed: true,
    });
  });

  test('changes nothing in a frozen edition and says so', async () => {
    await desk.json(['fetch', '--date', '2026-03-02']);
    await desk.json(['pick']);
    await desk.json(['send', '--now']);
    const before = desk.rows('select * from edition_papers');
    desk.source.setDay('2026-03-02', (desk.source.days.get('2026-03-02') ?? []).slice(0, 1));
    await desk.json(['fetch', '--date', '2026-03-02']);
    const { code, stdout } = await desk.run(['pick', '--date', '2026-03-02']);
    expect([code, stdout]).toEqual([
      0,
      'The edition of 2026-03-02 is frozen with 7 papers; nothing was changed.\n',
    ]);
    expect(desk.rows('select * from edition_papers')).toEqual(before);
  });
});
