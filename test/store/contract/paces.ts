import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALL_MAILS,
  gapOf,
  LONGEST_GAP,
  QUIET,
  type TurnsGiven,
} from '../../../src/delivery/pace.js';
import { HOUR, MINUTE, SECOND } from '../clock.js';
import { type Dialect, found, type World, worlds } from './dialect.js';

const DOMAIN = 'slow.example';
const GAP = gapOf(50);

/** What all senders of one store share of the pace. */
export function pacesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('turns', () => {
    test('are shared by all handles, each taken once, a gap apart', async () => {
      const w = await world();
      const senders = [w.store, await w.handle(), await w.handle(), await w.handle()];
      const taken: number[] = [];
      for (let round = 0; round < 12; round++) {
        const answers = await Promise.all(
          senders.map(({ paces }) => paces.take([{ name: ALL_MAILS, wanted: 7, gap: GAP }])),
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
          async (gap, rounds) => {
            const name = `run${++run}.example`;
            const taken: number[] = [];
            for (const { after, wanted } of rounds) {
              w.clock.advance(after);
              const answers = await Promise.all(
                senders.map(({ paces }, index) =>
                  paces.take([{ name, gap, wanted: (wanted[index] ?? 0) + 1 }]),
                ),
              );
              for (const [given] of answers) taken.push(...momentsOf(w, found(given)));
            }
            expectApart(taken, gap);
          },
        ),
        { numRuns: 25 },
      );
    });

    test('of several names are taken in one go, and none of them holds up another', async () => {
      const { store } = await world();
      const asked = ['b', 'a', 'c'].map((name) => ({ name, wanted: 40, gap: GAP }));
      await store.paces.take(asked.slice(0, 1));
      const given = await store.paces.take(asked);
      const counts = Object.fromEntries(given.map(({ name, count }) => [name, count]));
      expect(counts).toEqual({ b: 0, a: 26, c: 26 });
    });

    test('that are urgent are given at once, and the others wait for them', async () => {
      const { store } = await world();
      const ask = async (wanted: number, urgent: boolean) =>
        found((await store.paces.take([{ name: ALL_MAILS, wanted, gap: GAP, urgent }]))[0]);
      await ask(26, false);
      expect(await ask(50, true)).toMatchObject({ count: 50, first: 0, next: 76 * GAP });
      expect(await ask(1, false)).toMatchObject({ count: 0, next: 76 * GAP });
    });

    test('of a name without a limit are free', async () => {
      const { store } = await world();
      const free = { name: DOMAIN, wanted: 9, gap: 0 };
      expect(await store.paces.take([free])).toEqual([
        { name: DOMAIN, count: 9, first: 0, gap: 0, next: 0 },
      ]);
    });
  });

  describe('the mails of a day', () => {
    test('are counted up to the cap, whoever takes them', async () => {
      const w = await world();
      const senders = [w.store, await w.handle(), await w.handle()];
      const takeAll = () =>
        Promise.all(senders.map(({ paces }) => paces.takeOfDay('2026-03-02', 40, 100)));
      const taken = [...(await takeAll()), ...(await takeAll())];
      expect(taken.reduce((sum, count) => sum + count, 0)).toBe(100);
      expect(await w.store.paces.ofDay('2026-03-02')).toBe(100);
      expect(await w.store.paces.takeOfDay('2026-03-02', 1, 99)).toBe(0);
      expect(await w.store.paces.takeOfDay('2026-03-03', 500, 100)).toBe(100);
    });

    test('may be given back, and counted beyond the cap', async () => {
      const { paces } = (await world()).store;
      expect(await paces.takeOfDay('2026-03-02', 10, 10)).toBe(10);
      await paces.addToDay('2026-03-02', -3);
      expect(await paces.takeOfDay('2026-03-02', 10, 10)).toBe(3);
      await paces.addToDay('2026-03-02', 5);
      expect(await paces.ofDay('2026-03-02')).toBe(15);
      await paces.addToDay('2026-03-02', -99);
      expect(await paces.ofDay('2026-03-02')).toBe(0);
      await paces.addToDay('2026-03-03', -1);
      expect(await paces.ofDay('2026-03-03')).toBe(0);
    });
  });

  describe('a domain that asks for fewer mails', () => {
    const asked = { name: DOMAIN, wanted: 100, gap: 0 };
    const answer = { begunAgo: 10, gap: 0 };
    const stateOf = async ({ store }: World) => (await store.paces.look()).slowed[0];

    test('is paused, then gets ten mails a second, at every handle', async () => {
      const w = await world();
      const other = (await w.handle()).paces;
      await w.store.paces.slow(DOMAIN, answer);
      expect(await other.look()).toEqual({
        now: w.clock.now(),
        slowed: [{ domain: DOMAIN, gap: 100_000, pausedFor: 5_000, steadyFor: -5_000 }],
      });
      expect(await other.take([asked])).toMatchObject([{ count: 0, next: 5_000_000 }]);
      expect(await other.take([{ ...asked, name: 'other.example' }])).toMatchObject([
        { count: 100, gap: 0 },
      ]);
      w.clock.advance(5 * SECOND);
      const taken: number[] = [];
      for (let n = 0; n < 80; n++) {
        for (const given of await other.take([asked])) taken.push(...momentsOf(w, given));
        w.clock.advance(250);
      }
      expectApart(taken, 100_000);
      expect(taken).toHaveLength(Math.floor((79 * 250 + 500) / 100) + 1);
    });

    test('is slowed once by all answers to mails that were begun before', async () => {
      const w = await world();
      await w.store.paces.slow(DOMAIN, answer);
      const before = await stateOf(w);
      await (await w.handle()).paces.slow(DOMAIN, answer);
      expect(await stateOf(w)).toEqual(before);
      w.clock.advance(MINUTE);
      await w.store.paces.slow(DOMAIN, { begunAgo: MINUTE + 1, gap: 0 });
      expect(await stateOf(w)).toMatchObject({ gap: 100_000, pausedFor: 0 });
    });

    test('gets half as much with each further such answer, but a mail a minute', async () => {
      const w = await world();
      const gaps: number[] = [];
      for (let n = 0; n < 12; n++) {
        await w.store.paces.slow(DOMAIN, answer);
        const { gap, pausedFor } = found(await stateOf(w));
        gaps.push(gap / 1_000_000);
        expect(pausedFor).toBe(Math.min((gap / 1_000) * 50, 300_000));
        w.clock.advance(pausedFor + 10);
      }
      expect(gaps).toEqual([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60]);
      expect(LONGEST_GAP).toBe(60_000_000);
    });

    test('gets twice as much after each quiet minute, until it is free again', async () => {
      const w = await world();
      for (let n = 0; n < 4; n++) {
        await w.store.paces.slow(DOMAIN, answer);
        w.clock.advance((await stateOf(w))?.pausedFor ?? 0);
        w.clock.advance(n < 3 ? 10 : 0);
      }
      const rates: (number | undefined)[] = [];
      for (let n = 0; n < 7; n++) {
        w.clock.advance(QUIET - 1);
        await w.store.paces.ease(DOMAIN, { gap: 0 });
        const before = await stateOf(w);
        rates.push(before && 1_000_000 / before.gap);
        w.clock.advance(1);
        // Only one of many does it.
        await Promise.all([1, 2, 3].map(() => w.store.paces.ease(DOMAIN, { gap: 0 })));
      }
      expect(rates).toEqual([1.25, 2.5, 5, 10, 20, undefined, undefined]);
      expect(await w.store.paces.take([asked])).toMatchObject([{ count: 100, gap: 0 }]);
    });

    test('is slowed from what the settings allow, and free when back there', async () => {
      const w = await world();
      const gap = gapOf(0.25);
      await w.store.paces.slow(DOMAIN, { ...answer, gap });
      expect(await stateOf(w)).toMatchObject({ gap: 2 * gap });
      w.clock.advance(HOUR);
      await w.store.paces.ease(DOMAIN, { gap });
      expect(await stateOf(w)).toBeUndefined();
      expect(await w.store.paces.take([{ ...asked, gap }])).toMatchObject([{ count: 1, gap }]);
    });

    test('is forgotten a day after it asked last', async () => {
      const w = await world();
      await w.store.paces.slow(DOMAIN, answer);
      await w.store.paces.take([{ ...asked, gap: GAP }]);
      w.clock.advance(24 * HOUR);
      await w.store.paces.forget();
      expect(await stateOf(w)).toBeDefined();
      w.clock.advance(5 * SECOND);
      await w.store.paces.forget();
      expect(await stateOf(w)).toBeUndefined();
    });
  });
}

/** The turns in microseconds by the store's clock. */
function momentsOf(w: World, { first, gap, count }: TurnsGiven): number[] {
  return Array.from({ length: count }, (_, n) => w.clock.now() * 1_000 + first + n * gap);
}

function expectApart(moments: readonly number[], gap: number): void {
  const sorted = [...moments].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((moment, n) => moment - (sorted[n] ?? 0));
  expect(Math.min(gap, ...gaps)).toBe(gap);
}
