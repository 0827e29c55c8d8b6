import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findStale } from '../../src/editions/freeze.js';
import { pickEdition, RANKING } from '../../src/editions/pick.js';
import { rated } from '../papers/rated.js';
import { MONDAY, PickDesk, TUESDAY, votes, WEDNESDAY } from './picking.js';

let desk: PickDesk;
beforeEach(async () => {
  desk = await PickDesk.open();
});
afterEach(() => desk.close());

describe('a paper that an earlier edition carried', () => {
  test('is not repeated, and the log says which', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9)]);
    await desk.list(WEDNESDAY, [votes('2603.99001', 90), votes('2603.99002', 1)]);
    await desk.pick(MONDAY);
    expect(await desk.pick(WEDNESDAY)).toMatchObject({ repeated: 1, edition: { count: 1 } });
    expect(await desk.idsOf(WEDNESDAY)).toEqual(['2603.99002']);
    expect(desk.noted.lines).toContainEqual(
      expect.objectContaining({ day: WEDNESDAY, id: '2603.99001', msg: 'paper not repeated' }),
    );
  });

  test('is not repeated in a draft of today when it is picked again either', async () => {
    await desk.list(TUESDAY, [votes('2603.99001', 9)]);
    await desk.pick(TUESDAY);
    await desk.list(MONDAY, [votes('2603.99001', 9)]);
    await desk.pick(MONDAY);
    await desk.pick(TUESDAY);
    expect([await desk.idsOf(MONDAY), await desk.idsOf(TUESDAY)]).toEqual([['2603.99001'], []]);
  });

  test('leaves the draft of a later day when its own day is picked afterwards', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 5), votes('2603.99002', 4)]);
    await desk.list(TUESDAY, [votes('2603.99001', 9), votes('2603.99003', 7)]);
    await desk.pick(TUESDAY);
    expect(await desk.idsOf(TUESDAY)).toEqual(['2603.99001', '2603.99003']);
    await desk.pick(MONDAY);
    expect(await desk.idsOf(MONDAY)).toEqual(['2603.99001', '2603.99002']);
    expect(await desk.idsOf(TUESDAY)).toEqual(['2603.99003']);
    expect((await desk.store.editions.find(TUESDAY))?.count).toBe(1);
    const [tuesday] = await desk.store.editions.list({ limit: 1 });
    expect(tuesday?.titles).toHaveLength(1);
  });

  test('is not taken by an earlier day once a later edition is frozen with it', async () => {
    await desk.list(TUESDAY, [votes('2603.99001', 9)]);
    const { edition } = await desk.pick(TUESDAY);
    await desk.store.editions.freeze(edition.id, desk.clock.time, findStale);
    await desk.list(MONDAY, [votes('2603.99001', 9), votes('2603.99002', 2)]);
    await desk.pick(MONDAY);
    expect([await desk.idsOf(MONDAY), await desk.idsOf(TUESDAY)]).toEqual([
      ['2603.99002'],
      ['2603.99001'],
    ]);
  });

  test('comes when the earlier draft has lost it', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9)]);
    await desk.pick(MONDAY);
    await desk.store.editions.saveDraft('daily', MONDAY, [], desk.clock.time);
    await desk.list(TUESDAY, [votes('2603.99001', 9)]);
    await desk.pick(TUESDAY);
    expect(await desk.idsOf(TUESDAY)).toEqual(['2603.99001']);
  });
});

describe('a paper that rose after its own day', () => {
  const ids = async (day: string) => {
    const all = await desk.papersOf(day);
    return all.map(({ id, rising }) => (rising ? [id, rising.since, rising.votes] : id));
  };

  /** Monday's edition is frozen when a paper comes that goes on rising. */
  async function missed(upvotes: number): Promise<void> {
    await desk.list(MONDAY, [votes('2603.99001', 40), votes('2603.99002', 2)]);
    const { edition } = await desk.pick(MONDAY);
    await desk.store.editions.freeze(edition.id, desk.clock.time, findStale);
    await desk.list(MONDAY, [votes('2603.99001', 90), votes('2603.99009', upvotes)]);
  }

  test('comes into a later edition, once, and the log says why', async () => {
    await missed(30);
    await desk.list(TUESDAY, [votes('2603.99003', 50), votes('2603.99004', 10)]);
    expect(await desk.pick(TUESDAY)).toMatchObject({ rising: 1, edition: { count: 3 } });
    const tuesday = ['2603.99003', ['2603.99009', MONDAY, 30], '2603.99004'];
    expect(await ids(TUESDAY)).toEqual(tuesday);
    expect(desk.noted.lines).toContainEqual(
      expect.objectContaining({ day: TUESDAY, id: '2603.99009', reason: 'still rising' }),
    );
    // Picked again it is still there; the next day it is not.
    await desk.pick(TUESDAY);
    expect(await ids(TUESDAY)).toEqual(tuesday);
    await desk.list(WEDNESDAY, [votes('2603.99005', 1)]);
    await desk.pick(WEDNESDAY);
    expect(await ids(WEDNESDAY)).toEqual(['2603.99005']);
  });

  test('has to be as fast as the day is', async () => {
    await missed(30);
    await desk.list(
      WEDNESDAY,
      Array.from({ length: 10 }, (_, n) => votes(`2603.9910${n}`, 16 + n)),
    );
    // 30 votes in two days are 15 a day.
    expect(await desk.pick(WEDNESDAY)).toMatchObject({ rising: 0, edition: { count: 10 } });
    await desk.list(MONDAY, [votes('2603.99009', 40)]);
    expect(await desk.pick(WEDNESDAY)).toMatchObject({ rising: 1, edition: { count: 11 } });
    expect((await ids(WEDNESDAY))[6]).toEqual(['2603.99009', MONDAY, 40]);
  });

  test('does not come with few votes, onto a day without papers, or where none may', async () => {
    await missed(4);
    await desk.list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await desk.pick(TUESDAY)).toMatchObject({ rising: 0 });
    await desk.list(MONDAY, [votes('2603.99009', 60)]);
    expect(await desk.pick(WEDNESDAY)).toMatchObject({ rising: 0, edition: { count: 0 } });
    const ranking = { ...RANKING, mostRising: 0 };
    const deps = { ...desk.store, clock: desk.clock, logger: desk.noted.logger, ranking };
    expect(await pickEdition(deps, TUESDAY)).toMatchObject({ rising: 0 });
    expect(await desk.pick(TUESDAY)).toMatchObject({ rising: 1 });
  });

  test('does not come when it was withdrawn', async () => {
    await missed(30);
    await desk.list(MONDAY, [rated('2603.99009', {}, { withdrawn: true })], 'arxiv');
    await desk.list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await desk.pick(TUESDAY)).toMatchObject({ rising: 0, edition: { count: 1 } });
  });

  test('comes with no more than two others, the fastest', async () => {
    await missed(30);
    const late = Array.from({ length: 5 }, (_, n) => votes(`2603.9910${n}`, 20 + n));
    await desk.list(MONDAY, late);
    await desk.list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await desk.pick(TUESDAY)).toMatchObject({ rising: 3, edition: { count: 4 } });
    expect((await desk.idsOf(TUESDAY)).slice(0, 3)).toEqual([
      ...['2603.99009', '2603.99104', '2603.99103'],
    ]);
  });

  test('is not one of a day that was fetched late and never picked', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 90)]);
    await desk.list(TUESDAY, [votes('2603.99003', 1)]);
    expect(await desk.pick(TUESDAY)).toMatchObject({ rising: 0, edition: { count: 1 } });
  });

  test('goes back to its own day if that is picked after all', async () => {
    await desk.list(MONDAY, [votes('2603.99001', 9)]);
    await desk.list(MONDAY, [votes('2603.99001', 90)]);
    await desk.list(TUESDAY, [votes('2603.99003', 1)]);
    await desk.pick(TUESDAY);
    expect(await ids(TUESDAY)).toEqual([['2603.99001', MONDAY, 81], '2603.99003']);
    await desk.pick(MONDAY);
    expect([await ids(MONDAY), await ids(TUESDAY)]).toEqual([['2603.99001'], ['2603.99003']]);
  });
});
