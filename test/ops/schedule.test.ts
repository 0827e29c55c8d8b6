import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { PaperboyError } from '../../src/base/errors.js';
import { confirmSubscription } from '../../src/delivery/confirm.js';
import { Selectors } from '../../src/digest/selectors.js';
import { runSchedule } from '../../src/ops/schedule.js';
import type { ListedPaper, Source } from '../../src/papers/paper.js';
import { huggingFace } from '../../src/papers/sources/huggingface.js';
import { readItem } from '../../src/papers/sources/huggingface-item.js';
import { activeSubscriber, mailsIn, makeEdition, steady } from '../delivery/harness.js';
import { item, type Noted, notingLogger } from '../papers/asking.js';
import { HOUR, MINUTE, SECOND } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/huggingface', import.meta.url));
/** The first of the days that pass in a test, which begins at eight in its morning. */
const DAY = '2026-03-02';
const EACH_SECOND = '* * * * * *';
const AFTERNOON = '0 16 * * *';

let temp: TempStore;
let stub: HuggingFaceStub;
let noted: Noted;
let stop: AbortController;
let running: Promise<void>[];
beforeEach(async () => {
  temp = await tempStore();
  stub = await startHuggingFace({ dir: FIXTURES });
  noted = notingLogger();
  running = [];
  stop = new AbortController();
});
afterEach(async () => {
  await end();
  await stub.close();
  await temp.close();
});

/** Starts the schedule and waits until it has come to rest. */
async function start({
  pickCron = EACH_SECOND,
  freezeAfter = 0,
  zone = 'UTC',
  processes = 1,
  sourceDeadline = 0,
  others = [] as Source[],
} = {}): Promise<void> {
  const { logger } = noted;
  const patience = { tries: 1, timeout: 60_000 };
  const http = { clock: systemClock, random: steady, logger, patience };
  const deps = { ...temp.store, clock: temp.clock, logger };
  stop = new AbortController();
  running = Array.from({ length: processes }, (_, n) =>
    runSchedule(
      {
        ...deps,
        sources: [huggingFace(new URL(stub.url), http), ...others],
        sourceDeadline,
        pickCron,
        editionTimezone: zone,
        defaultTimezone: 'UTC',
        freezeAfter,
        holder: `process ${n}`,
      },
      stop.signal,
    ),
  );
  await rest();
}

async function end(): Promise<void> {
  stop.abort();
  await Promise.all(running);
}

/** Everything that was to be done has been done when the schedule sleeps again. */
async function rest(): Promise<void> {
  const all = () => temp.clock.sleepingFor(SECOND) >= running.length;
  await vi.waitUntil(all, { timeout: 10_000, interval: 2 });
}

async function pass(ms: number): Promise<void> {
  temp.clock.advance(ms);
  await rest();
}

function readItemOf(one: unknown): ListedPaper | undefined {
  const read = readItem(one);
  return 'listed' in read ? read.listed : undefined;
}

const edition = () => temp.store.editions.find(DAY);
const states = () => mailsIn(temp.file).map(({ state }) => state);
const failures = () => noted.lines.filter(({ msg }) => msg === 'the daily run failed');

/** A run begins by asking for the newest day. */
const runs = () => stub.requests.filter(({ path }) => !path.includes('date=')).length;

/** It is eight o'clock when a test begins. */
const UNTIL_AFTERNOON = 8 * HOUR;

describe('the schedule', () => {
  test('makes the edition at its hour and plans it for everybody', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example');
    await activeSubscriber(temp.store, 'bob@reader.example', { hour: 20, timezone: 'UTC' });
    await start({ pickCron: AFTERNOON });
    await pass(UNTIL_AFTERNOON - 1);
    expect(stub.requests).toEqual([]);
    await pass(SECOND);
    expect((await edition())?.state).toBe('frozen');
    expect(states()).toEqual(['planned', 'planned']);
    expect(await temp.store.editions.toPlan(temp.clock.now())).toEqual([]);
  });

  test('knows its hour where the operator lives, day after day', async () => {
    await start({ pickCron: AFTERNOON, zone: 'Asia/Kathmandu' });
    await pass(2 * HOUR + 15 * MINUTE - SECOND);
    expect(runs()).toBe(0);
    for (let days = 1; days <= 3; days++) {
      await pass(SECOND);
      expect(runs()).toBe(days);
      await pass(24 * HOUR - SECOND);
      expect(runs()).toBe(days);
    }
  });

  test('runs every second when it is told to', async () => {
    await start({ pickCron: EACH_SECOND, freezeAfter: 60 });
    for (let seconds = 1; seconds <= 3; seconds++) {
      await pass(SECOND);
      expect(runs()).toBe(seconds);
    }
  });

  test('leaves a draft to its editor for the time that they have', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example');
    await start({ pickCron: AFTERNOON, freezeAfter: 30 });
    await pass(UNTIL_AFTERNOON);
    expect((await edition())?.state).toBe('draft');
    await pass(30 * MINUTE - 1);
    expect((await edition())?.state).toBe('draft');
    expect(states()).toEqual([]);
    await pass(SECOND);
    expect((await edition())?.state).toBe('frozen');
    expect(states()).toEqual(['planned']);
  });

  test('plans what has been waiting when it starts, and what is ordered for later in its time', async () => {
    const { editions } = temp.store;
    await activeSubscriber(temp.store, 'ada@reader.example');
    const waiting = await makeEdition(temp.store, { date: '2026-02-28' });
    const later = await makeEdition(temp.store, { date: '2026-03-01', count: 1, from: 4 });
    await editions.schedule(waiting.id, temp.clock.now() - MINUTE);
    await editions.schedule(later.id, temp.clock.now() + MINUTE);
    await start({ pickCron: '0 0 1 1 *' });
    expect(states()).toEqual(['planned']);
    expect((await editions.byId(later.id)).state).toBe('draft');
    await pass(MINUTE);
    expect(states()).toEqual(['planned', 'planned']);
    expect((await editions.byId(later.id)).state).toBe('frozen');
  });

  test('brings an edition to the others though a confirmation has frozen it', async () => {
    const { store, clock } = temp;
    await activeSubscriber(store, 'ada@reader.example');
    await makeEdition(store, { date: DAY, pickedAt: clock.now() });
    const { id, round } = await store.subscribers.request('new@reader.example', {}, clock.now());
    const claim = { subscriberId: id, round, expiresAt: clock.now() + MINUTE };
    const selectors = new Selectors();
    const deps = { ...store, clock, freezeAfter: 0, logger: noted.logger, selectors };
    await confirmSubscription(deps, claim, { via: 'link', ip: null });
    expect((await edition())?.state).toBe('frozen');
    expect(states()).toHaveLength(1);
    await start({ pickCron: AFTERNOON });
    await pass(UNTIL_AFTERNOON);
    expect(states()).toHaveLength(2);
  });
});

describe('a run that was missed', () => {
  test('before a new store began is none', async () => {
    temp.clock.advance(9 * HOUR);
    await start({ pickCron: AFTERNOON });
    expect(stub.requests).toEqual([]);
  });

  test('because the source failed is tried again, after longer and longer rests', async () => {
    stub.fail('html');
    await start({ pickCron: AFTERNOON });
    await pass(UNTIL_AFTERNOON);
    expect(failures()).toHaveLength(1);
    expect(failures()[0]).toMatchObject({
      level: 'error',
      reason: expect.stringContaining('text/html'),
    });
    for (const [tries, minutes] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      await pass(minutes * MINUTE - SECOND);
      expect(failures()).toHaveLength(tries + 1);
      await pass(SECOND);
      expect(failures()).toHaveLength(tries + 2);
    }
    stub.fail(null);
    await pass(30 * MINUTE);
    expect(await edition()).not.toBeNull();
  });

  test('is still to be made when the program stops and starts in between', async () => {
    stub.fail('html');
    await start({ pickCron: AFTERNOON });
    await pass(UNTIL_AFTERNOON);
    await end();
    stub.fail(null);
    await start({ pickCron: AFTERNOON });
    expect(await edition()).not.toBeNull();
  });

  test('and goes on failing is given up for the next one, which begins anew', async () => {
    stub.fail('html');
    await start({ pickCron: AFTERNOON });
    await pass(UNTIL_AFTERNOON);
    for (let hours = 1; hours < 24; hours++) await pass(HOUR);
    expect(failures()).toHaveLength(24);
    await pass(HOUR);
    for (const [index, minutes] of [1, 2, 4].entries()) {
      expect(failures()).toHaveLength(25 + index);
      await pass(minutes * MINUTE);
    }
    expect(failures()).toHaveLength(28);
  });

  test('and comes but once a week is given up after a day', async () => {
    stub.fail('html');
    await start({ pickCron: '0 16 * * 1' });
    await pass(UNTIL_AFTERNOON);
    await pass(24 * HOUR - SECOND);
    const before = failures().length;
    await pass(SECOND);
    await pass(2 * HOUR);
    expect(failures()).toHaveLength(before);
  });

  test('is tried again though the clock was set back after a failure', async () => {
    stub.fail('html');
    await start({ pickCron: AFTERNOON });
    await pass(UNTIL_AFTERNOON);
    temp.clock.set(-6 * HOUR);
    stub.fail(null);
    await pass(MINUTE);
    expect(await edition()).not.toBeNull();
  });
});

describe('a source that fails beside another', () => {
  let failing: boolean;
  let asked: number;
  /** Lists one paper, once it is well. */
  const other: Source = {
    name: 'feed',
    listDay: async () => {
      asked++;
      if (failing) throw new PaperboyError('source_failed', 'It is away.');
      const { paper } = found(readItemOf(item('2603.77777')));
      return { listed: 1, papers: [{ paper, signal: null }], dropped: [] };
    },
    newestDay: async () => DAY,
  };
  const listFetches = () => stub.requests.filter(({ path }) => path.includes(`date=${DAY}`)).length;
  beforeEach(async () => {
    [failing, asked] = [true, 0];
    await activeSubscriber(temp.store, 'ada@reader.example');
    await start({ pickCron: AFTERNOON, sourceDeadline: 30, others: [other] });
    await pass(UNTIL_AFTERNOON);
  });

  test('is waited for and asked again, the others not, and comes into the edition', async () => {
    expect([asked, await edition()]).toEqual([1, null]);
    expect(failures()[0]).toMatchObject({ reason: 'feed: It is away.' });
    await pass(MINUTE);
    expect([asked, listFetches(), await edition()]).toEqual([2, 1, null]);
    failing = false;
    await pass(2 * MINUTE);
    expect([asked, listFetches()]).toEqual([3, 1]);
    expect(states()).toEqual(['planned']);
    const { papers } = await temp.store.editions.withPapers(found(await edition()));
    expect(papers.map(({ id }) => id)).toContain('2603.77777');
  });

  test('is done without at the deadline', async () => {
    await pass(30 * MINUTE - SECOND);
    expect(await edition()).toBeNull();
    await pass(SECOND);
    expect((await edition())?.state).toBe('frozen');
    expect(states()).toEqual(['planned']);
    expect(await temp.store.sourceStates.all()).toMatchObject([
      { source: 'feed', reason: 'It is away.', answeredAt: null },
      { source: 'huggingface', failures: 0 },
    ]);
  });
});

describe('a run with a source beside another', () => {
  const away = () => Promise.reject(new PaperboyError('source_failed', 'It is away.'));
  const feed = (changes: Partial<Source>): Source => ({
    name: 'feed',
    listDay: async () => ({ listed: 0, papers: [], dropped: [] }),
    newestDay: async () => '2026-02-27',
    ...changes,
  });
  const begin = (changes: Partial<Source>) =>
    start({ pickCron: AFTERNOON, sourceDeadline: 30, others: [feed(changes)] });

  test('waits for one that cannot say its newest day, though the other has an older one', async () => {
    stub.fail((path) => (path.includes('date=') ? null : { kind: 'html' }));
    await begin({});
    await pass(UNTIL_AFTERNOON);
    expect(failures()).toMatchObject([{ reason: expect.stringMatching(/^huggingface: /) }]);
    expect(await temp.store.editions.find('2026-02-27')).toBeNull();
    stub.fail(null);
    await pass(MINUTE);
    expect((await edition())?.state).toBe('frozen');
  });

  test('goes on at the deadline though one still hangs', async () => {
    await begin({ listDay: () => new Promise(() => undefined) });
    temp.clock.advance(UNTIL_AFTERNOON);
    const fetched = async () => (await temp.store.papers.listedOn(DAY)).length > 0;
    await vi.waitUntil(fetched, { timeout: 10_000, interval: 2 });
    temp.clock.advance(30 * MINUTE - 1);
    expect(await edition()).toBeNull();
    await pass(1);
    expect((await edition())?.state).toBe('frozen');
    expect(failures()).toEqual([]);
  });

  test.each([
    [25, 'does not wait for one that has been failing for a day'],
    [null, 'does not wait for one that has never answered'],
    [10, 'waits for one that has been failing for some hours'],
  ])('(%s) %s', async (hours, _what) => {
    const { sourceStates } = temp.store;
    if (hours !== null) await sourceStates.answered('feed', temp.clock.now() - hours * HOUR);
    await sourceStates.failed('feed', temp.clock.now(), 'It is away.');
    await begin({ listDay: away, newestDay: away });
    // Not even after a failure of the other one.
    stub.fail('html');
    await pass(UNTIL_AFTERNOON);
    expect(await edition()).toBeNull();
    stub.fail(null);
    await pass(MINUTE);
    expect((await edition())?.state).toBe(hours === 10 ? undefined : 'frozen');
  });
});

describe('of several processes', () => {
  const dead = (name: string) => temp.store.leases.take(name, 'a process that died', 30 * SECOND);

  test('one makes what is due, whichever comes first', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example');
    await start({ pickCron: AFTERNOON, processes: 4 });
    await pass(UNTIL_AFTERNOON);
    // Those who came too late look again, and find it done.
    for (let looks = 0; looks < 3; looks++) await pass(SECOND);
    expect(runs()).toBe(1);
    expect(states()).toEqual(['planned']);
    const planned = noted.lines.filter(({ msg }) => msg === 'deliveries planned');
    expect(planned).toHaveLength(1);
    await pass(24 * HOUR);
    expect(runs()).toBe(2);
  });

  test('another takes over from one that has died', async () => {
    await start({ pickCron: AFTERNOON, processes: 2 });
    await pass(UNTIL_AFTERNOON - SECOND);
    await dead('daily run');
    await pass(SECOND);
    await pass(28 * SECOND);
    expect(runs()).toBe(0);
    await pass(SECOND);
    expect(runs()).toBe(1);
    expect(await edition()).not.toBeNull();
  });

  test('another plans what one that has died was planning', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example');
    const waiting = await makeEdition(temp.store, { date: '2026-03-01' });
    await temp.store.editions.schedule(waiting.id, temp.clock.now() - MINUTE);
    await dead('planning');
    await start({ pickCron: '0 0 1 1 *', processes: 2 });
    await pass(29 * SECOND);
    expect(states()).toEqual([]);
    await pass(SECOND);
    expect(states()).toEqual(['planned']);
  });

  test('all rest after the failure of one', async () => {
    stub.fail('html');
    await start({ pickCron: AFTERNOON, processes: 3 });
    await pass(UNTIL_AFTERNOON);
    for (let looks = 0; looks < 5; looks++) await pass(SECOND);
    expect(failures()).toHaveLength(1);
    await pass(54 * SECOND);
    expect(failures()).toHaveLength(1);
    await pass(SECOND);
    expect(failures()).toHaveLength(2);
    await pass(2 * MINUTE - SECOND);
    expect(failures()).toHaveLength(2);
    await pass(SECOND);
    expect(failures()).toHaveLength(3);
  });

  test('one keeps its run for as long as that takes', async () => {
    stub.fail('hang');
    await start({ pickCron: AFTERNOON, processes: 1 });
    temp.clock.advance(UNTIL_AFTERNOON);
    await vi.waitUntil(() => stub.requests.length > 0, { timeout: 10_000, interval: 2 });
    for (let renewals = 0; renewals < 6; renewals++) {
      await vi.waitUntil(() => temp.clock.sleepingFor(10 * SECOND) > 0, { timeout: 10_000 });
      temp.clock.advance(10 * SECOND);
    }
    await vi.waitUntil(() => temp.clock.sleepingFor(10 * SECOND) > 0, { timeout: 10_000 });
    expect(await temp.store.leases.take('daily run', 'another', 30 * SECOND)).toBe(false);
    await end();
    expect(await temp.store.leases.take('daily run', 'another', 30 * SECOND)).toBe(true);
  });
});

describe('stopping', () => {
  test('breaks a run off, though the source hangs', async () => {
    stub.fail('hang');
    await start({ pickCron: AFTERNOON });
    temp.clock.advance(UNTIL_AFTERNOON);
    await vi.waitUntil(() => stub.requests.length > 0, { timeout: 10_000, interval: 2 });
    await end();
    expect(noted.lines.map(({ msg }) => msg)).toContain('the daily run was broken off');
    expect(failures()).toEqual([]);
  });

  test('before it starts does nothing', async () => {
    await start({ pickCron: '0 0 1 1 *' });
    await end();
    expect(stub.requests).toEqual([]);
    expect(temp.clock.sleeping).toBe(0);
  });
});
