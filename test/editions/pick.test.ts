import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bestOfWeek,
  type PickReport,
  pickEdition,
  RANKING,
  saveSample,
} from '../../src/editions/pick.js';
import type { RatedPaper } from '../../src/papers/paper.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { type Noted, notingLogger, QuickClock } from '../papers/asking.js';
import { rated } from '../papers/rated.js';
import { type TempDir, tempDir } from '../support/program.js';

const MONDAY = '2026-03-02';
const TUESDAY = '2026-03-03';
const WEDNESDAY = '2026-03-04';
let dir: TempDir;
let store: Store;
let clock: QuickClock;
let noted: Noted;

beforeEach(async () => {
  dir = tempDir();
  clock = new QuickClock();
  noted = notingLogger();
  store = await openStore({ kind: 'sqlite', file: join(dir.path, 'paperboy.db') }, clock);
});
afterEach(async () => {
  await store.close();
  dir.dispose();
});

/** Papers as a source lists them for a day, at a moment of their own. */
async function list(day: string, papers: RatedPaper[], source = 'huggingface'): Promise<void> {
  clock.time += 1_000;
  const listed = papers.map(({ signal, ...paper }) => ({ paper, signal }));
  await store.papers.saveListing(source, day, listed);
}

function pick(day: string): Promise<PickReport> {
  clock.time += 1_000;
  return pickEdition({ ...store, clock, logger: noted.logger }, day);
}

async function papersOf(day: string, kind?: 'daily' | 'sample'): Promise<RatedPaper[]> {
  const edition = await store.editions.find(day, kind);
  return edition ? (await store.editions.withPapers(edition)).papers : [];
}

const idsOf = async (day: string) => (await papersOf(day)).map(({ id }) => id);
const votes = (id: string, upvotes: number) => rated(id, { upvotes });

describe('an edition', () => {
  test('holds the papers of its day, best first, as they were', async () => {
    const two = rated('2603.99002', { upvotes: 40, codeStars: 12 }, { summary: 'Short.' });
    await list(MONDAY, [votes('2603.99001', 3), two, votes('2603.99003', 8)]);
    await list(TUESDAY, [votes('2603.99004', 100)]);
    const { edition, changed, repeated } = await pick(MONDAY);
    expect(edition).toMatchObject({
      ...{ kind: 'daily', date: MONDAY, state: 'draft', count: 3 },
      ...{ pickedAt: clock.time, frozenAt: null },
    });
    expect([changed, repeated]).toEqual([true, 0]);
    expect(await idsOf(MONDAY)).toEqual(['2603.99002', '2603.99003', '2603.99001']);
    expect((await papersOf(MONDAY))[0]).toEqual({ ...two, sources: ['huggingface'] });
  });

  test('settles ties by comments, stars and the newer id', async () => {
    await list(MONDAY, [
      rated('2603.99001', { upvotes: 5 }),
      rated('2603.99002', { upvotes: 5 }),
      rated('2603.99003', { upvotes: 5, codeStars: 1 }),
      rated('2603.99004', { upvotes: 5, comments: 1 }),
    ]);
    await pick(MONDAY);
    expect(await idsOf(MONDAY)).toEqual(['2603.99004', '2603.99003', '2603.99002', '2603.99001']);
  });

  test('of a day without papers exists and is empty', async () => {
    const { edition } = await pick(MONDAY);
    expect(edition).toMatchObject({ date: MONDAY, state: 'draft', count: 0 });
    expect(await store.editions.newest()).toBeNull();
  });

  test('has a paper once that two sources list, with its newest votes', async () => {
    await list(MONDAY, [votes('2603.99001', 3)]);
    await list(MONDAY, [votes('2603.99001', 9)], 'arxiv');
    await pick(MONDAY);
    expect((await papersOf(MONDAY)).map(({ signal }) => signal.upvotes)).toEqual([9]);
  });
});

describe('a draft', () => {
  test('picked again takes new papers, new votes and new texts', async () => {
    await list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 5)]);
    const first = await pick(MONDAY);
    const better = rated('2603.99002', { upvotes: 20 }, { title: 'A Better Title' });
    await list(MONDAY, [better, votes('2603.99003', 12)]);
    const second = await pick(MONDAY);
    expect(second.changed).toBe(true);
    expect(second.edition.id).toBe(first.edition.id);
    expect(second.edition.pickedAt).toBeGreaterThan(first.edition.pickedAt);
    expect(await idsOf(MONDAY)).toEqual(['2603.99002', '2603.99003', '2603.99001']);
    expect((await papersOf(MONDAY))[0]?.title).toBe('A Better Title');
  });

  test('picked again without news stays as it is', async () => {
    await list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 5)]);
    await pick(MONDAY);
    const before = await papersOf(MONDAY);
    await pick(MONDAY);
    expect(await papersOf(MONDAY)).toEqual(before);
  });

  test('does not change before it is picked again', async () => {
    await list(MONDAY, [votes('2603.99001', 9)]);
    await pick(MONDAY);
    await list(MONDAY, [votes('2603.99001', 90), votes('2603.99002', 100)]);
    expect((await papersOf(MONDAY)).map(({ signal }) => signal.upvotes)).toEqual([9]);
  });
});

test('a withdrawn paper is not picked, leaves drafts, and the log says why', async () => {
  await list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 5)]);
  await pick(MONDAY);
  await list(MONDAY, [rated('2603.99001', {}, { withdrawn: true })], 'arxiv');
  await pick(MONDAY);
  expect(await idsOf(MONDAY)).toEqual(['2603.99002']);
  expect(
    (await bestOfWeek({ ...store, logger: noted.logger }, MONDAY)).map(({ id }) => id),
  ).toEqual(['2603.99002']);
  expect(noted.lines).toContainEqual(
    expect.objectContaining({ day: MONDAY, id: '2603.99001', reason: 'withdrawn' }),
  );
});

describe('a frozen edition', () => {
  test('never changes, and picking it says so', async () => {
    await list(MONDAY, [votes('2603.99001', 9)]);
    const { edition } = await pick(MONDAY);
    const { edition: frozen } = await store.editions.freeze(edition.id, clock.time);
    const before = await papersOf(MONDAY);
    await list(MONDAY, [votes('2603.99001', 90), votes('2603.99002', 100)]);
    expect(await pick(MONDAY)).toEqual({ edition: frozen, changed: false, repeated: 0, rising: 0 });
    expect(await papersOf(MONDAY)).toEqual(before);
    expect(await store.editions.find(MONDAY)).toEqual(frozen);
  });

  test('wins when it is frozen while it is picked', async () => {
    await list(MONDAY, [votes('2603.99001', 9)]);
    const { edition } = await pick(MONDAY);
    await list(MONDAY, [votes('2603.99002', 100)]);
    const report = await pickEdition(
      {
        ...store,
        papers: {
          ...store.papers,
          listedOn: async (day) => {
            await store.editions.freeze(edition.id, clock.time);
            return store.papers.listedOn(day);
          },
        },
        clock,
        logger: noted.logger,
      },
      MONDAY,
    );
    expect(report).toMatchObject({ changed: false, edition: { state: 'frozen', count: 1 } });
    expect(await idsOf(MONDAY)).toEqual(['2603.99001']);
  });
});

describe('a paper that an earlier edition carried', () => {
  test('is not repeated, and the log says which', async () => {
    await list(MONDAY, [votes('2603.99001', 9)]);
    await list(WEDNESDAY, [votes('2603.99001', 90), votes('2603.99002', 1)]);
    await pick(MONDAY);
    expect(await pick(WEDNESDAY)).toMatchObject({ repeated: 1, edition: { count: 1 } });
    expect(await idsOf(WEDNESDAY)).toEqual(['2603.99002']);
    expect(noted.lines).toContainEqual(
      expect.objectContaining({ day: WEDNESDAY, id: '2603.99001', msg: 'paper not repeated' }),
    );
  });

  test('is not repeated in a draft of today when it is picked again either', async () => {
    await list(TUESDAY, [votes('2603.99001', 9)]);
    await pick(TUESDAY);
    await list(MONDAY, [votes('2603.99001', 9)]);
    await pick(MONDAY);
    await pick(TUESDAY);
    expect([await idsOf(MONDAY), await idsOf(TUESDAY)]).toEqual([['2603.99001'], []]);
  });

  test('leaves the draft of a later day when its own day is picked afterwards', async () => {
    await list(MONDAY, [votes('2603.99001', 5), votes('2603.99002', 4)]);
    await list(TUESDAY, [votes('2603.99001', 9), votes('2603.99003', 7)]);
    await pick(TUESDAY);
    expect(await idsOf(TUESDAY)).toEqual(['2603.99001', '2603.99003']);
    await pick(MONDAY);
    expect(await idsOf(MONDAY)).toEqual(['2603.99001', '2603.99002']);
    expect(await idsOf(TUESDAY)).toEqual(['2603.99003']);
    expect((await store.editions.find(TUESDAY))?.count).toBe(1);
    const [tuesday] = await store.editions.list({ limit: 1 });
    expect(tuesday?.titles).toHaveLength(1);
  });

  test('is not taken by an earlier day once a later edition is frozen with it', async () => {
    await list(TUESDAY, [votes('2603.99001', 9)]);
    const { edition } = await pick(TUESDAY);
    await store.editions.freeze(edition.id, clock.time);
    await list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 2)]);
    await pick(MONDAY);
    expect([await idsOf(MONDAY), await idsOf(TUESDAY)]).toEqual([['2603.99002'], ['2603.99001']]);
  });

  test('comes when the earlier draft has lost it', async () => {
    await list(MONDAY, [votes('2603.99001', 9)]);
    await pick(MONDAY);
    await store.editions.saveDraft('daily', MONDAY, [], clock.time);
    await list(TUESDAY, [votes('2603.99001', 9)]);
    await pick(TUESDAY);
    expect(await idsOf(TUESDAY)).toEqual(['2603.99001']);
  });
});

describe('a paper that rose after its own day', () => {
  const ids = async (day: string) => {
    const all = await papersOf(day);
    return all.map(({ id, rising }) => (rising ? [id, rising.since, rising.votes] : id));
  };

  /** Monday's edition is frozen when a paper comes that goes on rising. */
  async function missed(upvotes: number): Promise<void> {
    await list(MONDAY, [votes('2603.99001', 40), votes('2603.99002', 2)]);
    const { edition } = await pick(MONDAY);
    await store.editions.freeze(edition.id, clock.time);
    await list(MONDAY, [votes('2603.99001', 90), votes('2603.99009', upvotes)]);
  }

  test('comes into a later edition, once, and the log says why', async () => {
    await missed(30);
    await list(TUESDAY, [votes('2603.99003', 50), votes('2603.99004', 10)]);
    expect(await pick(TUESDAY)).toMatchObject({ rising: 1, edition: { count: 3 } });
    const tuesday = ['2603.99003', ['2603.99009', MONDAY, 30], '2603.99004'];
    expect(await ids(TUESDAY)).toEqual(tuesday);
    expect(noted.lines).toContainEqual(
      expect.objectContaining({ day: TUESDAY, id: '2603.99009', reason: 'still rising' }),
    );
    // Picked again it is still there; the next day it is not.
    await pick(TUESDAY);
    expect(await ids(TUESDAY)).toEqual(tuesday);
    await list(WEDNESDAY, [votes('2603.99005', 1)]);
    await pick(WEDNESDAY);
    expect(await ids(WEDNESDAY)).toEqual(['2603.99005']);
  });

  test('has to be as fast as the day is', async () => {
    await missed(30);
    await list(
      WEDNESDAY,
      Array.from({ length: 10 }, (_, n) => votes(`2603.9910${n}`, 16 + n)),
    );
    // 30 votes in two days are 15 a day.
    expect(await pick(WEDNESDAY)).toMatchObject({ rising: 0, edition: { count: 10 } });
    await list(MONDAY, [votes('2603.99009', 40)]);
    expect(await pick(WEDNESDAY)).toMatchObject({ rising: 1, edition: { count: 11 } });
    expect((await ids(WEDNESDAY))[6]).toEqual(['2603.99009', MONDAY, 40]);
  });

  test('does not come with few votes, onto a day without papers, or where none may', async () => {
    await missed(4);
    await list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await pick(TUESDAY)).toMatchObject({ rising: 0 });
    await list(MONDAY, [votes('2603.99009', 60)]);
    expect(await pick(WEDNESDAY)).toMatchObject({ rising: 0, edition: { count: 0 } });
    const ranking = { ...RANKING, mostRising: 0 };
    const deps = { ...store, clock, logger: noted.logger, ranking };
    expect(await pickEdition(deps, TUESDAY)).toMatchObject({ rising: 0 });
    expect(await pick(TUESDAY)).toMatchObject({ rising: 1 });
  });

  test('does not come when it was withdrawn', async () => {
    await missed(30);
    await list(MONDAY, [rated('2603.99009', {}, { withdrawn: true })], 'arxiv');
    await list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await pick(TUESDAY)).toMatchObject({ rising: 0, edition: { count: 1 } });
  });

  test('comes with no more than two others, the fastest', async () => {
    await missed(30);
    const late = Array.from({ length: 5 }, (_, n) => votes(`2603.9910${n}`, 20 + n));
    await list(MONDAY, late);
    await list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await pick(TUESDAY)).toMatchObject({ rising: 3, edition: { count: 4 } });
    expect((await idsOf(TUESDAY)).slice(0, 3)).toEqual([
      ...['2603.99009', '2603.99104', '2603.99103'],
    ]);
  });

  test('is not one of a day that was fetched late and never picked', async () => {
    await list(MONDAY, [votes('2603.99001', 90)]);
    await list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await pick(TUESDAY)).toMatchObject({ rising: 0, edition: { count: 1 } });
  });

  test('goes back to its own day if that is picked after all', async () => {
    await list(MONDAY, [votes('2603.99001', 9)]);
    await list(MONDAY, [votes('2603.99001', 90)]);
    await list(TUESDAY, [votes('2603.99003', 1)]);
    await pick(TUESDAY);
    expect(await ids(TUESDAY)).toEqual([['2603.99001', MONDAY, 81], '2603.99003']);
    await pick(MONDAY);
    expect([await ids(MONDAY), await ids(TUESDAY)]).toEqual([['2603.99001'], ['2603.99003']]);
  });
});

describe('the sample edition', () => {
  test('is shown until there is another, and keeps no paper from coming', async () => {
    const sample = [votes('2603.99001', 5), votes('2603.99002', 50)];
    await saveSample({ ...store, clock }, MONDAY, sample);
    expect(await store.editions.newest()).toMatchObject({ kind: 'sample', date: MONDAY, count: 2 });
    expect((await papersOf(MONDAY, 'sample')).map(({ id }) => id)).toEqual([
      ...['2603.99002', '2603.99001'],
    ]);
    await list(TUESDAY, sample);
    expect(await pick(TUESDAY)).toMatchObject({ repeated: 0, edition: { count: 2 } });
    expect(await store.editions.newest()).toMatchObject({ kind: 'daily', date: TUESDAY });
    expect(await store.editions.find(MONDAY, 'sample')).toMatchObject({ count: 2 });
  });

  test('stands beside a real one of its date', async () => {
    await saveSample({ ...store, clock }, MONDAY, [votes('2603.99001', 5)]);
    await list(MONDAY, [votes('2603.99001', 5), votes('2603.99002', 5)]);
    expect(await pick(MONDAY)).toMatchObject({ repeated: 0, edition: { kind: 'daily', count: 2 } });
    expect(await papersOf(MONDAY, 'sample')).toHaveLength(1);
  });

  test('of a later date gives way to an older real one', async () => {
    await saveSample({ ...store, clock }, WEDNESDAY, [votes('2603.99001', 5)]);
    await list(MONDAY, [votes('2603.99001', 5)]);
    await pick(MONDAY);
    expect(await store.editions.newest()).toMatchObject({ kind: 'daily', date: MONDAY });
  });
});

test('whatever the order of fetching, the editions are the same', async () => {
  const days = [MONDAY, TUESDAY, WEDNESDAY];
  const paper = fc.record({
    number: fc.integer({ min: 1, max: 8 }),
    day: fc.constantFrom(...days),
  });
  const ratings = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 9, maxLength: 9 });
  const orders = fc.tuple(fc.shuffledSubarray(days, { minLength: 3 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(paper), ratings, orders, async (listings, upvotes, [order, back]) => {
      const editions = async (fetched: string[], reversed: boolean) => {
        await using own = await ownStore();
        for (const day of fetched) {
          const numbers = listings.filter((one) => one.day === day).map(({ number }) => number);
          const papers = [...new Set(numbers)].map((n) => votes(`2603.9900${n}`, upvotes[n] ?? 0));
          await own.list(day, reversed ? papers.reverse() : papers);
        }
        return await own.pickAll(days);
      };
      expect(await editions(order, back)).toEqual(await editions(days, false));
    }),
    { numRuns: 25 },
  );
});

/** A store for one run, closed and removed when the run ends. */
async function ownStore() {
  const own = tempDir();
  const { papers, editions, close } = await openStore(
    { kind: 'sqlite', file: join(own.path, 'paperboy.db') },
    clock,
  );
  return {
    list: async (day: string, listed: RatedPaper[]) => {
      clock.time += 1_000;
      const pairs = listed.map(({ signal, ...paper }) => ({ paper, signal }));
      await papers.saveListing('huggingface', day, pairs);
    },
    pickAll: async (days: string[]) => {
      const found: [string, number][][] = [];
      for (const day of days) {
        const { edition } = await pickEdition(
          { papers, editions, clock, logger: noted.logger },
          day,
        );
        const full = await editions.withPapers(edition);
        found.push(full.papers.map(({ id, signal }) => [id, signal.upvotes]));
      }
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      own.dispose();
    },
  };
}
