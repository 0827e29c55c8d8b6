import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addDays } from '../../../src/base/day.js';
import { planEdition } from '../../../src/delivery/planning/plan.js';
import type { Edition } from '../../../src/editions/edition.js';
import { pickEdition } from '../../../src/editions/pick.js';
import { PickTimes } from '../../../src/jobs/pick-times.js';
import { makeWeekly } from '../../../src/jobs/weekly-run.js';
import { FREQUENCIES, type Preferences, WEEKDAYS } from '../../../src/subscribers/preferences.js';
import { saveListing } from '../../papers/save-listing.js';
import { HOUR } from '../../store/clock.js';
import { found, paper } from '../../store/contract/dialect.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { activeSubscriber, makeEdition, silent } from '../harness.js';

/** Every afternoon at four. The first of the days is Monday, 2 March 2026. */
const times = new PickTimes({ pickCron: '0 16 * * *', editionTimezone: 'UTC', freezeAfter: 0 });
const DAY = 24 * HOUR;
const MONDAY = '2026-03-02';
const day = (number: number) => addDays(MONDAY, number);
const monday = { frequency: 'weekly', weekday: 'monday', hour: 7, timezone: 'UTC' } as const;

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

const deps = () => ({
  ...temp.store,
  clock: temp.clock,
  logger: silent,
  defaultTimezone: 'Asia/Kathmandu',
  defaultLanguage: 'en',
});

/** Papers that a source lists for a day: `2603.DDNNN`, best first. */
async function list(date: string, count: number): Promise<void> {
  const number = (Date.parse(date) - Date.parse(MONDAY)) / DAY + 10;
  const papers = Array.from({ length: count }, (_, n) => {
    const { signal: _signal, ...listed } = paper(`2603.${number}${String(n).padStart(3, '0')}`);
    return { paper: listed, signal: { upvotes: 100 - n, comments: 0, codeStars: null } };
  });
  await saveListing(temp.store.papers, 'huggingface', date, papers);
}

async function order(edition: Edition): Promise<Edition> {
  await temp.store.editions.schedule(edition.id, temp.clock.now());
  return temp.store.editions.byId(edition.id);
}

/** What the schedule does at its hour. */
async function runDay(date: string, { papers = 5 } = {}): Promise<void> {
  temp.clock.advance(Math.max(0, found(times.firstOn(date)) - temp.clock.now()));
  await list(date, papers);
  const { edition } = await pickEdition(deps(), date);
  await planEdition(deps(), await order(edition), { now: false });
  const window = times.weeklyWindow(date);
  const weekly = await makeWeekly(deps(), date, { window, now: false });
  if (weekly) await planEdition(deps(), await order(weekly), { now: false, window });
}

interface Row {
  reader: string;
  kind: string;
  date: string;
  due: string;
  papers: string[];
}

/** All deliveries, by reader and time. */
function deliveries(email?: string): Row[] {
  const database = new SQLite(temp.file, { readonly: true });
  const rows = database
    .prepare<[], Omit<Row, 'papers' | 'due'> & { papers: string; due: number }>(
      `select s.email as reader, e.kind, e.date, d.due_at as due, l.papers from deliveries d
       join subscribers s on s.id = d.subscriber_id join editions e on e.id = d.edition_id
       join selections l on l.id = d.selection_id
       order by s.id, d.due_at, d.id`,
    )
    .all();
  database.close();
  return rows
    .map((row) => ({
      ...row,
      due: new Date(row.due).toISOString(),
      papers: JSON.parse(row.papers) as string[],
    }))
    .filter(({ reader }) => email === undefined || reader === email);
}

const dues = (email?: string) => deliveries(email).map(({ kind, date, due }) => [kind, date, due]);

describe('a weekly edition', () => {
  test('is due on the day and at the hour that its reader chose, week by week', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example', monday);
    await activeSubscriber(temp.store, 'bob@reader.example', { ...monday, hour: null });
    await activeSubscriber(temp.store, 'eve@reader.example', { ...monday, weekday: 'friday' });
    await activeSubscriber(temp.store, 'kat@reader.example', { ...monday, timezone: null });
    for (let n = 0; n <= 8; n++) await runDay(day(n));
    expect(dues('ada@reader.example')).toEqual([
      ['weekly', '2026-03-08', '2026-03-09T07:00:00.000Z'],
    ]);
    expect(dues('bob@reader.example')).toEqual([
      ['weekly', '2026-03-02', '2026-03-02T16:00:00.000Z'],
      ['weekly', '2026-03-09', '2026-03-09T16:00:00.000Z'],
    ]);
    expect(dues('eve@reader.example')).toEqual([
      ['weekly', '2026-03-05', '2026-03-06T07:00:00.000Z'],
    ]);
    expect(dues('kat@reader.example')).toEqual([
      ['weekly', '2026-03-08', '2026-03-09T01:15:00.000Z'],
    ]);
  });

  test('holds the best of its seven days', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example', { ...monday, length: 10 });
    for (let n = 0; n <= 6; n++) await runDay(day(n), { papers: 30 });
    const [weekly] = deliveries();
    expect(weekly?.papers).toHaveLength(10);
    // The first of each day; then, of equals, the newer ones.
    const best = [6, 5, 4, 3, 2, 1, 0].map((n) => `2603.${n + 10}000`);
    expect(weekly?.papers).toEqual([...best, '2603.16001', '2603.15001', '2603.14001']);
    const edition = found(await temp.store.editions.find('2026-03-08', 'weekly'));
    expect(edition).toMatchObject({ kind: 'weekly', count: 50, state: 'frozen' });
  });

  test('goes out though its own day had no papers', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example', monday);
    await activeSubscriber(temp.store, 'bob@reader.example');
    await runDay(day(0));
    for (let n = 1; n <= 6; n++) await runDay(day(n), { papers: 0 });
    expect(dues('ada@reader.example')).toHaveLength(1);
    expect(dues('bob@reader.example')).toHaveLength(1);
  });

  test('of a week without papers is none', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example', monday);
    for (let n = 0; n <= 6; n++) await runDay(day(n), { papers: 0 });
    expect(deliveries()).toEqual([]);
  });

  test('is not made where nobody is served by it', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example', monday);
    await activeSubscriber(temp.store, 'bob@reader.example');
    for (let n = 0; n <= 6; n++) await runDay(day(n));
    for (let n = 0; n <= 5; n++)
      expect(await temp.store.editions.find(day(n), 'weekly')).toBeNull();
    expect(await temp.store.editions.find(day(6), 'weekly')).not.toBeNull();
  });

  test('is neither the newest edition nor in the archive', async () => {
    const { editions } = temp.store;
    await activeSubscriber(temp.store, 'ada@reader.example', monday);
    for (let n = 0; n <= 6; n++) await runDay(day(n));
    expect(await editions.newest()).toMatchObject({ kind: 'daily', date: day(6) });
    expect(await editions.newest(temp.clock.now())).toMatchObject({ kind: 'daily' });
    expect(await editions.list({ limit: 100 })).toHaveLength(7);
    expect(await editions.neighbours(day(5))).toEqual({ previous: day(4), next: day(6) });
  });

  test('now goes to who is served by it and to whose day it is, whatever their hour', async () => {
    const { clock, store } = temp;
    await activeSubscriber(store, 'ada@reader.example', monday);
    await activeSubscriber(store, 'bob@reader.example', { ...monday, weekday: 'sunday' });
    await activeSubscriber(store, 'eve@reader.example', { ...monday, weekday: 'friday' });
    await activeSubscriber(store, 'dan@reader.example');
    for (let n = 0; n <= 6; n++) await list(day(n), 5);
    const window = times.weeklyWindow(day(6));
    const weekly = found(await makeWeekly(deps(), day(6), { window, now: true }));
    clock.advance(200 * DAY);
    expect(await planEdition(deps(), weekly, { now: true, window })).toBe(2);
    const now = new Date(clock.now()).toISOString();
    expect(deliveries().map(({ reader, due }) => [reader, due])).toEqual([
      ['ada@reader.example', now],
      ['bob@reader.example', now],
    ]);
  });

  test('that is late is so by its reader’s hour, and does not go out a day late', async () => {
    const { store, clock } = temp;
    await activeSubscriber(store, 'ada@reader.example', { ...monday, hour: 17 });
    await activeSubscriber(store, 'bob@reader.example', { ...monday, hour: 23 });
    for (let n = -6; n <= 0; n++) await list(day(n), 5);
    const window = times.weeklyWindow(day(0));
    clock.advance(found(times.firstOn(day(0))) + 2 * HOUR - clock.now());
    const weekly = found(await makeWeekly(deps(), day(0), { window, now: false }));
    clock.advance(23 * HOUR);
    const ordered = await order(weekly);
    await planEdition(deps(), ordered, { now: false, window });
    const due = deliveries().map(({ reader, due: at }) => [reader, at]);
    expect(due).toEqual([
      ['ada@reader.example', '2026-03-02T17:00:00.000Z'],
      ['bob@reader.example', '2026-03-02T23:00:00.000Z'],
    ]);
    const claimed = await store.ledger.claim('test', 9);
    expect(claimed).toHaveLength(1);
  });

  test('needs its window', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example', monday);
    await list(MONDAY, 3);
    const window = times.weeklyWindow(MONDAY);
    const weekly = found(await makeWeekly(deps(), MONDAY, { window, now: true }));
    await expect(planEdition(deps(), weekly, { now: true })).rejects.toThrow('needs its window');
  });
});

describe('nobody gets a paper twice', () => {
  test('who goes from daily to weekly gets what they have not had', async () => {
    const { store } = temp;
    const ada = await activeSubscriber(store, 'ada@reader.example', { length: 5 });
    await activeSubscriber(store, 'bob@reader.example', { ...monday, length: 5 });
    for (let n = 0; n <= 2; n++) await runDay(day(n), { papers: 3 });
    await store.subscribers.savePreferences(ada.id, monday);
    for (let n = 3; n <= 6; n++) await runDay(day(n), { papers: 3 });
    const [, , , weekly, ...others] = deliveries('ada@reader.example');
    expect(others).toEqual([]);
    // All but what came on Monday to Wednesday.
    const days = [16, 15, 14, 13];
    expect(weekly?.papers).toEqual([...days.map((d) => `2603.${d}000`), '2603.16001']);
    const [full] = deliveries('bob@reader.example');
    expect(full?.papers).toEqual([16, 15, 14, 13, 12].map((d) => `2603.${d}000`));
  });

  test('who has had everything gets no mail', async () => {
    const { store } = temp;
    const ada = await activeSubscriber(store, 'ada@reader.example');
    for (let n = 0; n <= 6; n++) {
      await runDay(day(n), { papers: 3 });
      if (n === 5)
        await store.subscribers.savePreferences(ada.id, { ...monday, weekday: 'sunday' });
    }
    const rows = deliveries('ada@reader.example');
    expect(rows.map(({ kind }) => kind)).toEqual([...Array(6).fill('daily')]);
  });

  test('a paper of what was skipped or refused was not had', async () => {
    const { store } = temp;
    const ada = await activeSubscriber(store, 'ada@reader.example');
    for (let n = 0; n <= 3; n++) await runDay(day(n), { papers: 1 });
    const database = new SQLite(temp.file);
    database.exec(`update deliveries set state = 'skipped', reply = 'too late' where id = 1;
      update deliveries set state = 'refused' where id = 2;
      update deliveries set state = 'uncertain' where id = 3`);
    database.close();
    await store.subscribers.savePreferences(ada.id, monday);
    for (let n = 4; n <= 6; n++) await runDay(day(n), { papers: 0 });
    expect(deliveries().at(-1)?.papers).toEqual(['2603.11000', '2603.10000']);
  });

  test('a day that is sent again leaves out what the weekly edition brought', async () => {
    const { store } = temp;
    const ada = await activeSubscriber(store, 'ada@reader.example', { ...monday, length: 5 });
    for (let n = 0; n <= 6; n++) await runDay(day(n), { papers: 2 });
    await store.subscribers.savePreferences(ada.id, { frequency: 'daily' });
    for (const n of [3, 6]) {
      const edition = found(await store.editions.find(day(n)));
      await planEdition(deps(), edition, { now: true });
    }
    const papersOf = (kind: string) =>
      deliveries().flatMap((row) => (row.kind === kind ? [row.papers] : []));
    expect(papersOf('weekly')).toEqual([[16, 15, 14, 13, 12].map((d) => `2603.${d}000`)]);
    expect(papersOf('daily').sort()).toEqual([['2603.13001'], ['2603.16001']]);
  });

  test('who changes their day gets the next one on it, but not two in three days', async () => {
    const { store } = temp;
    const ada = await activeSubscriber(store, 'ada@reader.example', monday);
    for (let n = 0; n <= 7; n++) await runDay(day(n), { papers: 1 });
    await store.subscribers.savePreferences(ada.id, { weekday: 'wednesday' });
    for (let n = 8; n <= 14; n++) await runDay(day(n), { papers: 1 });
    expect(dues()).toEqual([['weekly', '2026-03-08', '2026-03-09T07:00:00.000Z']]);
    await store.subscribers.savePreferences(ada.id, { weekday: 'saturday' });
    for (let n = 15; n <= 21; n++) await runDay(day(n), { papers: 1 });
    expect(dues().at(-1)).toEqual(['weekly', '2026-03-20', '2026-03-21T07:00:00.000Z']);
    expect(dues()).toHaveLength(2);
  });

  const change = fc.record({
    day: fc.nat(20),
    reader: fc.nat(3),
    preferences: fc.record(
      {
        frequency: fc.constantFrom(...FREQUENCIES),
        weekday: fc.constantFrom(...WEEKDAYS),
        hour: fc.option(fc.integer({ min: 0, max: 23 })),
        timezone: fc.constantFrom('UTC', 'Asia/Tokyo', 'Pacific/Honolulu'),
        length: fc.constantFrom(5, 20),
      },
      { requiredKeys: [] },
    ),
  });

  test('however they change their minds; and who does not gets one a week', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
        await temp.close();
        temp = await tempStore();
        const { store } = temp;
        const readers = [];
        for (let n = 0; n < 4; n++) {
          readers.push(await activeSubscriber(store, `reader${n}@reader.example`));
        }
        await activeSubscriber(store, 'steady@reader.example', monday);
        for (let n = 0; n <= 20; n++) {
          for (const { reader, preferences } of changes.filter((one) => one.day === n)) {
            const chosen = preferences as Partial<Preferences>;
            await store.subscribers.savePreferences(found(readers[reader]).id, chosen);
          }
          await runDay(day(n), { papers: 3 });
        }
        for (const { email } of readers) {
          const papers = deliveries(email).flatMap((row) => row.papers);
          expect(new Set(papers).size).toBe(papers.length);
        }
        const steady = deliveries('steady@reader.example');
        expect(steady.map(({ date }) => date)).toEqual([day(6), day(13), day(20)]);
      }),
      { numRuns: 6 },
    );
  });
});

test('an edition of the day goes to nobody who wants weekly digests', async () => {
  await activeSubscriber(temp.store, 'ada@reader.example', monday);
  await activeSubscriber(temp.store, 'bob@reader.example', { frequency: 'weekdays' });
  const edition = await makeEdition(temp.store);
  expect(await planEdition(deps(), edition, { now: true })).toBe(1);
  expect(deliveries().map(({ reader }) => reader)).toEqual(['bob@reader.example']);
});
