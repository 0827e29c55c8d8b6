import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import { HOUR, MINUTE, SECOND } from '../clock.js';
import { begin, type Dialect, found, settle, TABLES, worlds } from './dialect.js';

const deferred: Outcome = { kind: 'deferred', reply: '451 Later' };
const uncertain: Outcome = { kind: 'uncertain', reply: 'lost', cut: false };

const ids = (mails: readonly { id: number }[]) => mails.map(({ id }) => id);

/** Ledger rules 2 and 3: claims, leases, and what is left when a lease runs out. */
export function claimsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe.each(TABLES)('claims of %s', (table) => {
    test('are held by a worker for as long as the lease', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      expect(ids(await w.box(table).claim('one', 10))).toEqual([id]);
      expect(await w.row(table, id)).toMatchObject({
        state: 'claimed',
        worker: 'one',
        lease_until: w.clock.now() + TIMING.lease,
        attempts: 0,
      });
      expect(await w.box(table).claim('one', 10)).toEqual([]);
      w.clock.advance(TIMING.lease - 1);
      expect(await w.box(table).claim('two', 10)).toEqual([]);
    });

    test('take no more than was asked for, and those that wait longest first', async () => {
      const w = await world();
      const first = await w.mail(table);
      w.clock.advance(SECOND);
      const second = await w.mail(table);
      const third = await w.mail(table);
      w.clock.advance(SECOND);
      expect(ids(await w.box(table).claim('one', 2))).toEqual([first.id, second.id]);
      expect(ids(await w.box(table).claim('two', 2))).toEqual([third.id]);
    });

    test('are half of such as were tried before, however many new ones wait longer', async () => {
      const w = await world();
      const tried = [await w.mail(table), await w.mail(table), await w.mail(table)];
      for (const { id } of tried) {
        await w.box(table).claim('one', 1);
        await begin(w.box(table), id, 'one');
        const again = id === tried[2]?.id ? uncertain : deferred;
        await settle(w.box(table), id, 'one', again, MINUTE);
      }
      const fresh = [await w.mail(table), await w.mail(table), await w.mail(table)];
      w.clock.advance(MINUTE);
      const [a, b, c, d] = [tried[0]?.id, tried[1]?.id, fresh[0]?.id, fresh[1]?.id];
      const first = await w.box(table).claim('one', 4);
      expect(ids(first).toSorted()).toEqual([a, b, c, d]);
      const second = await w.box(table).claim('one', 9);
      expect(ids(second).toSorted()).toEqual([tried[2]?.id, fresh[2]?.id]);
    });

    test('are all of such as were tried where there are no others, and none twice', async () => {
      const w = await world();
      const mails = [await w.mail(table), await w.mail(table), await w.mail(table)];
      for (const { id } of mails) {
        await w.send(table, id, 'one');
        await settle(w.box(table), id, 'one', deferred, MINUTE);
      }
      w.clock.advance(MINUTE);
      expect(ids(await w.box(table).claim('one', 1))).toEqual([mails[0]?.id]);
      expect(ids(await w.box(table).claim('one', 9))).toEqual([mails[1]?.id, mails[2]?.id]);
    });

    test('of several workers in the same moment share none that were tried', async () => {
      const w = await world();
      const readers = await w.subscribers(24);
      for (const reader of readers) await w.mail(table, reader);
      const half = await w.box(table).claim('one', 12);
      for (const { id } of half) {
        await begin(w.box(table), id, 'one');
        await settle(w.box(table), id, 'one', deferred, 0);
      }
      const taken = (await dialect.claimAtOnce(w.database, table, 4)).flat();
      expect(taken).toHaveLength(24);
      expect(new Set(taken).size).toBe(24);
    });

    test('of two handles never share a mail', async () => {
      const w = await world();
      for (let n = 0; n < 6; n++) await w.mail(table);
      const other = w.box(table, await w.handle());
      const taken = [
        ...(await w.box(table).claim('one', 2)),
        ...(await other.claim('two', 3)),
        ...(await w.box(table).claim('one', 9)),
        ...(await other.claim('two', 9)),
      ];
      expect(new Set(ids(taken)).size).toBe(6);
      expect(taken).toHaveLength(6);
    });

    test('are released as they were', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      const before = await w.row(table, id);
      await w.box(table).claim('one', 1);
      await w.box(table).release('two', [id]);
      expect((await w.row(table, id)).state).toBe('claimed');
      await w.box(table).release('one', []);
      await w.box(table).release('one', [id]);
      expect(await w.row(table, id)).toEqual({ ...before, dated_at: w.clock.now() });
      expect(ids(await w.box(table).claim('two', 1))).toEqual([id]);
    });

    test('that a worker has begun are not released', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await w.box(table).release('one', [id]);
      expect((await w.row(table, id)).state).toBe('sending');
    });

    test('of a retry that are released wait on as deferred', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      const retryAt = w.clock.now() + MINUTE;
      await settle(w.box(table), id, 'one', { kind: 'deferred', reply: '451' }, MINUTE);
      w.clock.advance(MINUTE);
      expect(await w.box(table).claim('one', 1)).toMatchObject([{ id, attempts: 1 }]);
      await w.box(table).release('one', [id]);
      expect(await w.row(table, id)).toMatchObject({ state: 'deferred', next_at: retryAt });
    });

    test('are postponed at no cost, by nobody but their worker', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      const until = w.clock.now() + MINUTE;
      await w.box(table).postpone(id, 'two', MINUTE);
      expect((await w.row(table, id)).state).toBe('claimed');
      await w.box(table).postpone(id, 'one', MINUTE);
      expect(await w.row(table, id)).toMatchObject({
        ...{ state: 'planned', next_at: until, attempts: 0, worker: null, lease_until: null },
      });
      expect(await w.box(table).claim('one', 1)).toEqual([]);
      w.clock.advance(MINUTE);
      await w.send(table, id, 'one');
      await w.box(table).postpone(id, 'one', MINUTE);
      expect((await w.row(table, id)).state).toBe('sending');
    });

    test('of an uncertain mail, released, still take the reply to its first sending', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      w.clock.advance(TIMING.lease);
      expect(ids(await w.box(table).claim('one', 1))).toEqual([id]);
      await w.box(table).release('one', [id]);
      expect((await w.row(table, id)).state).toBe('uncertain');
      await settle(w.box(table), id, 'one', { kind: 'accepted', reply: '250' }, 0);
      expect(await w.row(table, id)).toMatchObject({ state: 'accepted', attempts: 1 });
    });

    test('are renewed together, begun or not, and outlive the first lease', async () => {
      const w = await world();
      const begun = await w.mail(table);
      const waiting = await w.mail(table);
      await w.send(table, begun.id, 'one');
      for (let n = 0; n < 5; n++) {
        w.clock.advance(TIMING.lease - SECOND);
        await w.box(table).renew('two');
        await w.box(table).renew('one');
        expect(await w.box(table).claim('two', 9)).toEqual([]);
      }
      expect(await w.row(table, begun.id)).toMatchObject({ state: 'sending', worker: 'one' });
      expect(await begin(w.box(table), waiting.id, 'one')).toBe('sending');
    });

    test('whose lease has run out can not be renewed', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      w.clock.advance(TIMING.lease);
      await w.box(table).renew('one');
      expect(ids(await w.box(table).claim('two', 1))).toEqual([id]);
      await w.box(table).renew('one');
      expect((await w.row(table, id)).worker).toBe('two');
    });

    test('are free again when the lease runs out, and cost no attempt', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      w.clock.advance(TIMING.lease);
      expect(await w.box(table).claim('two', 1)).toMatchObject([{ id, attempts: 0 }]);
      expect(await begin(w.box(table), id, 'one')).toBe('lost');
      expect(await begin(w.box(table), id, 'two')).toBe('sending');
    });

    test('that were begun are uncertain when the lease runs out, and come up at once', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      w.clock.advance(TIMING.lease - 1);
      await w.box(table).claim('two', 1);
      expect((await w.row(table, id)).state).toBe('sending');
      w.clock.advance(1);
      await w.box(table).claim('two', 0);
      expect(await w.row(table, id)).toMatchObject({
        state: 'uncertain',
        lost_replies: 0,
        lease_until: null,
        ended_at: null,
        next_at: w.clock.now(),
        reply: 'the sender stopped before the reply',
      });
      expect(await w.box(table).claim('two', 1)).toMatchObject([{ id, attempts: 1 }]);
      await w.box(table).release('two', [id]);
      expect((await w.row(table, id)).state).toBe('uncertain');
    });

    test('are not touched when another process starts', async () => {
      const w = await world();
      const begun = await w.mail(table);
      const waiting = await w.mail(table);
      await w.send(table, begun.id, 'one');
      const before = await w.mails(table);
      const other = w.box(table, await w.handle());
      expect(await w.mails(table)).toEqual(before);
      expect(await other.claim('two', 9)).toEqual([]);
      expect(await w.mails(table)).toEqual(before);
      expect(await begin(w.box(table), waiting.id, 'one')).toBe('sending');
    });

    test('of many workers in the same moment never share a mail', async () => {
      const w = await world();
      const readers = await w.subscribers(60);
      for (const reader of readers) await w.mail(table, reader);
      const taken = (await dialect.claimAtOnce(w.database, table, 4)).flat();
      expect(taken).toHaveLength(60);
      expect(new Set(taken).size).toBe(60);
    });
  });

  describe('claims of deliveries', () => {
    test('wait until the delivery is due', async () => {
      const w = await world();
      await w.plan(await w.edition(), [await w.subscriber()], { dueAt: w.clock.now() + HOUR });
      expect(await w.store.ledger.claim('one', 1)).toEqual([]);
      w.clock.advance(HOUR);
      expect(await w.store.ledger.claim('one', 1)).toHaveLength(1);
    });

    test('may be narrowed to one edition', async () => {
      const w = await world();
      const [a, b] = [await w.edition('2026-03-02'), await w.edition('2026-03-03')];
      const readers = await w.subscribers(2);
      await w.plan(a, readers);
      await w.plan(b, readers, { dueAt: w.clock.now() + HOUR });
      const ofB = w.store.ledger.ofEdition(b.id);
      expect(await ofB.claim('one', 9)).toEqual([]);
      const taken = await w.store.ledger.ofEdition(a.id).claim('one', 9);
      expect(taken.map(({ editionId }) => editionId)).toEqual([a.id, a.id]);
      w.clock.advance(HOUR);
      const { id } = found((await ofB.claim('two', 1))[0]);
      expect(await begin(ofB, id, 'two')).toBe('sending');
      await settle(ofB, id, 'two', { kind: 'accepted', reply: '250' }, 0);
      expect((await w.store.ledger.counts(b.id)).accepted).toBe(1);
    });
  });
}
