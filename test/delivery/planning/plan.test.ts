import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../../src/delivery/ledger.js';
import { planEdition } from '../../../src/delivery/planning/plan.js';
import type { Edition } from '../../../src/editions/edition.js';
import { readersEverywhere } from '../../bench/kit/places.js';
import { HOUR, MINUTE, START } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { activeSubscriber, mailsIn, makeEdition, silent } from '../harness.js';

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

function plan(edition: Edition, now = false, ledger: Ledger = temp.store.ledger) {
  const { store, clock } = temp;
  const deps = {
    ...store,
    ledger,
    clock,
    logger: silent,
    defaultTimezone: 'Asia/Kathmandu',
    defaultLanguage: 'en',
  };
  return planEdition(deps, edition, { now });
}

const dueTimes = () => mailsIn(temp.file).map(({ due_at }) => due_at);

describe('planning an edition', () => {
  test('freezes it, and notes that it is done', async () => {
    const edition = await makeEdition(temp.store);
    await temp.store.editions.schedule(edition.id, 0);
    expect(await plan(edition)).toBe(0);
    expect(await temp.store.editions.find(edition.date)).toMatchObject({
      state: 'frozen',
      frozenAt: START,
    });
    expect(await temp.store.editions.toPlan(START)).toEqual([]);
  });

  test('writes down one delivery for everybody who is active', async () => {
    const { subscribers } = temp.store;
    const ada = await activeSubscriber(temp.store, 'ada@reader.example');
    const bob = await activeSubscriber(temp.store, 'bob@reader.example');
    await subscribers.pause(bob.id);
    await subscribers.request('eve@reader.example', {}, START);
    const edition = await makeEdition(temp.store);
    expect(await plan(edition)).toBe(1);
    expect(await plan(edition)).toBe(0);
    const [mail] = await temp.store.ledger.claim('test', 9);
    expect(mail).toMatchObject({ subscriberId: ada.id, first: null });
    await subscribers.resume(bob.id, START);
    expect(await plan(edition)).toBe(1);
  });

  test('goes by the operator’s zone for whoever has one that is not known here', async () => {
    // From the store of another machine, whose list of zones is newer.
    await activeSubscriber(temp.store, 'ada@reader.example', { timezone: 'Asia/Nowhere', hour: 9 });
    await activeSubscriber(temp.store, 'bob@reader.example', { hour: 9 });
    await activeSubscriber(temp.store, 'eve@reader.example', { timezone: 'us/eastern', hour: 9 });
    expect(await plan(await makeEdition(temp.store))).toBe(3);
    const [ada, bob, eve] = dueTimes();
    expect(ada).toBe(bob);
    expect(eve).not.toBe(bob);
  });

  describe('for any number of subscribers', () => {
    const COUNT = 12_003;
    beforeEach(() => {
      const database = new SQLite(temp.file);
      database.exec(readersEverywhere(COUNT));
      database.close();
    });
    const planned = () => new Set(mailsIn(temp.file).map(({ subscriber_id }) => subscriber_id));

    test('gets through them batch by batch, each with their own hour', async () => {
      const edition = await makeEdition(temp.store);
      expect(await plan(edition)).toBe(COUNT);
      expect(await plan(edition)).toBe(0);
      expect(planned().size).toBe(COUNT);
      const hours = new Set(dueTimes().map((at) => Math.floor((at - START) / HOUR)));
      expect(hours.size).toBe(24);
    });

    test('goes on where it was broken off', async () => {
      const edition = await makeEdition(temp.store);
      await temp.store.editions.schedule(edition.id, START);
      let batches = 0;
      const broken: Ledger = {
        ...temp.store.ledger,
        planGroups: async (...batch) => {
          if (++batches === 3) throw new Error('killed');
          return temp.store.ledger.planGroups(...batch);
        },
      };
      await expect(plan(edition, false, broken)).rejects.toThrow('killed');
      const before = mailsIn(temp.file);
      expect(before).toHaveLength(10_000);
      const [waiting] = await temp.store.editions.toPlan(START);
      temp.clock.advance(HOUR);
      expect(await plan(found(waiting))).toBe(COUNT - 10_000);
      expect(planned().size).toBe(COUNT);
      expect(mailsIn(temp.file).slice(0, 10_000)).toEqual(before);
      expect(await temp.store.editions.toPlan(temp.clock.now())).toEqual([]);
    });
  });

  test('has each digest due when its reader wants it, in the operator’s zone without one', async () => {
    await activeSubscriber(temp.store, 'a@reader.example');
    await activeSubscriber(temp.store, 'b@reader.example', { hour: 9, timezone: 'Europe/Vienna' });
    await activeSubscriber(temp.store, 'c@reader.example', { hour: 9 });
    await activeSubscriber(temp.store, 'd@reader.example', { hour: 9, timezone: 'UTC' });
    await plan(await makeEdition(temp.store));
    const tomorrow = START + 24 * HOUR;
    expect(dueTimes()).toEqual([START, START, tomorrow - 4 * HOUR - 45 * MINUTE, START + HOUR]);
  });

  test('counts the hour from the moment since which somebody is a reader', async () => {
    const edition = await makeEdition(temp.store);
    await temp.store.editions.schedule(edition.id, START - 5 * HOUR);
    const preferences = { hour: 6, timezone: 'UTC' };
    await activeSubscriber(temp.store, 'early@reader.example', preferences);
    const late = await activeSubscriber(temp.store, 'late@reader.example', preferences);
    await temp.store.subscribers.pause(late.id);
    await temp.store.subscribers.resume(late.id, START);
    await plan(edition);
    expect(dueTimes()).toEqual([START - 2 * HOUR, START + 22 * HOUR]);
  });

  test('at once has everybody due now, those included who were to get it later', async () => {
    const later = { hour: 20, timezone: 'UTC' };
    await activeSubscriber(temp.store, 'ada@reader.example', later);
    const edition = await makeEdition(temp.store);
    await plan(edition);
    expect(dueTimes()).toEqual([START + 12 * HOUR]);
    await activeSubscriber(temp.store, 'bob@reader.example', later);
    temp.clock.advance(MINUTE);
    expect(await plan(edition, true)).toBe(1);
    expect(dueTimes()).toEqual([START + MINUTE, START + MINUTE]);
    expect(await temp.store.ledger.claim('test', 9)).toHaveLength(2);
  });

  test('shares a selection among all who want as many papers', async () => {
    for (const [name, length] of [
      ['a', 5],
      ['b', 10],
      ['c', 5],
      ['d', 50],
    ] as const) {
      await activeSubscriber(temp.store, `${name}@reader.example`, { length });
    }
    await plan(await makeEdition(temp.store, { count: 12 }));
    const mails = await temp.store.ledger.claim('test', 9);
    const [a, b, c, d] = mails.map(({ selectionId }) => selectionId);
    expect(c).toBe(a);
    expect(new Set([a, b, d]).size).toBe(3);
    const sizes = await Promise.all(
      [a, b, d].map(async (id) => (await temp.store.ledger.selection(found(id))).papers.length),
    );
    expect(sizes).toEqual([5, 10, 12]);
  });

  test('of a day without papers plans nothing and leaves it a draft', async () => {
    await activeSubscriber(temp.store, 'ada@reader.example');
    const edition = await makeEdition(temp.store, { count: 0 });
    expect(await plan(edition, true)).toBe(0);
    expect(mailsIn(temp.file)).toEqual([]);
    expect((await temp.store.editions.byId(edition.id)).state).toBe('draft');
  });
});
