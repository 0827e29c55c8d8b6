import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import { HOUR, MINUTE } from '../clock.js';
import {
  begin,
  type Dialect,
  found,
  settle,
  TABLES,
  type Table,
  type World,
  worlds,
} from './dialect.js';

const ENDS: Outcome[] = [
  { kind: 'deferred', reply: '451' },
  { kind: 'uncertain', reply: 'Connection closed', cut: false },
];
const UNSENT: Outcome = { kind: 'unsent', reply: 'Connection closed', lost: true };

/** The date of a mail: when it was first tried, the same in each repeat. */
export function datedContract(dialect: Dialect): void {
  const world = worlds(dialect);
  const claimed = async (w: World, table: Table, worker = 'one') =>
    found((await w.box(table).claim(worker, 1))[0]).datedAt;

  describe.each(TABLES)('the date of %s', (table) => {
    test('is when it is claimed, however long it has waited', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      w.clock.advance(20 * HOUR);
      expect(await claimed(w, table)).toBe(w.clock.now());
      expect(await w.row(table, id)).toMatchObject({ dated_at: w.clock.now() });
    });

    test('is a later one as long as nothing of it may have gone out', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await claimed(w, table);
      await w.box(table).release('one', [id]);
      w.clock.advance(MINUTE);
      expect(await claimed(w, table)).toBe(w.clock.now());
      w.clock.advance(TIMING.lease);
      expect(await claimed(w, table, 'two')).toBe(w.clock.now());
      await w.box(table).release('two', [id]);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', UNSENT, MINUTE);
      w.clock.advance(MINUTE);
      expect(await claimed(w, table)).toBe(w.clock.now());
    });

    test.each(ENDS)('stays when it has been tried: $kind', async (end) => {
      const w = await world();
      const { id } = await w.mail(table);
      w.clock.advance(HOUR);
      const first = w.clock.now();
      for (let tries = 0; tries < 3; tries++) {
        await w.send(table, id, 'one');
        await settle(w.box(table), id, 'one', end, MINUTE);
        w.clock.advance(MINUTE);
        expect(await claimed(w, table)).toBe(first);
        await w.box(table).release('one', [id]);
      }
    });

    test('stays when its sender died', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      const first = w.clock.now();
      await w.send(table, id, 'one');
      w.clock.advance(TIMING.lease);
      expect(await claimed(w, table, 'two')).toBe(first);
    });
  });

  test('a set aside delivery is dated in the same way', async () => {
    const w = await world();
    const { id } = await w.mail('deliveries');
    const { ledger } = w.store;
    const claim = async () =>
      found(
        (await ledger.claimSetAside('one', [{ domain: 'example.org', limit: 1, probe: false }]))[0],
      ).datedAt;
    await ledger.setAsideDue(['example.org'], 1);
    w.clock.advance(20 * HOUR);
    const first = w.clock.now();
    expect(await claim()).toBe(first);
    await begin(ledger, id, 'one');
    await settle(ledger, id, 'one', { kind: 'deferred', reply: '451' }, MINUTE);
    w.clock.advance(MINUTE);
    expect(await claim()).toBe(first);
  });
}
