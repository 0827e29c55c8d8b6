import { describe, expect, test } from 'vitest';
import { addLogin, type Hold, type HoldCode } from '../../../src/delivery/sending/holds.js';
import type { Store } from '../../../src/store/store.js';
import { MINUTE, SECOND, START } from '../clock.js';
import { type Dialect, found, type World, worlds } from './dialect.js';

const REPLY = '550 5.7.1 Relaying denied';
const beginning = (domain = '', code: HoldCode = 'relaying', route = 'smtp') => ({
  ...{ route, domain, code, reply: REPLY },
});

const seen = async ({ throttleStore }: Store): Promise<Hold[]> =>
  (await throttleStore.look()).holds;

/** The same work by several handles at once, and how often it succeeded. */
async function together(w: World, work: (store: Store) => Promise<boolean>): Promise<number> {
  const stores = [w.store, await w.handle(), await w.handle(), await w.handle()];
  const done = await Promise.all(stores.map(work));
  return done.filter(Boolean).length;
}

/** Holds are kept in the store: all processes keep to them. */
export function holdsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('a hold', () => {
    test('is seen by every handle, with all that is known of it', async () => {
      const w = await world();
      expect(await seen(w.store)).toEqual([]);
      w.clock.advance(SECOND);
      expect(await w.store.holds.hold(beginning('slow.example', 'policy'), MINUTE)).toBe(true);
      expect(await seen(await w.handle())).toEqual([
        {
          ...{ route: 'smtp', domain: 'slow.example', code: 'policy', reply: REPLY },
          ...{ since: START + SECOND, nextAt: START + SECOND + MINUTE, probes: 0 },
        },
      ]);
    });

    test('begins once for each route and domain, however many begin it at once', async () => {
      const w = await world();
      expect(await together(w, ({ holds }) => holds.hold(beginning(), MINUTE))).toBe(1);
      const others = [beginning('a.example'), beginning('', 'quota', 'backup')];
      for (const other of others) {
        expect(await together(w, ({ holds }) => holds.hold(other, MINUTE))).toBe(1);
      }
      const open = await seen(w.store);
      expect(open.map(({ route, domain }) => [route, domain])).toEqual([
        ['smtp', ''],
        ['smtp', 'a.example'],
        ['backup', ''],
      ]);
    });

    test('that is there takes over the newest words, and nothing else', async () => {
      const w = await world();
      await w.store.holds.hold(beginning(), MINUTE);
      const [before] = await seen(w.store);
      w.clock.advance(SECOND);
      const newer = { ...beginning('', 'quota'), reply: '550 5.7.1 Quota exceeded' };
      expect(await w.store.holds.hold(newer, 5 * MINUTE)).toBe(false);
      expect(await seen(w.store)).toEqual([{ ...before, ...newer }]);
    });

    test('gives each of its probes to one', async () => {
      const w = await world();
      await w.store.holds.hold(beginning(), MINUTE);
      for (const probes of [0, 1, 2]) {
        const hold = found((await seen(w.store))[0]);
        expect(hold.probes).toBe(probes);
        w.clock.advance(MINUTE);
        expect(await together(w, ({ holds }) => holds.takeProbe(hold, 2 * MINUTE))).toBe(1);
        expect(await seen(w.store)).toEqual([
          { ...hold, probes: probes + 1, nextAt: w.clock.now() + 2 * MINUTE },
        ]);
      }
    });

    test('gives no probe of what is not held, nor of another domain', async () => {
      const { holds, throttleStore } = (await world()).store;
      await holds.hold(beginning('a.example'), MINUTE);
      const [hold] = (await throttleStore.look()).holds;
      for (const change of [{ domain: '' }, { domain: 'b.example' }, { route: 'backup' }]) {
        expect(await holds.takeProbe({ ...found(hold), ...change }, MINUTE)).toBe(false);
      }
      await holds.lift('smtp', 'a.example');
      expect(await holds.takeProbe(found(hold), MINUTE)).toBe(false);
    });

    test('that is lifted is over, and a new one may begin', async () => {
      const w = await world();
      const { holds } = w.store;
      for (const domain of ['', 'a.example']) await holds.hold(beginning(domain), MINUTE);
      await holds.lift('backup', '');
      await holds.lift('smtp', 'b.example');
      expect(await seen(w.store)).toHaveLength(2);
      await holds.lift('smtp', '');
      expect((await seen(w.store)).map(({ domain }) => domain)).toEqual(['a.example']);
      w.clock.advance(MINUTE);
      await holds.takeProbe({ route: 'smtp', domain: 'a.example', probes: 0 }, MINUTE);
      expect(await holds.hold(beginning(), MINUTE)).toBe(true);
      const anew = (await seen(w.store)).find(({ domain }) => domain === '');
      expect(anew).toMatchObject({ since: w.clock.now(), probes: 0 });
    });
  });

  describe('the times of refused logins', () => {
    const times = async ({ holds }: Store, route = 'smtp'): Promise<readonly number[]> => {
      let read: readonly number[] = [];
      await holds.changeLogins(route, (known) => {
        read = known;
        return null;
      });
      return read;
    };

    test('are changed in one step, by the store’s clock, each route for itself', async () => {
      const w = await world();
      const { holds } = w.store;
      w.clock.advance(SECOND);
      expect(await holds.changeLogins('smtp', (known, now) => [...known, now])).toBe(true);
      expect(await holds.changeLogins('smtp', (known) => [...known, 7])).toBe(true);
      expect(await times(await w.handle())).toEqual([START + SECOND, 7]);
      expect(await times(w.store, 'backup')).toEqual([]);
      expect(await holds.changeLogins('smtp', () => [])).toBe(true);
      expect(await times(w.store)).toEqual([]);
    });

    test('are left as they are where nothing is to be changed', async () => {
      const { store } = await world();
      await store.holds.changeLogins('smtp', () => [1]);
      expect(await store.holds.changeLogins('smtp', () => null)).toBe(false);
      expect(await times(store)).toEqual([1]);
    });

    test('lose none where several change them at once, from the first on', async () => {
      const w = await world();
      for (const round of [1, 2, 3]) {
        const one = ({ holds }: Store) => holds.changeLogins('smtp', (known) => [...known, round]);
        expect(await together(w, one)).toBe(4);
      }
      expect(await times(w.store)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    });

    test('lose none where another was quicker in between, who is asked about again', async () => {
      const { store } = await world();
      const asked: (readonly number[])[] = [];
      let rival: Promise<unknown> | undefined;
      const other = async () => store.holds.changeLogins('smtp', (known) => [...known, 1]);
      await other();
      const changed = await store.holds.changeLogins('smtp', (known) => {
        asked.push(known);
        rival ??= other();
        return [...known, 2];
      });
      await rival;
      expect(changed).toBe(true);
      expect((await times(store)).toSorted()).toEqual([1, 1, 2]);
      expect(asked[0]).toEqual([1]);
    });

    test('are five in ten minutes for all processes together', async () => {
      const w = await world();
      let allowed = 0;
      for (let round = 0; round < 3; round++) {
        allowed += await together(w, ({ holds }) => holds.changeLogins('smtp', addLogin));
      }
      expect(allowed).toBe(5);
      w.clock.advance(10 * MINUTE - 1);
      expect(await together(w, ({ holds }) => holds.changeLogins('smtp', addLogin))).toBe(0);
      w.clock.advance(1);
      expect(await together(w, ({ holds }) => holds.changeLogins('smtp', addLogin))).toBe(4);
    });
  });
}
