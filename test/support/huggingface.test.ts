import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HuggingFaceStub, startHuggingFace } from './huggingface.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/huggingface', import.meta.url));
let stub: HuggingFaceStub;

beforeEach(async () => {
  stub = await startHuggingFace({ today: '2026-03-04', dir: FIXTURES });
});
afterEach(() => stub.close());

interface Listed {
  paper: { id: string; upvotes: number; title: string; authors: { hidden: boolean }[] };
}

async function ask(query: string): Promise<{ status: number; items: Listed[] }> {
  const response = await fetch(`${stub.url}/api/daily_papers${query}`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  return { status: response.status, items: (await response.json()) as Listed[] };
}

describe('days', () => {
  test('serves the fixtures by date', async () => {
    for (const [day, count] of [
      ['2026-03-02', 8],
      ['2026-03-03', 6],
      ['2026-03-04', 5],
    ] as const) {
      const { status, items } = await ask(`?date=${day}`);
      expect([status, items.length]).toEqual([200, count]);
    }
  });

  test('the fixtures hold their traps', async () => {
    const { items } = await ask('?date=2026-03-02');
    const twice = items.filter(({ paper }) => paper.id === '2602.99103');
    expect(twice.map(({ paper }) => paper.upvotes)).toEqual([41, 19]);
    expect(items.some(({ paper }) => paper.title.includes('<think>'))).toBe(true);
    expect(items.some(({ paper }) => paper.title.includes('\n  '))).toBe(true);
    expect(items.some(({ paper }) => paper.authors.some(({ hidden }) => hidden))).toBe(true);
    const next = await ask('?date=2026-03-03');
    expect(next.items.map(({ paper }) => paper.id)).toContain('2602.99104');
    expect(Math.max(...next.items.map(({ paper }) => paper.authors.length))).toBe(64);
  });

  test('an unknown day is an empty list', async () => {
    expect(await ask('?date=2026-03-01')).toEqual({ status: 200, items: [] });
  });

  test('gives pages of 50, or as asked, and nothing past the end', async () => {
    const many = Array.from({ length: 120 }, (_, n) => ({ paper: { id: `${n}` } }));
    stub.setDay('2026-02-01', many);
    const lengths = [];
    for (const query of ['', '&p=2', '&p=3', '&limit=100', '&limit=100&p=1']) {
      lengths.push((await ask(`?date=2026-02-01${query}`)).items.length);
    }
    expect(lengths).toEqual([50, 20, 0, 100, 20]);
    expect((await ask('?date=2026-02-01&p=1')).items[0]?.paper.id).toBe('50');
  });

  test.each([
    'limit=101',
    'limit=0',
    'p=-1',
    'date=2026-3-2',
    'date=2026-02-30',
    'date=2026-03-05',
  ])('refuses %s', async (query) => {
    expect((await ask(`?${query}`)).status).toBe(400);
  });

  test('without a date the newest day comes first', async () => {
    const { items } = await ask('?limit=100');
    expect(items).toHaveLength(19);
    expect(items[0]?.paper.id).toBe('2603.99113');
    expect(items[5]?.paper.id).toBe('2603.99108');
    expect(items[11]?.paper.id).toBe('2602.99101');
  });

  test('notes every request', async () => {
    await ask('?date=2026-03-02&p=1');
    expect(stub.requests.map(({ path }) => path)).toEqual([
      '/api/daily_papers?date=2026-03-02&p=1',
    ]);
  });
});

describe('faults', () => {
  const get = () => fetch(`${stub.url}/api/daily_papers?date=2026-03-02`);

  test('answers with a status so many times, then heals', async () => {
    stub.fail({ status: 429, times: 2, retryAfter: 7 });
    const first = await get();
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await get()).status).toBe(429);
    expect((await get()).status).toBe(200);
  });

  test('stays broken until told otherwise', async () => {
    stub.fail({ status: 503 });
    expect([(await get()).status, (await get()).status]).toEqual([503, 503]);
    stub.fail(null);
    expect((await get()).status).toBe(200);
  });

  test('can choose per request', async () => {
    stub.fail((_path, nth) => (nth === 2 ? { status: 500 } : null));
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([
      200, 500, 200,
    ]);
  });

  test('gives HTML', async () => {
    stub.fail('html');
    const response = await get();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
  });

  test('gives JSON that is no list', async () => {
    stub.fail('not-array');
    expect(Array.isArray(await (await get()).json())).toBe(false);
  });

  test('cuts an answer short', async () => {
    stub.fail({ kind: 'cut', times: 1 });
    const response = await get();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect((await get()).status).toBe(200);
  });

  test('resets the connection', async () => {
    stub.fail('reset');
    await expect(get()).rejects.toThrow('fetch failed');
  });

  test('hangs, and close() ends that', async () => {
    stub.fail('hang');
    const hanging = expect(get()).rejects.toThrow('fetch failed');
    while (stub.requests.length === 0) await new Promise(setImmediate);
    await stub.close();
    await hanging;
  });
});
