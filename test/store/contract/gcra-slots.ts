import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toInterval } from '../../../src/delivery/throttle/rate-limits.js';
import { takeSlots } from '../../../src/delivery/throttle/take-slots.js';
import {
  ALL_MAILS,
  SLOWED,
  type SlotGrant,
} from '../../../src/delivery/throttle/throttle-store.js';
import { type Dialect, found, type World, worlds } from './dialect.js';

const DOMAIN = 'slow.example';
const GAP = toInterval(50);

/** What all senders of one store share of the pace. */
export function pacesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('slots', () => {
    test('are shared by all handles, each taken once, an interval apart', async () => {
      const w = await world();
      const senders = [w.store, await w.handle(), await w.handle(), await w.handle()];
      const taken: number[] = [];
      for (let round = 0; round < 12; round++) {
        const answers = await Promise.all(
          senders.map(({ throttleStore }) =>
            takeSlots(throttleStore, [{ name: ALL_MAILS, wanted: 7, interval: GAP }]),
          ),
        );
        for (const [given] of answers) taken.push(...momentsOf(w, found(given)));
        w.clock.advance(150);
      }
      expectApart(taken, GAP);
      // From the first moment to the horizon of the last round, without one left out.
      expect(taken.length).toBe(Math.floor((11 * 150 + 500) / 20) + 1);
    });

    test('of any handles at any time never come faster than the rate', async () => {
      const w = await world();
      const senders = [w.store, await w.handle(), await w.handle()];
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 300, max: 3_000_000 }),
          fc.array(
            fc.record({
              after: fc.integer({ min: 0, max: 900 }),
              wanted: fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40)),
            }),
            { minLength: 1, maxLength: 12 },
          ),
          async (interval, rounds) => {
            const name = `run${++run}.example`;
            const taken: number[] = [];
            for (const { after, wanted } of rounds) {
              w.clock.advance(after);
              const answers = await Promise.all(
                senders.map(({ throttleStore }, index) =>
                  takeSlots(throttleStore, [{ name, interval, wanted: (wanted[index] ?? 0) + 1 }]),
                ),
              );
              for (const [given] of answers) taken.push(...momentsOf(w, found(given)));
            }
            expectApart(taken, interval);
          },
        ),
        { numRuns: 25 },
      );
    });

    test('of several names are taken in one go, and none of them holds up another', async () => {
      const { store } = await world();
      const asked = ['b', 'a', 'c'].map((name) => ({ name, wanted: 40, interval: GAP }));
      await takeSlots(store.throttleStore, asked.slice(0, 1));
      const given = await takeSlots(store.throttleStore, asked);
      const counts = Object.fromEntries(given.map(({ name, count }) => [name, count]));
      expect(counts).toEqual({ b: 0, a: 26, c: 26 });
    });

    test('that are urgent are given at once, and the others wait for them', async () => {
      const { store } = await world();
      const ask = async (wanted: number, urgent: boolean) =>
        found(
          (
            await takeSlots(store.throttleStore, [
              { name: ALL_MAILS, wanted, interval: GAP, urgent },
            ])
          )[0],
        );
      await ask(26, false);
      expect(await ask(50, true)).toMatchObject({ count: 50, first: 0, next: 76 * GAP });
      expect(await ask(1, false)).toMatchObject({ count: 0, next: 76 * GAP });
    });

    test('of a name without a limit are free', async () => {
      const { store } = await world();
      const free = { name: DOMAIN, wanted: 9, interval: 0 };
      expect(await takeSlots(store.throttleStore, [free])).toEqual([
        { name: DOMAIN, count: 9, first: 0, interval: 0, next: 0 },
      ]);
    });
  });

  describe('the mails of a day', () => {
    const [DAY, NEXT] = ['2026-03-02', '2026-03-03'];

    test('are counted up to the cap, whoever takes them', async () => {
      const w = await world();
      const senders = [w.store, await w.handle(), await w.handle()];
      const takeAll = () =>
        Promise.all(senders.map(({ throttleStore }) => throttleStore.takeOfDay(DAY, '', 40, 100)));
      const taken = [...(await takeAll()), ...(await takeAll())];
      expect(taken.reduce((sum, count) => sum + count, 0)).toBe(100);
      expect(await w.store.throttleStore.ofDay(DAY, '')).toBe(100);
      expect(await w.store.throttleStore.takeOfDay(DAY, '', 1, 99)).toBe(0);
      expect(await w.store.throttleStore.takeOfDay(NEXT, '', 500, 100)).toBe(100);
    });

    test('may be given back, and counted beyond the cap', async () => {
      const { throttleStore } = (await world()).store;
      expect(await throttleStore.takeOfDay(DAY, '', 10, 10)).toBe(10);
      await throttleStore.addToDay(DAY, '', -3);
      expect(await throttleStore.takeOfDay(DAY, '', 10, 10)).toBe(3);
      await throttleStore.addToDay(DAY, '', 5);
      expect(await throttleStore.ofDay(DAY, '')).toBe(15);
      await throttleStore.addToDay(DAY, '', -99);
      expect(await throttleStore.ofDay(DAY, '')).toBe(0);
      await throttleStore.addToDay(NEXT, '', -1);
      expect(await throttleStore.ofDay(NEXT, '')).toBe(0);
    });

    test('are counted for each route by itself, and apart from all mails together', async () => {
      const { throttleStore } = (await world()).store;
      expect(await throttleStore.takeOfDay(DAY, 'main', 30, 20)).toBe(20);
      expect(await throttleStore.takeOfDay(DAY, 'backup', 30, 40)).toBe(30);
      expect(await throttleStore.takeOfDay(DAY, '', 5, 40)).toBe(5);
      await throttleStore.addToDay(DAY, 'main', -8);
      await throttleStore.addToDay(DAY, 'other', 1);
      const counts = ['', 'main', 'backup', 'other', 'none'].map((route) =>
        throttleStore.ofDay(DAY, route),
      );
      expect(await Promise.all(counts)).toEqual([5, 12, 30, 1, 0]);
      expect(await throttleStore.ofDay(NEXT, 'main')).toBe(0);
    });

    test('stand beside those that were slowed, of the days that are asked for', async () => {
      const { throttleStore } = (await world()).store;
      const days = ['2026-02-28', '2026-03-01', DAY, NEXT];
      for (const [n, day] of days.entries()) await throttleStore.addToDay(day, SLOWED, n + 1);
      await Promise.all([1, 2, 3].map(() => throttleStore.addToDay(DAY, SLOWED, 10)));
      await throttleStore.addToDay(DAY, '', 70);
      await throttleStore.addToDay(DAY, 'main', 60);
      await throttleStore.addToDay('2026-02-27', '', 5);
      expect(await throttleStore.slowedDays('2026-03-01', NEXT)).toEqual([
        { day: '2026-03-01', taken: 0, slowed: 2 },
        { day: DAY, taken: 70, slowed: 33 },
      ]);
      expect(await throttleStore.slowedDays('2026-04-01', '2026-05-01')).toEqual([]);
    });
  });
}

/** The slots in microseconds by the store's clock. */
export function momentsOf(w: World, { first, interval, count }: SlotGrant): number[] {
  return Array.from({ length: count }, (_, n) => w.clock.now() * 1_000 + first + n * interval);
}

export function expectApart(moments: readonly number[], interval: number): void {
  const sorted = [...moments].sort((a, b) => a - b);
  const intervals = sorted.slice(1).map((moment, n) => moment - (sorted[n] ?? 0));
  expect(Math.min(interval, ...intervals)).toBe(interval);
}
