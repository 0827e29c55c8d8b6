import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import { ROOT } from '../support/program.js';
import { type Asking, asking, item, items, type Served, serve } from './asking.js';

const DAY = '2026-03-02';
const TODAY = '2026-03-04';
let stub: HuggingFaceStub;
let served: Served | undefined;
let deps: Asking;

beforeEach(async () => {
  stub = await startHuggingFace({ today: TODAY });
  deps = asking();
});
afterEach(async () => {
  await stub.close();
  await served?.close();
  served = undefined;
});

const source = (url = stub.url) => huggingFace(new URL(url), deps);
const failing = (message: string) =>
  expect.objectContaining({ code: 'source_failed', message: expect.stringContaining(message) });

/** A server that gives pages of fifty, whatever is asked; `pageOf` chooses which. */
async function serveFifties(all: unknown[], pageOf = (p: number) => p): Promise<Served> {
  served = await serve((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const page = pageOf(Number(searchParams.get('p') ?? 0));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(all.slice(page * 50, (page + 1) * 50)));
  });
  return served;
}

describe('a day', () => {
  test('of 120 papers is read to its end, in its order', async () => {
    stub.setDay(DAY, items(120));
    const answer = await source().listDay(DAY);
    expect(answer.listed).toBe(120);
    expect(answer.dropped).toEqual([]);
    expect(answer.papers.map(({ signal }) => signal?.upvotes)).toEqual(
      Array.from({ length: 120 }, (_, n) => 120 - n),
    );
    expect(stub.requests.map(({ path }) => path)).toEqual([
      `/api/daily_papers?limit=100&date=${DAY}`,
      `/api/daily_papers?limit=100&date=${DAY}&p=1`,
    ]);
  });

  test('of texts with TeX, what is left of it, and Markdown comes as plain text', async () => {
    const paper = {
      title: 'R^textbf2AI: Erd\\H os meets \\texorpdfstring{$\\alpha$}{alpha}-decay',
      summary:
        'We propose **CAPO** ([code](https://a.example/b)).\n  It is 1.45times faster at leq 4B.',
      ai_summary: "A ''glimpse'' of a method valued at \\1 million, from 5.7% rightarrow 25.4%",
    };

    stub.setDay(DAY, [item('2603.90000', { paper })]);
    const { papers } = await source().listDay(DAY);
    expect(papers[0]?.paper).toMatchObject({
      title: 'R²AI: Erdős meets α-decay',
      abstract: 'We propose CAPO (code (https://a.example/b)). It is 1.45× faster at ≤ 4B.',
      summary: 'A “glimpse” of a method valued at $1 million, from 5.7% → 25.4%',
    });
  });

  test.each([0, 1, 49, 50, 51, 99, 100, 101, 200, 1000])(
    'of %i papers loses none',
    async (count) => {
      stub.setDay(DAY, items(count));
      const { listed, papers } = await source().listDay(DAY);
      expect([listed, papers.length]).toEqual([count, count]);
    },
  );

  test.each([49, 50, 100, 120])('of %i is whole where pages are of fifty', async (count) => {
    const { url } = await serveFifties(items(count));
    const { listed, papers } = await source(url.href).listDay(DAY);
    expect([listed, papers.length]).toEqual([count, count]);
  });

  test('ends where a server gives the same page for ever', async () => {
    const { url, requests } = await serveFifties(items(50), () => 0);
    const { listed, papers } = await source(url.href).listDay(DAY);
    expect([listed, papers.length, requests.length]).toEqual([50, 50, 2]);
  });

  test('ends where a server never comes to an end', async () => {
    let page = 0;
    served = await serve((_request, response) => {
      page += 1;
      const fifty = Array.from({ length: 50 }, (_, n) => item(`26${page + 10}.${10_000 + n}`));
      response.end(JSON.stringify(fifty));
    });
    const { papers } = await source(served.url.href).listDay(DAY);
    expect(papers.length).toBe(50 * served.requests.length);
    expect(served.requests.length).toBeLessThanOrEqual(20);
  });

  test('without papers is an empty answer, not a failure', async () => {
    expect(await source().listDay(DAY)).toMatchObject({ listed: 0, papers: [], dropped: [] });
  });

  test('that has not begun where the API lives is one without papers', async () => {
    deps.clock.time = Date.UTC(2026, 2, 4, 23, 59);
    expect(await source().listDay('2026-03-05')).toMatchObject({
      listed: 0,
      papers: [],
      dropped: [],
    });
  });

  test('of the past that is refused is a failure', async () => {
    await stub.close();
    stub = await startHuggingFace({ today: '2026-03-01' });
    deps.clock.time = Date.UTC(2026, 2, 4);
    await expect(source().listDay('2026-03-03')).rejects.toEqual(failing('answered 400.'));
  });
});

describe('a paper listed twice', () => {
  test('counts once, with the more votes', async () => {
    const votes = (upvotes: number) => item('2603.99001', { paper: { upvotes } });
    stub.setDay(DAY, [votes(19), item('2603.99002'), votes(41), votes(40)]);
    const { listed, papers } = await source().listDay(DAY);
    expect(listed).toBe(4);
    expect(papers.map(({ paper, signal }) => [paper.id, signal?.upvotes])).toEqual([
      ['2603.99001', 41],
      ['2603.99002', 3],
    ]);
  });

  test('is the same in another version, and on another page', async () => {
    const all = [...items(100), item('2603.90000v2', { paper: { upvotes: 500 } })];
    stub.setDay(DAY, all);
    const { listed, papers } = await source().listDay(DAY);
    expect([listed, papers.length]).toEqual([101, 100]);
    expect(papers[0]?.signal?.upvotes).toBe(500);
  });
});

test('broken items are left out, each with its id or place, and the others kept', async () => {
  stub.setDay(DAY, [
    item('2603.99001'),
    item('2603.99002', { paper: { title: undefined } }),
    null,
    'paper',
    item('2603.99005', { paper: { upvotes: -1 } }),
    {},
    [],
    item('2603.99008', { paper: { authors: [{ name: 7 }] } }),
    item('2603.99009'),
  ]);
  const { listed, papers, dropped } = await source().listDay(DAY);
  expect(listed).toBe(9);
  expect(papers.map(({ paper }) => paper.id)).toEqual(['2603.99001', '2603.99009']);
  expect(dropped.map(({ id }) => id)).toEqual([
    ...['2603.99002', '#3', '#4', '2603.99005', '#6', '#7', '2603.99008'],
  ]);
  for (const { reason } of dropped) expect(reason).toMatch(/must/);
});

test('an item that is nested without end costs itself only, on a day and as the newest', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const bad = [
    `{"paper": {"id": "2603.99002", "title": ${deep}}}`,
    `{"paper": {"id": "2603.99003", "submittedOnDailyAt": ${deep}}, "numComments": ${deep}}`,
    deep,
  ];
  served = await serve((_request, response) => {
    response.end(`[${[...bad, JSON.stringify(item('2603.99001'))].join(',')}]`);
  });
  const { papers, dropped } = await source(served.url.href).listDay(DAY);
  expect(papers.map(({ paper }) => paper.id)).toEqual(['2603.99001']);
  expect(dropped.map(({ id }) => id)).toEqual(['2603.99002', '2603.99003', '#3']);
  expect(await source(served.url.href).newestDay(TODAY)).toBe(DAY);
});

test('an item of 4 MB of brackets costs itself only', async () => {
  deps = asking({ timeout: 60_000 });
  const deep = `${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}`;
  const bad = `{"paper": {"id": "2603.99002", "title": ${deep}}}`;
  served = await serve((_request, response) => {
    response.end(`[${bad}, ${JSON.stringify(item('2603.99001'))}]`);
  });
  const { papers, dropped } = await source(served.url.href).listDay(DAY);
  expect(papers.map(({ paper }) => paper.id)).toEqual(['2603.99001']);
  expect(dropped.map(({ id }) => id)).toEqual(['2603.99002']);
});

describe('an answer that is none', () => {
  test('HTML', async () => {
    stub.fail('html');
    await expect(source().listDay(DAY)).rejects.toEqual(
      failing('answered text/html that is not JSON.'),
    );
    expect(stub.requests).toHaveLength(1);
  });

  test('JSON of another shape', async () => {
    stub.fail('not-array');
    await expect(source().listDay(DAY)).rejects.toEqual(
      failing('did not answer a list of papers.'),
    );
  });

  test('cut off again and again, also behind the first page', async () => {
    stub.setDay(DAY, items(120));
    stub.fail((path) => (path.includes('p=1') ? { kind: 'cut' } : null));
    await expect(source().listDay(DAY)).rejects.toEqual(failing('could not be read'));
    expect(deps.clock.waits).toEqual([1_000, 2_000]);
  });

  test('but comes after three errors, and nothing is lost', async () => {
    deps = asking({ tries: 5 });
    stub.setDay(DAY, items(120));
    stub.fail({ status: 500, times: 3 });
    expect((await source().listDay(DAY)).papers).toHaveLength(120);
    expect(deps.clock.waits).toEqual([1_000, 2_000, 4_000]);
  });
});

describe('the newest day', () => {
  const fixtures = `${ROOT}test/fixtures/huggingface`;

  test('is the first in the list without a date', async () => {
    stub.loadDir(fixtures);
    expect(await source().newestDay(TODAY)).toBe('2026-03-04');
    expect(stub.requests.map(({ path }) => path)).toEqual(['/api/daily_papers?limit=100']);
  });

  test('is not after today', async () => {
    stub.loadDir(fixtures);
    expect(await source().newestDay('2026-03-03')).toBe('2026-03-03');
  });

  test('is no day outside the calendar', async () => {
    stub.setDay('2026-03-01', [
      item('2603.99001', { paper: { submittedOnDailyAt: '2026-02-31T00:00:00Z' } }),
      item('2603.99002', { paper: { submittedOnDailyAt: '2026-02-27T00:00:00Z' } }),
    ]);
    expect(await source().newestDay(TODAY)).toBe('2026-02-27');
  });

  test('is looked for day by day where the list without a date is of no use', async () => {
    stub.setDay('2026-02-27', [item('2603.99001', { paper: { submittedOnDailyAt: undefined } })]);
    expect(await source().newestDay(TODAY)).toBe('2026-02-27');
    expect(stub.requests.slice(1).map(({ path }) => path.slice(-10))).toEqual([
      ...['2026-03-04', '2026-03-03', '2026-03-02', '2026-03-01', '2026-02-28', '2026-02-27'],
    ]);
  });

  test('is looked for day by day where a date is required', async () => {
    served = await serve((request, response) => {
      const date = new URL(request.url ?? '', 'http://localhost').searchParams.get('date');
      response.statusCode = date === null ? 400 : 200;
      response.end(JSON.stringify(date === '2026-03-02' ? items(2) : []));
    });
    expect(await source(served.url.href).newestDay(TODAY)).toBe('2026-03-02');
  });

  test('is none when two weeks are empty', async () => {
    stub.setDay(
      '2026-01-02',
      items(2).map(() => item('2603.99001', { paper: { submittedOnDailyAt: undefined } })),
    );
    expect(await source().newestDay(TODAY)).toBeNull();
    expect(stub.requests).toHaveLength(15);
  });

  test('is unknown when the source fails', async () => {
    stub.fail({ status: 503 });
    await expect(source().newestDay(TODAY)).rejects.toEqual(failing('answered 503.'));
  });
});
