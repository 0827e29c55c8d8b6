import { describe, expect, test } from 'vitest';
import type { ThrottleStep } from '../../../src/delivery/throttle/pace.js';
import { routeScope, toInterval } from '../../../src/delivery/throttle/pace.js';
import type { Throttle } from '../../../src/delivery/throttle/throttle.js';
import { HOUR, SECOND, START } from '../clock.js';
import { type Dialect, found, type World, worlds } from './dialect.js';
import { expectApart, momentsOf } from './paces.js';

const DOMAIN = 'slow.example';
const asked = { name: DOMAIN, wanted: 100, gap: 0 };

const throttle = (changes: Partial<Throttle> = {}): Throttle => ({
  ...{ scope: DOMAIN, gap: 100_000, ceiling: 0, slowedAt: START, notBefore: START },
  ...{ raisedAt: START, strikes: 0, connections: null, ...changes },
});

const seen = async ({ store }: World) => (await store.paces.look()).throttles;

/** What all senders of one store share of domains and routes that asked for fewer mails. */
export function throttlesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('a throttle', () => {
    test('is seen by every handle as it was written, with the store’s time', async () => {
      const w = await world();
      const route = throttle({
        ...{ scope: routeScope('smtp'), gap: 2_000_000, ceiling: 1_000_000, strikes: 3 },
        ...{ notBefore: START + 600_000, raisedAt: START + 600_000, connections: 1 },
      });
      expect(await w.store.paces.change(DOMAIN, () => throttle())).toBe(true);
      expect(await w.store.paces.change(route.scope, () => route)).toBe(true);
      w.clock.advance(SECOND);
      const { now, throttles, holds } = await (await w.handle()).paces.look();
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
        return throttle({ slowedAt: now });
      };
      await w.store.paces.change(DOMAIN, step);
      w.clock.advance(SECOND);
      await (await w.handle()).paces.change(DOMAIN, step);
      expect(known).toEqual([null, throttle()]);
      expect(await seen(w)).toEqual([throttle({ slowedAt: START + SECOND })]);
    });

    test('is left alone, or is none any more, where the step says so', async () => {
      const w = await world();
      const { paces } = w.store;
      expect(await paces.change(DOMAIN, () => null)).toBe(false);
      expect(await paces.change(DOMAIN, () => 'free')).toBe(false);
      expect(await seen(w)).toEqual([]);
      await paces.change(DOMAIN, () => throttle());
      await paces.change('other.example', () => throttle({ scope: 'other.example' }));
      expect(await paces.change(DOMAIN, () => null)).toBe(false);
      expect(await seen(w)).toHaveLength(2);
      expect(await paces.change(DOMAIN, () => 'free')).toBe(true);
      expect((await seen(w)).map(({ scope }) => scope)).toEqual(['other.example']);
      expect(await paces.take([asked])).toMatchObject([{ count: 100, gap: 0 }]);
    });

    test('loses no step where several take one at once, from the first on', async () => {
      const w = await world();
      const handles = [w.store, await w.handle(), await w.handle(), await w.handle()];
      const slower: ThrottleStep = (known) => throttle({ gap: (known?.gap ?? 0) + 1_000 });
      for (let round = 0; round < 3; round++) {
        const done = await Promise.all(handles.map(({ paces }) => paces.change(DOMAIN, slower)));
        expect(done).toEqual([true, true, true, true]);
      }
      expect(await seen(w)).toEqual([throttle({ gap: 12_000 })]);
    });

    test('is looked at anew where another sender was quicker', async () => {
      const w = await world();
      const { paces } = w.store;
      await paces.change(DOMAIN, () => throttle());
      const known: number[] = [];
      let rival: Promise<unknown> | undefined;
      const changed = await paces.change(DOMAIN, (before) => {
        known.push(before?.gap ?? 0);
        rival ??= paces.change(DOMAIN, () => throttle({ gap: 400_000 }));
        return throttle({ gap: 2 * (before?.gap ?? 0) });
      });
      await rival;
      const gap = found((await seen(w))[0]).gap;
      // Whichever came first, the other saw it or came after it.
      expect([changed, [400_000, 800_000].includes(gap)]).toEqual([true, true]);
      if (gap === 800_000) expect(known).toEqual([100_000, 400_000]);
    });

    test('keeps all mails of its pause, then gives turns its gap apart, at every handle', async () => {
      const w = await world();
      const other = (await w.handle()).paces;
      await w.store.paces.change(DOMAIN, () => throttle({ notBefore: START + 5 * SECOND }));
      expect(await other.take([asked])).toMatchObject([{ count: 0, next: 5_000_000 }]);
      expect(await other.take([{ ...asked, name: 'other.example' }])).toMatchObject([
        { count: 100, gap: 0 },
      ]);
      w.clock.advance(5 * SECOND);
      const taken: number[] = [];
      for (let n = 0; n < 20; n++) {
        for (const { paces } of [w.store, { paces: other }]) {
          for (const given of await paces.take([asked])) taken.push(...momentsOf(w, given));
        }
        w.clock.advance(250);
      }
      expectApart(taken, 100_000);
      expect(taken).toHaveLength(Math.floor((19 * 250 + 500) / 100) + 1);
    });

    test('lets no more through than the settings do', async () => {
      const { store } = await world();
      await store.paces.change(DOMAIN, () => throttle({ gap: 20_000 }));
      expect(await store.paces.take([{ ...asked, gap: toInterval(4) }])).toMatchObject([
        { gap: toInterval(4) },
      ]);
      expect(await store.paces.take([{ ...asked, name: routeScope('smtp') }])).toMatchObject([
        { gap: 0 },
      ]);
    });

    test('is forgotten a day after it was changed last, with turns that nobody took', async () => {
      const w = await world();
      await w.store.paces.change(DOMAIN, () => throttle({ raisedAt: START + SECOND }));
      await w.store.paces.take([{ ...asked, gap: toInterval(50) }]);
      w.clock.advance(24 * HOUR);
      await w.store.paces.forget();
      expect(await seen(w)).toHaveLength(1);
      w.clock.advance(SECOND);
      await w.store.paces.forget();
      expect(await seen(w)).toEqual([]);
    });
  });
}
