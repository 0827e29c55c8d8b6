import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fetchDay, newestDay } from '../../src/sources/fetch.js';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import type { Source } from '../../src/sources/source.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { MovableClock } from '../store/clock.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import { freePort, ROOT, type TempDir, tempDir } from '../support/program.js';
import { type Asking, asking, item, items } from './asking.js';

const DAY = '2026-03-02';
let dir: TempDir;
let store: Store;
let stub: HuggingFaceStub;
let deps: Asking;
let silent: string;

beforeEach(async () => {
  deps = asking({ tries: 1 });
  dir = tempDir();
  silent = `http://127.0.0.1:${await freePort()}`;
  store = await openStore({ kind: 'sqlite', file: join(dir.path, 'paperboy.db') }, deps.clock);
  stub = await startHuggingFace({ dir: join(ROOT, 'test/fixtures/huggingface') });
});
afterEach(async () => {
  await stub.close();
  await store.close();
  dir.dispose();
});

/** The stub under a name of its own: several sources, of which some fail. */
function source(name = 'huggingface', url = stub.url): Source {
  return { ...huggingFace(new URL(url), deps), name };
}
const broken = (name: string) => source(name, silent);
const fetchFrom = (...sources: Source[]) => fetchDay(fetching(...sources), DAY);
const fetching = (...sources: Source[]) => ({ ...store, sources, ...deps });
const stored = async () => (await store.papers.listedOn(DAY)).map(({ id }) => id).sort();

describe('fetching a day', () => {
  test('stores each paper once and tells how many were listed', async () => {
    expect(await fetchFrom(source())).toEqual({
      reports: { huggingface: { listed: 8, stored: 7, dropped: [] } },
      failures: [],
    });
    expect(await stored()).toHaveLength(7);
  });

  test('again stores the same papers, with newer votes', async () => {
    stub.setDay(DAY, [item('2603.99001')]);
    await fetchFrom(source());
    deps.clock.time += 60_000;
    stub.setDay(DAY, [item('2603.99001', { paper: { upvotes: 30, title: 'A Better Title' } })]);
    expect((await fetchFrom(source())).reports).toMatchObject({
      huggingface: { listed: 1, stored: 1 },
    });
    expect(await store.papers.listedOn(DAY)).toMatchObject([
      { id: '2603.99001', title: 'A Better Title', signal: { upvotes: 30 } },
    ]);
  });

  test('logs what it leaves out, with id and reason, and reports it', async () => {
    stub.setDay(DAY, [item('2603.99001'), item('2603.99002', { paper: { upvotes: -1 } }), null]);
    const { reports } = await fetchFrom(source());
    const { dropped = [], ...counts } = reports['huggingface'] ?? {};
    expect(counts).toEqual({ listed: 3, stored: 1 });
    expect(dropped.map(({ id }) => id)).toEqual(['2603.99002', '#3']);
    const left = deps.lines.filter(({ msg }) => msg === 'paper left out');
    expect(left.map(({ level, id, reason }) => ({ level, id, reason }))).toEqual(
      dropped.map((one) => ({ level: 'warn', ...one })),
    );
  });

  test('keeps what the others gave when one source fails, and tells which', async () => {
    const { reports, failures } = await fetchFrom(broken('first'), source());
    expect(reports).toMatchObject({ huggingface: { stored: 7 } });
    const reason = expect.stringContaining('could not be read (ECONNREFUSED)');
    expect(failures).toEqual([{ source: 'first', reason }]);
    expect(await stored()).toHaveLength(7);
    expect(deps.lines).toContainEqual(
      expect.objectContaining({ level: 'error', source: 'first', reason }),
    );
    expect(await store.sourceStates.all()).toEqual([
      { source: 'first', answeredAt: null, failedAt: deps.clock.time, failures: 1, reason },
      expect.objectContaining({ source: 'huggingface', answeredAt: deps.clock.time, failures: 0 }),
    ]);
  });

  test('asks only whether anything has changed, where the source can tell', async () => {
    stub.useValidators();
    await fetchFrom(source());
    const { reports } = await fetchFrom(source());
    expect(reports).toEqual({
      huggingface: { listed: 8, stored: 7, dropped: [], unchanged: true },
    });
    expect(stub.answers).toEqual([200, 304]);
    stub.setDay(DAY, [item('2603.99001')]);
    expect((await fetchFrom(source())).reports).toEqual({
      huggingface: { listed: 1, stored: 1, dropped: [] },
    });
    const again = await fetchDay(fetching(source()), DAY, { again: true });
    expect(again.reports['huggingface']?.unchanged).toBeUndefined();
    expect(stub.answers).toEqual([200, 304, 200, 200]);
  });

  test('asks for all pages again when only the last one has changed', async () => {
    stub.useValidators();
    stub.setDay(DAY, items(150));
    await fetchFrom(source());
    stub.setDay(DAY, [...items(150), item('2603.99999')]);
    expect((await fetchFrom(source())).reports).toMatchObject({ huggingface: { stored: 151 } });
    expect((await fetchFrom(source())).reports).toMatchObject({
      huggingface: { stored: 151, unchanged: true },
    });
  });

  test('names every source that failed', async () => {
    stub.fail('html');
    await expect(fetchFrom(source('one'), broken('two'))).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(/ that is not JSON\. .* could not be read/),
    });
  });

  test('a source that breaks costs itself only, and the log has the place', async () => {
    const breaking = (error: Error): Source => ({
      ...source('breaking'),
      listDay: () => {
        throw error;
      },
    });
    const { reports, failures } = await fetchFrom(breaking(new RangeError('too deep')), source());
    const reason = 'breaking could not be read (too deep).';
    expect(failures).toEqual([{ source: 'breaking', reason }]);
    expect(Object.keys(reports)).toEqual(['huggingface']);
    expect(deps.lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'error', source: 'breaking' },
        err: expect.objectContaining({ stack: expect.stringContaining('fetch.test.ts') }),
      }),
    );
    expect(await store.sourceStates.all()).toMatchObject([
      { source: 'breaking', failures: 1, reason },
      { source: 'huggingface', failures: 0 },
    ]);
  });

  test('a store that cannot take the papers is no fault of their source', async () => {
    const papers = {
      ...store.papers,
      ingesting: () => Promise.reject(new Error('the disk is full')),
    };
    await expect(fetchDay({ ...fetching(source()), papers }, DAY)).rejects.toThrow(
      'the disk is full',
    );
    expect(await store.sourceStates.all()).toEqual([]);
  });

  test('a source that does not answer in its time costs itself only, even if nothing stops it', async () => {
    const endless: Source = { ...source('endless'), listDay: () => new Promise(() => undefined) };
    const times = new Map([['endless', 5_000]]);
    const limitFor = (name: string) => times.get(name) ?? 60_000;
    const clock = new MovableClock();
    const all = fetchDay({ ...fetching(endless, source()), clock }, DAY, { limitFor });
    await vi.waitUntil(async () => (await stored()).length > 0, { interval: 5 });
    clock.advance(4_999);
    expect(clock.sleeping).toBe(1);
    clock.advance(1);
    const reason = 'endless did not answer in the time that there was.';
    expect((await all).failures).toEqual([{ source: 'endless', reason }]);
    expect(await stored()).toHaveLength(7);
    expect(clock.sleeping).toBe(0);
  });

  test('what was fetched under other settings is asked for again', async () => {
    stub.useValidators();
    const isSettled = () => true;
    const under = (settings: string) =>
      fetchDay(fetching({ ...source(), settings }), DAY, { isSettled });
    await fetchFrom(source());
    expect((await under('cs.CL')).reports['huggingface']?.skipped).toBeUndefined();
    expect((await under('cs.CL')).reports['huggingface']?.skipped).toBe(true);
    expect((await under('cs.LG')).reports['huggingface']?.skipped).toBeUndefined();
    // It still knows its validators.
    const known = { ...fetching({ ...source(), settings: 'cs.LG' }) };
    expect((await fetchDay(known, DAY)).reports['huggingface']?.unchanged).toBe(true);
    expect(stub.answers).toEqual([200, 200, 200, 304]);
  });

  test('an answer that may be completed later does not count as known', async () => {
    const unsure: Source = {
      ...source('unsure'),
      listDay: async () => ({ listed: 0, papers: [], dropped: [], isUnsure: true }),
    };
    for (let times = 0; times < 2; times++) {
      const { reports } = await fetchDay(fetching(unsure), DAY, { isSettled: () => true });
      expect(reports).toEqual({ unsure: { listed: 0, stored: 0, dropped: [] } });
    }
    expect(await store.sourceStates.all()).toMatchObject([{ source: 'unsure', failures: 0 }]);
  });

  test('without papers leaves the store as it was', async () => {
    stub.setDay(DAY, []);
    expect((await fetchFrom(source())).reports).toEqual({
      huggingface: { listed: 0, stored: 0, dropped: [] },
    });
    expect(await store.papers.newestListedDay()).toBeNull();
  });
});

describe('the newest day of several sources', () => {
  test('is the newest that any has', async () => {
    const older = await startHuggingFace();
    older.setDay('2026-02-27', [item('2603.99001', { paper: { submittedOnDailyAt: undefined } })]);
    try {
      const sources = [source('old', older.url), source('new')];
      const newest = (...all: Source[]) => newestDay(fetching(...all), '2026-03-05');
      expect(await newest(...sources)).toEqual({ day: '2026-03-04', failures: [] });
      expect(await newest(...sources, broken('none'))).toEqual({
        day: '2026-03-04',
        failures: [{ source: 'none', reason: expect.stringContaining('ECONNREFUSED') }],
      });
    } finally {
      await older.close();
    }
  });

  test('is what a source found in a part of it, which is a failure of it all the same', async () => {
    const half: Source = {
      ...source('half'),
      newestDay: async (_today, how) => {
        how?.onMissing?.('A part is away.');
        return '2026-03-05';
      },
    };
    expect(await newestDay(fetching(source(), half), '2026-03-06')).toEqual({
      day: '2026-03-05',
      failures: [{ source: 'half', reason: 'A part is away.' }],
    });
    expect(await store.sourceStates.all()).toMatchObject([{ source: 'half', failures: 1 }]);
  });

  test('is a failure when one fails and the others have no papers', async () => {
    stub.days.clear();
    await expect(newestDay(fetching(source(), broken('one')), '2026-03-05')).rejects.toMatchObject({
      code: 'source_failed',
    });
  });

  test('is a failure when none answers', async () => {
    await expect(newestDay(fetching(broken('one')), '2026-03-05')).rejects.toMatchObject({
      code: 'source_failed',
    });
  });

  test('is none when all are empty', async () => {
    stub.days.clear();
    await expect(newestDay(fetching(source()), '2026-03-05')).rejects.toMatchObject({
      code: 'no_papers',
      message: 'No source lists papers in the weeks before 2026-03-05.',
    });
  });
});
