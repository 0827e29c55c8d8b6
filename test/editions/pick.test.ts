import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findStale } from '../../src/editions/freeze.js';
import { bestOfWeek, pickEdition, saveSample } from '../../src/editions/pick.js';
import { rated } from '../papers/rated.js';
import { MONDAY, PickDesk, TUESDAY, votes, WEDNESDAY } from './picking.js';

let desk: PickDesk;
beforeEach(async () => {
  desk = await PickDesk.open();
});
afterEach(() => desk.close());

describe('an edition', () => {
  test('holds the papers of its day, best first, as they were', async () => {
    const two = rated('2603.99002', { upvotes: 40, codeStars: 12 }, { summary: 'Short.' });
    await desk.list(MONDAY, [votes('2603.99001', 3), two, votes('2603.99003', 8)]);
    await desk.list(TUESDAY, [votes('2603.99004', 100)]);
    const { edition, changed, repeated } = await desk.pick(MONDAY);
    expect(edition).toMatchObject({
      ...{ kind: 'daily', date: MONDAY, state: 'draft', count: 3 },
      ...{ pickedAt: desk.clock.time, frozenAt: null },
    });
    expect([changed, repeated]).toEqual([true, 0]);
    expect(await desk.idsOf(MONDAY)).toEqual(['2603.99002', '2603.99003', '2603.99001']);
    expect((await desk.papersOf(MONDAY))[0]).toEqual({ ...two, sources: ['huggingface'] });
  });

  test('settles ties by comments, stars and the newer id', async () => {
    await desk.list(MONDAY, [
      rated('2603.99001', { upvotes: 5 }),
      rated('2603.99002', { upvotes: 5 }),
      rated('2603.99003', { upvotes: 5, codeStars: 1 }),
      rated('2603.99004', { upvotes: 5, comments: 1 }),
    ]);
    await desk.pick(MONDAY);
    expect(await desk.idsOf(MONDAY)).toEqual([
      '2603.99004',
      '2603.99003',
      '2603.99002',
      '2603.99001',
    ]);
  });

  test('of a day without papers exists and is empty', async () => {
    const { edition } = await desk.pick(MONDAY);
    expect(edition).toMatchObject({ date: MONDAY, state: 'draft', count: 0 });
    expect(await desk.store.editions.newest()).toBeNull();
  });

  test('has a paper once that two sources list, with its newest votes', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 3)]);
    await desk.list(MONDAY, [votes('2603.99001', 9)], 'arxiv');
    await desk.pick(MONDAY);
    expect((await desk.papersOf(MONDAY)).map(({ signal }) => signal.upvotes)).toEqual([9]);
  });
});

describe('a draft', () => {
  test('picked again takes new papers, new votes and new texts', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 5)]);
    const first = await desk.pick(MONDAY);
    const better = rated('2603.99002', { upvotes: 20 }, { title: 'A Better Title' });
    await desk.list(MONDAY, [better, votes('2603.99003', 12)]);
    const second = await desk.pick(MONDAY);
    expect(second.changed).toBe(true);
    expect(second.edition.id).toBe(first.edition.id);
    expect(second.edition.pickedAt).toBeGreaterThan(first.edition.pickedAt);
    expect(await desk.idsOf(MONDAY)).toEqual(['2603.99002', '2603.99003', '2603.99001']);
    expect((await desk.papersOf(MONDAY))[0]?.title).toBe('A Better Title');
  });

  test('picked again without news stays as it is', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 5)]);
    await desk.pick(MONDAY);
    const before = await desk.papersOf(MONDAY);
    await desk.pick(MONDAY);
    expect(await desk.papersOf(MONDAY)).toEqual(before);
  });

  test('does not change before it is picked again', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9)]);
    await desk.pick(MONDAY);
    await desk.list(MONDAY, [votes('2603.99001', 90), votes('2603.99002', 100)]);
    expect((await desk.papersOf(MONDAY)).map(({ signal }) => signal.upvotes)).toEqual([9]);
  });
});

test('a withdrawn paper is not picked, leaves drafts, and the log says why', async () => {
  await desk.list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 5)]);
  await desk.pick(MONDAY);
  await desk.list(MONDAY, [rated('2603.99001', {}, { withdrawn: true })], 'arxiv');
  await desk.pick(MONDAY);
  expect(await desk.idsOf(MONDAY)).toEqual(['2603.99002']);
  expect(
    (await bestOfWeek({ ...desk.store, logger: desk.noted.logger }, MONDAY)).map(({ id }) => id),
  ).toEqual(['2603.99002']);
  expect(desk.noted.lines).toContainEqual(
    expect.objectContaining({ day: MONDAY, id: '2603.99001', reason: 'withdrawn' }),
  );
});

describe('a frozen edition', () => {
  test('never changes, and picking it says so', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9)]);
    const { edition } = await desk.pick(MONDAY);
    const { edition: frozen } = await desk.store.editions.freeze(
      edition.id,
      desk.clock.time,
      findStale,
    );
    const before = await desk.papersOf(MONDAY);
    await desk.list(MONDAY, [votes('2603.99001', 90), votes('2603.99002', 100)]);
    expect(await desk.pick(MONDAY)).toEqual({
      edition: frozen,
      changed: false,
      repeated: 0,
      rising: 0,
    });
    expect(await desk.papersOf(MONDAY)).toEqual(before);
    expect(await desk.store.editions.find(MONDAY)).toEqual(frozen);
  });

  test('wins when it is frozen while it is picked', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9)]);
    const { edition } = await desk.pick(MONDAY);
    await desk.list(MONDAY, [votes('2603.99002', 100)]);
    const report = await pickEdition(
      {
        ...desk.store,
        papers: {
          ...desk.store.papers,
          listedOn: async (day) => {
            await desk.store.editions.freeze(edition.id, desk.clock.time, findStale);
            return desk.store.papers.listedOn(day);
          },
        },
        clock: desk.clock,
        logger: desk.noted.logger,
      },
      MONDAY,
    );
    expect(report).toMatchObject({ changed: false, edition: { state: 'frozen', count: 1 } });
    expect(await desk.idsOf(MONDAY)).toEqual(['2603.99001']);
  });
});

describe('the sample edition', () => {
  test('is shown until there is another, and keeps no paper from coming', async () => {
    const sample = [votes('2603.99001', 5), votes('2603.99002', 50)];
    await saveSample({ ...desk.store, clock: desk.clock }, MONDAY, sample);
    expect(await desk.store.editions.newest()).toMatchObject({
      kind: 'sample',
      date: MONDAY,
      count: 2,
    });
    expect((await desk.papersOf(MONDAY, 'sample')).map(({ id }) => id)).toEqual([
      ...['2603.99002', '2603.99001'],
    ]);
    await desk.list(TUESDAY, sample);
    expect(await desk.pick(TUESDAY)).toMatchObject({ repeated: 0, edition: { count: 2 } });
    expect(await desk.store.editions.newest()).toMatchObject({ kind: 'daily', date: TUESDAY });
    expect(await desk.store.editions.find(MONDAY, 'sample')).toMatchObject({ count: 2 });
  });

  test('stands beside a real one of its date', async () => {
    await saveSample({ ...desk.store, clock: desk.clock }, MONDAY, [votes('2603.99001', 5)]);
    await desk.list(MONDAY, [votes('2603.99001', 5), votes('2603.99002', 5)]);
    expect(await desk.pick(MONDAY)).toMatchObject({
      repeated: 0,
      edition: { kind: 'daily', count: 2 },
    });
    expect(await desk.papersOf(MONDAY, 'sample')).toHaveLength(1);
  });

  test('of a later date gives way to an older real one', async () => {
    await saveSample({ ...desk.store, clock: desk.clock }, WEDNESDAY, [votes('2603.99001', 5)]);
    await desk.list(MONDAY, [votes('2603.99001', 5)]);
    await desk.pick(MONDAY);
    expect(await desk.store.editions.newest()).toMatchObject({ kind: 'daily', date: MONDAY });
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
        await using own = await PickDesk.open();
        for (const day of fetched) {
          const numbers = listings.filter((one) => one.day === day).map(({ number }) => number);
          const papers = [...new Set(numbers)].map((n) => votes(`2603.9900${n}`, upvotes[n] ?? 0));
          await own.list(day, reversed ? papers.reverse() : papers);
        }
        const found: [string, number][][] = [];
        for (const day of days) {
          await own.pick(day);
          found.push((await own.papersOf(day)).map(({ id, signal }) => [id, signal.upvotes]));
        }
        return found;
      };
      expect(await editions(order, back)).toEqual(await editions(days, false));
    }),
    { numRuns: 25 },
  );
});
