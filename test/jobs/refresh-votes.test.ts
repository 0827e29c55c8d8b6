import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { runVoteRefresh } from '../../src/jobs/refresh-votes.js';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import { steady } from '../delivery/harness.js';
import { saveListing } from '../papers/save-listing.js';
import { item, notingLogger } from '../sources/asking.js';
import { HOUR, MINUTE } from '../store/clock.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import { ROOT } from '../support/program.js';

const DAY = '2026-03-04';

let temp: TempStore;
let stub: HuggingFaceStub;
let stop: AbortController;
let running: Promise<void>[];
beforeEach(async () => {
  temp = await tempStore();
  stub = await startHuggingFace({ dir: join(ROOT, 'test/fixtures/huggingface') });
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await stub.close();
  await temp.close();
});

async function start({ processes = 1, refreshVotesEvery = 180, today = DAY } = {}): Promise<void> {
  const { logger } = notingLogger();
  const http = {
    clock: systemClock,
    random: steady,
    logger,
    retryPolicy: { tries: 1, timeout: 9_000 },
  };
  const { store, clock } = temp;
  const sources = [huggingFace(new URL(stub.url), http)];
  const deps = { ...store, sources, clock, logger, refreshVotesEvery, today: () => today };
  running = Array.from({ length: processes }, (_, n) =>
    runVoteRefresh({ ...deps, holder: `process ${n}` }, stop.signal),
  );
  await rest();
}

const rest = () =>
  vi.waitUntil(() => temp.clock.sleepingFor(MINUTE) >= running.length, { interval: 2 });

async function pass(ms: number): Promise<void> {
  temp.clock.advance(ms);
  await rest();
}

const days = () => stub.requests.map(({ path }) => /date=([\d-]+)/.exec(path)?.[1]);

test('votes of the newest days are kept as they come, by one of several processes', async () => {
  stub.setDay(DAY, [item('2603.99001', { paper: { upvotes: 3 } })]);
  await start({ processes: 3 });
  await pass(3 * HOUR - 1);
  expect(stub.requests).toEqual([]);
  await pass(MINUTE);
  expect(days()).toEqual([DAY]);
  stub.setDay(DAY, [item('2603.99001', { paper: { upvotes: 30 } })]);
  await pass(3 * HOUR);
  expect(days()).toEqual([DAY, '2026-03-03', DAY]);
  const [rated] = await temp.store.papers.listedOn(DAY);
  expect(rated?.signal.upvotes).toBe(30);
});

test('after a weekend the days before it are looked at, too', async () => {
  stub.setDay('2026-02-27', [item('2603.99001')]);
  const http = { clock: systemClock, random: steady, ...notingLogger() };
  const retryPolicy = { tries: 1, timeout: 9_000 };
  const friday = huggingFace(new URL(stub.url), { ...http, retryPolicy });
  const { papers } = await friday.listDay('2026-02-27');
  await saveListing(temp.store.papers, 'huggingface', '2026-02-27', papers);
  stub.requests.length = 0;
  await start({ today: '2026-03-01' });
  await pass(3 * HOUR + MINUTE);
  expect(days()).toEqual(['2026-02-26', '2026-02-27', '2026-03-01']);
});

test('papers of days to come hide none of those that are voted on', async () => {
  stub.setDay('2026-02-27', [item('2603.99001')]);
  const http = { clock: systemClock, random: steady, ...notingLogger() };
  const source = huggingFace(new URL(stub.url), {
    ...http,
    retryPolicy: { tries: 1, timeout: 9_000 },
  });
  const { papers } = await source.listDay('2026-02-27');
  await saveListing(temp.store.papers, 'huggingface', '2026-02-27', papers);
  await saveListing(temp.store.papers, 'file', '2027-01-01', papers);
  stub.requests.length = 0;
  await start({ today: '2026-03-01' });
  await pass(3 * HOUR + MINUTE);
  expect(days()).toEqual(['2026-02-26', '2026-02-27', '2026-03-01']);
});

test('a source that fails is asked again the next time', async () => {
  stub.fail('html');
  await start();
  await pass(3 * HOUR + MINUTE);
  stub.fail(null);
  await pass(3 * HOUR);
  expect(await temp.store.papers.newestListedDay()).toBe(DAY);
});

test('none are observed where that is turned off', async () => {
  await start({ processes: 0 });
  const off = { ...temp.store, sources: [], clock: temp.clock, ...notingLogger() };
  await runVoteRefresh(
    { ...off, holder: 'one', refreshVotesEvery: 0, today: () => DAY },
    stop.signal,
  );
  expect(temp.clock.sleeping).toBe(0);
});
