import { describe, expect, test } from 'vitest';
import { RESUMED_FOR } from '../../../src/delivery/rates/pauses.js';
import type { Store } from '../../../src/store/store.js';
import { HOUR, START } from '../clock.js';
import { type Dialect, type World, worlds } from './dialect.js';

const pausing = (group = 'yahoo') => ({
  ...{ group, code: 'complaints' as const, figures: '4 of 100', endsIn: HOUR },
});

async function together(w: World, work: (store: Store) => Promise<boolean>): Promise<number> {
  const stores = [w.store, await w.handle(), await w.handle(), await w.handle()];
  return (await Promise.all(stores.map(work))).filter(Boolean).length;
}

/** Pauses of groups of domains. */
export function pausesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('a pause', () => {
    test('begins once and ends once, however many want it', async () => {
      const w = await world();
      expect(await together(w, ({ pauses }) => pauses.begin(pausing()))).toBe(1);
      const { holds } = await w.store.throttleStore.look();
      expect(holds).toEqual([
        {
          ...{ route: '*', domain: 'yahoo', code: 'complaints', reply: '4 of 100' },
          ...{ since: START, nextAt: START + HOUR, probes: 0 },
        },
      ]);
      expect(await together(w, ({ pauses }) => pauses.end('yahoo'))).toBe(1);
      expect((await w.store.throttleStore.look()).holds).toEqual([]);
    });

    test('does not begin again for a day once it was resumed', async () => {
      const w = await world();
      const { pauses } = w.store;
      await pauses.begin(pausing());
      expect(await pauses.resume('yahoo', RESUMED_FOR)).toBe(true);
      expect(await pauses.begin(pausing())).toBe(false);
      expect(await pauses.begin(pausing('gmail'))).toBe(true);
      expect([...(await pauses.resumed())]).toEqual([['yahoo', START + RESUMED_FOR]]);
      w.clock.advance(RESUMED_FOR);
      expect([...(await pauses.resumed())]).toEqual([]);
      expect(await pauses.begin(pausing())).toBe(true);
    });

    // Each once by a pattern with an open end, by a plain domain, and as a group by itself.
    test.each([
      ['yahoo', 'reader@yahoo.co.uk', 29],
      ['yahoo', 'reader@aol.com', 29],
      ['yahoo-japan', 'reader@yahoo.co.jp', 29],
      ['yahoo', 'reader@yahoo.co.jp', 24],
      ['yahoo', 'reader@yahoo.example.org', 24],
      ['company.example', 'reader@company.example', 29],
    ])('of %s gives mail to %s its time back', async (group, email, hours) => {
      const w = await world();
      const reader = await w.store.subscribers.importActive(email, {}, START);
      if (!reader) throw new Error('no reader');
      const { id } = await w.mail('deliveries', reader);
      await w.store.pauses.begin(pausing(group));
      w.clock.advance(5 * HOUR);
      await w.store.pauses.end(group);
      w.clock.advance(19 * HOUR);
      await w.store.ledger.claim('expiring', 0);
      const { state, expires_at } = await w.row('deliveries', id);
      expect([state, expires_at]).toEqual([
        hours > 24 ? 'planned' : 'skipped',
        START + hours * HOUR,
      ]);
    });
  });
}
