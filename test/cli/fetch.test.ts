import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FetchReport } from '../../src/papers/fetch.js';
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
