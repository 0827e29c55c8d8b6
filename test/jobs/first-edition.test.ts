import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { ensureFirstEdition } from '../../src/jobs/daily-run.js';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import { samplePapers } from '../../src/sources/sample/sample.js';
import type { Source } from '../../src/sources/source.js';
import { makeEdition, steady } from '../delivery/harness.js';
import { type Noted, notingLogger } from '../sources/asking.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import { freePort } from '../support/program.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/huggingface', import.meta.url));

let temp: TempStore;
let stub: HuggingFaceStub;
let noted: Noted;
beforeEach(async () => {
  temp = await tempStore();
  stub = await startHuggingFace({ today: '2026-03-04', dir: FIXTURES });
  noted = notingLogger();
});
afterEach(async () => {
  await stub.close();
  await temp.close();
});

function hangingSource(): Source {
  const never = () => new Promise<never>(() => undefined);
  return { name: 'hanging', listDay: never, newestDay: never };
}

async function ensure({
  url = stub.url,
  signal = new AbortController().signal,
  others = [] as Source[],
} = {}) {
  const retryPolicy = { tries: 1, timeout: 300 };
  const http = { clock: systemClock, random: steady, logger: noted.logger, retryPolicy };
  const { store, clock } = temp;
  const deps = { ...store, clock, logger: noted.logger, today: () => '2026-03-04' };
  const sources = [huggingFace(new URL(url), http), ...others];
  await ensureFirstEdition({ ...deps, sources }, signal);
  const newest = await store.editions.newest();
  return newest && { kind: newest.kind, date: newest.date, state: newest.state };
}

const warnings = () => noted.lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
const told = 'no source could be read: the bundled sample edition is shown until one can';
const sample = { kind: 'sample', date: samplePapers().date, state: 'draft' };

describe('an empty store', () => {
  test('gets the newest day that has papers', async () => {
    expect(await ensure()).toEqual({ kind: 'daily', date: '2026-03-04', state: 'draft' });
    expect(warnings()).not.toContain(told);
    expect(await temp.store.editions.find(sample.date, 'sample')).toBeNull();
  });

  test('gets a day before today when today has none', async () => {
    stub.days.delete('2026-03-04');
    expect(await ensure()).toMatchObject({ kind: 'daily', date: '2026-03-03' });
  });

  test('gets the sample when nobody listens, and the log says so', async () => {
    expect(await ensure({ url: `http://127.0.0.1:${await freePort()}` })).toEqual(sample);
    expect(warnings()).toContain(told);
    const newest = await temp.store.editions.newest();
    expect(newest?.count).toBe(samplePapers().papers.length);
  });

  for (const fault of ['hang', 'html', 'cut', 'reset', 'not-array'] as const) {
    test(`gets the sample when the source answers wrongly: ${fault}`, async () => {
      stub.fail(fault);
      expect(await ensure()).toEqual(sample);
      expect(warnings()).toContain(told);
    });
  }

  test('gets the sample when the source has no papers', async () => {
    stub.days.clear();
    expect(await ensure()).toEqual(sample);
  });

  test('gets the papers of the others when one source hangs', async () => {
    const hanging = { ...hangingSource(), name: 'feed' };
    const ensuring = ensure({ others: [hanging] });
    // Once for the newest day, and once for its papers.
    for (let times = 0; times < 2; times++) {
      await vi.waitUntil(() => temp.clock.sleepingFor(9_000) > 0, { interval: 2 });
      await vi.waitUntil(() => temp.clock.sleeping === 1, { interval: 2 });
      temp.clock.advance(9_000);
    }
    expect(await ensuring).toEqual({ kind: 'daily', date: '2026-03-04', state: 'draft' });
    expect(warnings()).not.toContain(told);
    expect(await temp.store.sourceStates.all()).toMatchObject([
      { source: 'feed', reason: 'feed did not answer in the time that there was.' },
      { source: 'huggingface', failures: 0 },
    ]);
  });

  test('gets nothing when the start is broken off while the source hangs', async () => {
    stub.fail('hang');
    const stop = new AbortController();
    const ensuring = ensure({ signal: stop.signal });
    await vi.waitUntil(() => stub.requests.length > 0, { interval: 5 });
    stop.abort();
    expect(await ensuring).toBeNull();
    expect(warnings()).not.toContain(told);
  });
});

describe('a store that shows the sample', () => {
  beforeEach(async () => {
    stub.fail('html');
    await ensure();
    stub.fail(null);
  });

  test('gets a real edition as soon as there is one', async () => {
    expect(await ensure()).toMatchObject({ kind: 'daily', date: '2026-03-04' });
  });

  test('keeps the sample as it was until then', async () => {
    const before = await temp.store.editions.newest();
    temp.clock.advance(60_000);
    stub.fail('html');
    await ensure();
    expect(await temp.store.editions.newest()).toEqual(before);
  });
});

describe('a store that has an edition', () => {
  test('is left as it is, and nobody is asked', async () => {
    await makeEdition(temp.store, { date: '2026-02-20' });
    expect(await ensure()).toMatchObject({ kind: 'daily', date: '2026-02-20' });
    expect(stub.requests).toEqual([]);
  });
});
