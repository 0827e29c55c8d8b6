import { describe, expect, test } from 'vitest';
import { routeScope, toInterval } from '../../../src/delivery/throttle/rate-limits.js';
import { takeSlots } from '../../../src/delivery/throttle/take-slots.js';
import type { Throttle } from '../../../src/delivery/throttle/throttle.js';
import type { ThrottleStep } from '../../../src/delivery/throttle/throttle-store.js';
import { FORGET_AFTER } from '../../../src/delivery/throttle/throttle-store.js';
import { HOUR, SECOND, START } from '../clock.js';
import { type Dialect, found, type World, worlds } from './dialect.js';
import { expectApart, momentsOf } from './gcra-slots.js';

const DOMAIN = 'slow.example';
const asked = { name: DOMAIN, wanted: 100, interval: 0 };

const throttle = (changes: Partial<Throttle> = {}): Throttle => ({
  ...{ scope: DOMAIN, interval: 100_000, ceiling: 0, backedOffAt: START, notBefore: START },
  ...{ raisedAt: START, strikes: 0, connections: null, ...changes },
});

const seen = async ({ store }: World) => (await store.throttleStore.look()).throttles;

/** What all senders of one store share of domains and routes that asked for fewer mails. */
export function throttlesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('a throttle', () => {
    test('is seen by every handle as it was written, with the store’s time', async () => {
      const w = await world();
      const route = throttle({
        ...{ scope: routeScope('smtp'), interval: 2_000_000, ceiling: 1_000_000, strikes: 3 },
        ...{ notBefore: START + 600_000, raisedAt: START + 600_000, connections: 1 },
      });
      expect(await w.store.throttleStore.change(DOMAIN, () => throttle())).toBe(true);
      expect(await w.store.throttleStore.change(route.scope, () => route)).toBe(true);
      w.clock.advance(SECOND);
      const { now, throttles, holds } = await (await w.handle()).throttleStore.look();
      expect([now, holds]).toEqual([START + SECOND, []]);
      expect(throttles.toSorted((a, b) => a.scope.localeCompare(b.scope))).toEqual([
        route,
        throttle(),
      ]);
    });

    test('is changed by what is known of it and the store’s time', async () => {
      const w = await world();
      const known: (Throttle | null)[] = [];
      const step: ThrottleStep = (before, now) => {
        known.push(before);
        return throttle({ backedOffAt: now });
      };
      await w.store.throttleStore.change(DOMAIN, step);
      w.clock.advance(SECOND);
      await (await w.handle()).throttleStore.change(DOMAIN, step);
      expect(known).toEqual([null, throttle()]);
      expect(await seen(w)).toEqual([throttle({ backedOffAt: START + SECOND })]);
    });

    test('is left alone, or is none any more, where the step says so', async () => {
      const w = await world();
      const { throttleStore } = w.store;
      expect(await throttleStore.change(DOMAIN, () => null)).toBe(false);
      expect(await throttleStore.change(DOMAIN, () => 'free')).toBe(false);
      expect(await seen(w)).toEqual([]);
      await throttleStore.change(DOMAIN, () => throttle());
      await throttleStore.change('other.example', () => throttle({ scope: 'other.example' }));
      expect(await throttleStore.change(DOMAIN, () => null)).toBe(false);
      expect(await seen(w)).toHaveLength(2);
      expect(await throttleStore.change(DOMAIN, () => 'free')).toBe(true);
      expect((await seen(w)).map(({ scope }) => scope)).toEqual(['other.example']);
      expect(await takeSlots(throttleStore, [asked])).toMatchObject([{ count: 100, interval: 0 }]);
    });

    test('loses no step where several take one at once, from the first on', async () => {
      const w = await world();
      const handles = [w.store, await w.handle(), await w.handle(), await w.handle()];
      const slower: ThrottleStep = (known) =>
        throttle({ interval: (known?.interval ?? 0) + 1_000 });
      for (let round = 0; round < 3; round++) {
        const done = await Promise.all(
          handles.map(({ throttleStore }) => throttleStore.change(DOMAIN, slower)),
        );
        expect(done).toEqual([true, true, true, true]);
      }
      expect(await seen(w)).toEqual([throttle({ interval: 12_000 })]);
    });

    test('is looked at anew where another sender was quicker', async () => {
      const w = await world();
      const { throttleStore } = w.store;
      await throttleStore.change(DOMAIN, () => throttle());
      const known: number[] = [];
      let rival: Promise<unknown> | undefined;
      const changed = await throttleStore.change(DOMAIN, (before) => {
        known.push(before?.interval ?? 0);
        rival ??= throttleStore.change(DOMAIN, () => throttle({ interval: 400_000 }));
        return throttle({ interval: 2 * (before?.interval ?? 0) });
      });
      await rival;
      const interval = found((await seen(w))[0]).interval;
      // Whichever came first, the other saw it or came after it.
      expect([changed, [400_000, 800_000].includes(interval)]).toEqual([true, true]);
      if (interval === 800_000) expect(known).toEqual([100_000, 400_000]);
    });

    test('keeps all mails of its pause, then gives slots its interval apart, at every handle', async () => {
      const w = await world();
      const other = (await w.handle()).throttleStore;
      await w.store.throttleStore.change(DOMAIN, () => throttle({ notBefore: START + 5 * SECOND }));
      expect(await takeSlots(other, [asked])).toMatchObject([{ count: 0, next: 5_000_000 }]);
      expect(await takeSlots(other, [{ ...asked, name: 'other.example' }])).toMatchObject([
        { count: 100, interval: 0 },
      ]);
      w.clock.advance(5 * SECOND);
      const taken: number[] = [];
      for (let n = 0; n < 20; n++) {
        for (const { throttleStore } of [w.store, { throttleStore: other }]) {
          for (const given of await takeSlots(throttleStore, [asked]))
            taken.push(...momentsOf(w, given));
        }
        w.clock.advance(250);
      }
      expectApart(taken, 100_000);
      expect(taken).toHaveLength(Math.floor((19 * 250 + 500) / 100) + 1);
    });

    test('lets no more through than the settings do', async () => {
      const { store } = await world();
      await store.throttleStore.change(DOMAIN, () => throttle({ interval: 20_000 }));
      expect(
        await takeSlots(store.throttleStore, [{ ...asked, interval: toInterval(4) }]),
      ).toMatchObject([{ interval: toInterval(4) }]);
      expect(
        await takeSlots(store.throttleStore, [{ ...asked, name: routeScope('smtp') }]),
      ).toMatchObject([{ interval: 0 }]);
    });

    test('is forgotten a day after it was changed last, with slots that nobody took', async () => {
      const w = await world();
      await w.store.throttleStore.change(DOMAIN, () => throttle({ raisedAt: START + SECOND }));
      await takeSlots(w.store.throttleStore, [{ ...asked, interval: toInterval(50) }]);
      w.clock.advance(24 * HOUR);
      await w.store.throttleStore.forget(FORGET_AFTER);
      expect(await seen(w)).toHaveLength(1);
      w.clock.advance(SECOND);
      await w.store.throttleStore.forget(FORGET_AFTER);
      expect(await seen(w)).toEqual([]);
    });
  });
}
