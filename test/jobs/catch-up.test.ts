import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { addDays } from '../../src/base/day.js';
import { runSchedule } from '../../src/jobs/schedule.js';
import { huggingFace } from '../../src/sources/huggingface/huggingface.js';
import { activeSubscriber, mailsIn, silent, steady } from '../delivery/harness.js';
import { item } from '../sources/asking.js';
import { HOUR, MINUTE, SECOND, START } from '../store/clock.js';
import { begin, settle } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';

/** Papers are picked at four in the afternoon. A test begins at eight on Monday, 2 March 2026. */
const PICK_CRON = '0 16 * * *';
const MONDAY = '2026-03-02';
const ACCEPTED = { kind: 'accepted', reply: '250 Ok' } as const;

let temp: TempStore;
let stub: HuggingFaceStub;
/** What went out: reader, edition, day and hour. */
let sent: string[];
/** Edition and subscriber of what went out, to find what goes out twice. */
let keys: string[];
beforeEach(async () => {
  temp = await tempStore();
  stub = await startHuggingFace();
  sent = [];
  keys = [];
  for (let n = -7; n <= 4; n++) {
    const day = addDays(MONDAY, n);
    const id = `${day.slice(2, 4)}${day.slice(5, 7)}.${day.slice(8)}000`;
    const submittedOnDailyAt = `${day}T00:00:00.000Z`;
    stub.setDay(day, [item(id, { paper: { submittedOnDailyAt } })]);
  }
  const { store } = temp;
  await activeSubscriber(store, 'at-once@reader.example');
  await activeSubscriber(store, 'tokyo@reader.example', { hour: 9, timezone: 'Asia/Tokyo' });
  await activeSubscriber(store, 'vienna@reader.example', { hour: 7, timezone: 'Europe/Vienna' });
  const west = { hour: 8, timezone: 'America/Los_Angeles' };
  await activeSubscriber(store, 'west@reader.example', west);
});
afterEach(async () => {
  await stub.close();
  await temp.close();
  expect(new Set(keys).size).toBe(keys.length);
});

interface Service {
  stop: AbortController;
  running: Promise<void>[];
}

/** Starts as many processes as there are, and waits until they have come to rest. */
async function start({ processes = 1, freezeAfter = 0 } = {}): Promise<Service> {
  const stop = new AbortController();
  const retryPolicy = { tries: 1, timeout: 60_000 };
  const http = { clock: systemClock, random: steady, logger: silent, retryPolicy };
  const deps = {
    ...temp.store,
    ...{ clock: temp.clock, logger: silent, freezeAfter, pickCron: PICK_CRON, sourceDeadline: 0 },
    sources: [huggingFace(new URL(stub.url), http)],
    ...{ editionTimezone: 'UTC', defaultTimezone: 'UTC', defaultLanguage: 'en' },
  };
  const running = Array.from({ length: processes }, (_, n) =>
    runSchedule({ ...deps, holder: `process ${n}` }, stop.signal),
  );
  const service = { stop, running };
  await rest(service);
  return service;
}

async function rest({ running }: Service): Promise<void> {
  const all = () => temp.clock.sleepingFor(SECOND) >= running.length;
  await vi.waitUntil(all, { timeout: 10_000, interval: 1 });
}

/** Sends what is due, as a sender does. */
async function send(): Promise<void> {
  const { ledger, editions, subscribers } = temp.store;
  for (const { id, editionId, subscriberId } of await ledger.claim('test', 99)) {
    await begin(ledger, id, 'test');
    await settle(ledger, id, 'test', ACCEPTED, 0);
    const { date, kind } = await editions.byId(editionId);
    const reader = (await subscribers.find(subscriberId))?.email.split('@')[0];
    const at = new Date(temp.clock.now()).toISOString().slice(8, 16);
    sent.push(`${reader} ${kind === 'weekly' ? 'week to ' : ''}${date.slice(8)} at ${at}`);
    keys.push(`${editionId} ${subscriberId}`);
  }
}

/** Runs the service for so long, looking at what is due when it starts and then hour by hour. */
async function up(hours: number, options: Parameters<typeof start>[0] = {}): Promise<void> {
  const service = await start(options);
  await send();
  for (let n = 0; n < hours; n++) {
    temp.clock.advance(HOUR);
    await rest(service);
    await send();
  }
  service.stop.abort();
  await Promise.all(service.running);
}

const down = (ms: number) => temp.clock.advance(ms);
const tooLate = () =>
  mailsIn(temp.file).filter(({ state, reply }) => state === 'skipped' && reply === 'too late');

/** As it is when nothing goes wrong. */
const MONDAYS_EDITION = [
  'at-once 02 at 02T16:00',
  'west 02 at 02T16:00',
  'tokyo 02 at 03T00:00',
  'vienna 02 at 03T06:00',
];

describe('a service that was down', () => {
  test('for minutes around the hour of its run sends as ever, a little later', async () => {
    await up(7);
    down(HOUR + 10 * MINUTE);
    await up(15);
    const late = MONDAYS_EDITION.map((line) => line.replace(':00', ':10'));
    expect(sent).toEqual(late);
  });

  test.each([
    ['6', 6, ['at-once 02 at 02T21:00', 'west 02 at 02T21:00', ...MONDAYS_EDITION.slice(2)]],
    [
      '11',
      11,
      [
        ...['at-once 02 at 03T02:00', 'west 02 at 03T02:00', 'tokyo 02 at 03T02:00'],
        'vienna 02 at 03T06:00',
      ],
    ],
    ['23', 23, MONDAYS_EDITION.map((line) => line.replace(/at \d.*/, 'at 03T14:00'))],
  ])(
    'for %s hours sends late what was due meanwhile, and then goes on as ever',
    async (_, hours, then) => {
      await up(7);
      down(hours * HOUR);
      await up(26 - hours);
      const both = ['at-once 03 at 03T16:00', 'west 03 at 03T16:00'];
      expect([...sent].sort()).toEqual([...then, ...both].sort());
      expect(tooLate()).toEqual([]);
    },
  );

  test('for 25 hours makes the newest edition that was missed, and no older one', async () => {
    await up(7);
    down(25 * HOUR);
    await up(15);
    expect(sent).toEqual(MONDAYS_EDITION.map(nextDay));
    expect(await temp.store.editions.find(MONDAY)).toBeNull();
  });

  test('for 25 hours sends what is less than a day late, and skips the rest as too late', async () => {
    const { store } = temp;
    await activeSubscriber(store, 'six@reader.example', { hour: 18, timezone: 'UTC' });
    await activeSubscriber(store, 'seven@reader.example', { hour: 19, timezone: 'UTC' });
    await up(9);
    expect(sent).toEqual(MONDAYS_EDITION.slice(0, 2));
    sent = [];
    down(25 * HOUR);
    await up(0);
    expect(sent.sort()).toEqual([
      ...['at-once 03 at 03T18:00', 'seven 02 at 03T18:00', 'six 03 at 03T18:00'],
      ...['tokyo 02 at 03T18:00', 'vienna 02 at 03T18:00', 'west 03 at 03T18:00'],
    ]);
    expect(tooLate().map(({ due_at }) => due_at)).toEqual([START + 10 * HOUR]);
  });

  test('for two days sends yesterday’s edition when it is back, not only the next one', async () => {
    await up(7);
    down(41 * HOUR);
    await up(8);
    expect([...sent].sort()).toEqual(
      [
        ...MONDAYS_EDITION.map(nextDay).map((line) => line.replace(/at \d.*/, 'at 04T08:00')),
        ...['at-once 04 at 04T16:00', 'west 04 at 04T16:00'],
      ].sort(),
    );
    expect(await temp.store.editions.find(MONDAY)).toBeNull();
  });

  test('does not take what is listed of the new day for what was missed', async () => {
    await up(7);
    down(23 * HOUR);
    await up(0);
    expect(await temp.store.editions.newest()).toMatchObject({ date: MONDAY });
  });

  test('leaves a draft that it makes up for to its editor all the same', async () => {
    await up(7);
    down(6 * HOUR);
    await up(0, { freezeAfter: 90 });
    await up(1, { freezeAfter: 90 });
    expect(sent).toEqual([]);
    await up(14, { freezeAfter: 90 });
    // The hour of the west had passed when it was to be ready, half past five.
    expect(sent).toEqual([...['at-once 02 at 02T23:00', ...MONDAYS_EDITION.slice(2)]]);
  });

  test('and whose clock is set back while it catches up sends nothing twice', async () => {
    await up(7);
    down(23 * HOUR);
    await up(1);
    temp.clock.set(-5 * HOUR);
    await up(12);
    temp.clock.set(-3 * HOUR);
    await up(12);
    expect([...new Set(sent.map((line) => line.split(' at ')[0]))].sort()).toEqual(
      [...MONDAYS_EDITION, ...MONDAYS_EDITION.map(nextDay)]
        .map((line) => line.split(' at ')[0])
        .sort(),
    );
  });

  test('and whose clock was a year ahead makes the runs of this year', async () => {
    const { settings } = temp.store;
    await settings.set('daily runs done until', String(START + 365 * 24 * HOUR));
    await up(22);
    expect(sent).toEqual(MONDAYS_EDITION);
  });

  test('catches up once, however many processes start', async () => {
    await up(7);
    down(23 * HOUR);
    await up(1, { processes: 3 });
    const runs = stub.requests.filter(({ path }) => !path.includes('date='));
    expect([runs.length, sent.length]).toEqual([1, 4]);
  });

  test('sends what a source that failed has kept back', async () => {
    stub.fail('html');
    await up(7 + 23);
    expect(sent).toEqual([]);
    stub.fail(null);
    await up(1);
    expect(sent.slice(0, 4).sort()).toEqual(
      MONDAYS_EDITION.map((line) => line.replace(/at \d.*/, 'at 03T14:00')).sort(),
    );
  });
});

describe('weekly readers of a service that was down', () => {
  beforeEach(async () => {
    const monday = { frequency: 'weekly', weekday: 'monday', timezone: 'UTC' } as const;
    await activeSubscriber(temp.store, 'five@reader.example', { ...monday, hour: 17 });
    await activeSubscriber(temp.store, 'eight@reader.example', { ...monday, hour: 20 });
  });
  const weekly = () => sent.filter((line) => line.includes('week'));

  test('for less than a day get theirs when it is back', async () => {
    await up(7);
    down(23 * HOUR);
    await up(26);
    expect(weekly()).toEqual(['five week to 02 at 03T14:00', 'eight week to 02 at 03T14:00']);
  });

  test('for longer get it if their hour is less than a day ago', async () => {
    await up(7);
    down(27 * HOUR);
    await up(26);
    expect(weekly()).toEqual(['eight week to 02 at 03T18:00']);
    expect(tooLate().map(({ due_at }) => due_at)).toEqual([START + 9 * HOUR]);
  });

  test('for days wait for the next week', async () => {
    await up(7);
    down(49 * HOUR);
    await up(26);
    expect(weekly()).toEqual([]);
  });
});

/** The same reader at the same hour, a day later. */
function nextDay(line: string): string {
  return line.replace(/(?<= )0\d/g, (day) => `0${Number(day) + 1}`);
}
