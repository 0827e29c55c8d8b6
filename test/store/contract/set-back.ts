import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import { LONGEST_WAIT } from '../../../src/delivery/sending/retry.js';
import { HOUR, MINUTE, SECOND } from '../clock.js';
import { begin, type Dialect, settle, TABLES, worlds } from './dialect.js';

/** What a store does whose clock is set back: nothing lasts until the clock is there again. */
export function setBackContract(dialect: Dialect): void {
  const world = worlds(dialect);
  const deferred = { kind: 'deferred', reply: '451 Later' } as const;

  describe.each(TABLES)('when the clock is set back, of %s', (table) => {
    test('those of a worker that died are free again after a lease', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      const { id: claimed } = await w.mail(table);
      await w.send(table, id, 'one');
      w.clock.set(-6 * HOUR);
      await w.box(table).renew('two');
      w.clock.advance(TIMING.lease - 1);
      await w.box(table).claim('two', 0);
      expect((await w.mails(table)).map(({ state }) => state)).toEqual(['sending', 'claimed']);
      w.clock.advance(1);
      await w.box(table).claim('two', 0);
      expect(await w.row(table, id)).toMatchObject({ state: 'uncertain', next_at: w.clock.now() });
      expect((await w.row(table, claimed)).state).toBe('planned');
    });

    test('those of a living worker stay its own', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      w.clock.set(-6 * HOUR);
      await w.box(table).renew('two');
      await w.box(table).renew('one');
      expect(await w.row(table, id)).toMatchObject({ lease_until: w.clock.now() + TIMING.lease });
      expect(await begin(w.box(table), id, 'one')).toBe('sending');
      w.clock.set(-6 * HOUR);
      await settle(w.box(table), id, 'one', { kind: 'accepted', reply: '250 Ok' }, 0);
      expect(await w.row(table, id)).toMatchObject({ state: 'accepted', attempts: 1 });
    });

    test('what waits for its next try comes up, unless it may wait so long', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', deferred, 10 * SECOND);
      await w.box(table).renew('one');
      expect(await w.row(table, id)).toMatchObject({ next_at: w.clock.now() + 10 * SECOND });
      w.clock.set(-LONGEST_WAIT + 10 * SECOND);
      await w.box(table).renew('one');
      expect(await w.row(table, id)).toMatchObject({ next_at: w.clock.now() + LONGEST_WAIT });
      w.clock.set(-SECOND);
      await w.box(table).renew('one');
      expect(await w.row(table, id)).toMatchObject({
        state: 'deferred',
        next_at: w.clock.now(),
        attempts: 1,
      });
    });
  });

  test('a delivery that waits for its hour waits for it', async () => {
    const w = await world();
    const dueAt = w.clock.now() + HOUR;
    await w.plan(await w.edition(), [await w.subscriber()], { dueAt });
    w.clock.set(-6 * HOUR);
    await w.store.ledger.renew('one');
    expect((await w.mails('deliveries'))[0]).toMatchObject({ next_at: dueAt, state: 'planned' });
    w.clock.set(6 * HOUR);
    expect(await w.store.ledger.claim('one', 1)).toEqual([]);
  });

  test('a lease that nobody can have is taken', async () => {
    const w = await world();
    const { leases } = w.store;
    expect(await leases.take('daily run', 'one', MINUTE)).toBe(true);
    expect(await leases.take('daily run', 'two', MINUTE)).toBe(false);
    // So far behind may be who waited for the store before they wrote.
    w.clock.set(-MINUTE);
    expect(await leases.take('daily run', 'two', MINUTE)).toBe(false);
    w.clock.set(-2 * MINUTE);
    expect(await leases.take('daily run', 'two', MINUTE)).toBe(true);
    expect(await leases.take('daily run', 'one', MINUTE)).toBe(false);
  });
}
