import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../clock.js';
import { begin, type Dialect, found, paper, settle, worlds } from './dialect.js';

const none = {
  planned: 0,
  accepted: 0,
  deferred: 0,
  refused: 0,
  uncertain: 0,
  skipped: 0,
  bounced: 0,
};
const accepted = { kind: 'accepted', reply: '250 Ok' } as const;

/** What the ledger tells of an edition as a whole, and how it is hastened. */
export function countsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('the deliveries of an edition', () => {
    test('are counted by state; what has no outcome yet counts as planned', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition('2026-03-02', [paper('2603.00001')]);
      expect(await ledger.counts(edition.id)).toEqual(none);
      await w.plan(edition, await w.subscribers(8));
      await w.plan(await w.edition('2026-03-03'), await w.subscribers(2));
      const mails = await ledger.ofEdition(edition.id).claim('worker', 7);
      const outcomes = [
        accepted,
        { kind: 'deferred', reply: '451 Later' },
        { kind: 'refused', reply: '550 No', of: 'refused' },
        { kind: 'uncertain', reply: 'Connection closed', cut: false },
      ] as const;
      for (const [index, outcome] of outcomes.entries()) {
        const { id } = found(mails[index]);
        await begin(ledger, id, 'worker');
        await settle(ledger, id, 'worker', outcome, MINUTE);
      }
      await w.store.subscribers.pause(found(mails[4]).subscriberId);
      await begin(ledger, found(mails[4]).id, 'worker');
      await begin(ledger, found(mails[5]).id, 'worker');
      const states = (await w.mails('deliveries')).slice(0, 8).map(({ state }) => state);
      expect(states.slice(4)).toEqual(['skipped', 'sending', 'claimed', 'planned']);
      expect(await ledger.counts(edition.id)).toEqual({
        planned: 3,
        accepted: 1,
        deferred: 1,
        refused: 1,
        uncertain: 1,
        skipped: 1,
        bounced: 0,
      });
    });

    test('are open while they are due or under way', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition();
      const now = w.clock.now();
      expect(await ledger.open(edition.id)).toBe(0);
      await w.plan(edition, await w.subscribers(3));
      await w.plan(edition, [await w.subscriber()], { dueAt: now + HOUR });
      expect(await ledger.open(edition.id)).toBe(3);
      const [a, b] = await ledger.claim('worker', 2);
      await begin(ledger, found(a).id, 'worker');
      expect(await ledger.open(edition.id)).toBe(3);
      await settle(ledger, found(a).id, 'worker', accepted, 0);
      expect(await ledger.open(edition.id)).toBe(2);
      await begin(ledger, found(b).id, 'worker');
      const later = { kind: 'deferred', reply: '451 Later' } as const;
      await settle(ledger, found(b).id, 'worker', later, MINUTE);
      expect(await ledger.open(edition.id)).toBe(2);
      w.clock.advance(HOUR);
      expect(await ledger.open(edition.id)).toBe(3);
    });

    test('are hastened where they wait, and what has ended or is under way is left alone', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition();
      const readers = await w.subscribers(4);
      await w.plan(edition, readers);
      const [a, b] = await ledger.claim('worker', 3);
      await begin(ledger, found(a).id, 'worker');
      await settle(ledger, found(a).id, 'worker', accepted, 0);
      await begin(ledger, found(b).id, 'worker');
      const later = { kind: 'deferred', reply: '451 Later' } as const;
      await settle(ledger, found(b).id, 'worker', later, HOUR);
      const tomorrow = w.clock.now() + 20 * HOUR;
      const [late, other] = await w.subscribers(2);
      await w.plan(edition, [found(late)], { dueAt: tomorrow });
      await w.plan(await w.edition('2026-03-03'), [found(other)], { dueAt: tomorrow });
      const before = await w.mails('deliveries');
      w.clock.advance(10 * SECOND);
      await ledger.makeDueNow(edition.id);
      const now = w.clock.now();
      const [done, deferred, claimed, due, hastened, elsewhere] = await w.mails('deliveries');
      expect([done, claimed, due, elsewhere]).toEqual([before[0], before[2], before[3], before[5]]);
      expect(deferred).toEqual({ ...before[1], next_at: now });
      const expires = now + 24 * HOUR;
      expect(hastened).toMatchObject({ due_at: now, next_at: now, expires_at: expires });
    });
  });
}
