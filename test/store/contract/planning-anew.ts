import { describe, expect, test } from 'vitest';
import { HOUR } from '../clock.js';
import { audience, begin, type Dialect, found, settle, skip, worlds } from './dialect.js';

const accepted = { kind: 'accepted', reply: '250 Ok' } as const;

/** What becomes of a delivery that is there already when its reader is planned for once more. */
export function planningAnewContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('planning once more', () => {
    for (const [reason, change, back] of [
      ['unsubscribed', 'leave', 'request'],
      ['paused', 'pause', 'resume'],
    ] as const) {
      test(`plans anew for somebody who was ${reason} and came back`, async () => {
        const w = await world();
        const { subscribers, ledger } = w.store;
        const edition = await w.edition();
        const reader = await w.subscriber();
        await w.plan(edition, [reader]);
        await skip(w, reader, () => subscribers[change](reader.id));
        const [skipped] = await w.mails('deliveries');
        expect(skipped).toMatchObject({ state: 'skipped', reply: reason });
        const page = { after: 0, upTo: 1_000, limit: 9 };
        expect(await ledger.unplanned(audience(edition), page)).toEqual([]);
        w.clock.advance(HOUR);
        if (back === 'resume') {
          await subscribers.resume(reader.id, w.clock.now());
        } else {
          const { round } = await subscribers.request(reader.email, {}, w.clock.now());
          await subscribers.confirm(reader.id, round, w.clock.now());
        }
        expect((await ledger.unplanned(audience(edition), page)).map(({ id }) => id)).toEqual([
          reader.id,
        ]);
        expect(await w.plan(edition, [reader], { first: 'daily' })).toBe(1);
        expect(await ledger.unplanned(audience(edition), page)).toEqual([]);
        const [again] = await ledger.claim('worker', 9);
        expect(again).toMatchObject({
          id: skipped?.id,
          attempts: 0,
          first: 'daily',
          dueAt: w.clock.now(),
          expiresAt: w.clock.now() + 24 * HOUR,
        });
        expect(await begin(ledger, found(again).id, 'worker')).toBe('sending');
      });
    }

    test('counts attempts anew for what is planned anew', async () => {
      const w = await world();
      const { subscribers, ledger } = w.store;
      const { id, reader } = await w.mail('deliveries');
      await w.send('deliveries', id, 'worker');
      await settle(ledger, id, 'worker', { kind: 'deferred', reply: '451' }, 0);
      await skip(w, reader, () => subscribers.pause(reader.id));
      await subscribers.resume(reader.id, w.clock.now());
      await w.plan(await w.edition(), [reader]);
      expect(await ledger.claim('worker', 9)).toMatchObject([{ id, attempts: 0 }]);
      expect(await w.row('deliveries', id)).toMatchObject({ ended_at: null, reply: null });
    });

    test('plans anew what was skipped as too late', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition();
      const reader = await w.subscriber();
      await w.plan(edition, [reader]);
      w.clock.advance(24 * HOUR);
      expect(await ledger.claim('worker', 9)).toEqual([]);
      const [late] = await w.mails('deliveries');
      expect(late).toMatchObject({ state: 'skipped', reply: 'too late' });
      const page = { after: 0, upTo: 1_000, limit: 9 };
      expect((await ledger.unplanned(audience(edition), page)).map(({ id }) => id)).toEqual([
        reader.id,
      ]);
      expect(await w.plan(edition, [reader])).toBe(1);
      expect(await ledger.claim('worker', 9)).toMatchObject([{ id: late?.id }]);
    });

    test('does not plan anew for somebody who must not be mailed', async () => {
      const w = await world();
      const { subscribers, ledger } = w.store;
      const edition = await w.edition();
      const reader = await w.subscriber();
      await w.plan(edition, [reader]);
      const { email } = reader;
      const suppression = { email, reason: 'bounce', at: 1, detail: null } as const;
      await skip(w, reader, () => subscribers.suppress(suppression));
      expect(await w.plan(edition, [reader], { first: 'daily' })).toBe(0);
      const page = { after: 0, upTo: 1_000, limit: 9 };
      expect(await ledger.unplanned(audience(edition), page)).toEqual([]);
    });

    test('makes a first digest, due at once, of one that waits for its hour', async () => {
      const w = await world();
      const edition = await w.edition();
      const reader = await w.subscriber();
      await w.plan(edition, [reader], { dueAt: w.clock.now() + 9 * HOUR });
      expect(await w.plan(edition, [reader], { first: 'daily' })).toBe(1);
      const planned = await w.mails('deliveries');
      w.clock.advance(HOUR);
      expect(await w.plan(edition, [reader], { first: 'daily' })).toBe(0);
      expect(await w.mails('deliveries')).toEqual(planned);
      expect(await w.store.ledger.claim('worker', 9)).toMatchObject([
        { first: 'daily', dueAt: w.clock.now() - HOUR },
      ]);
    });

    test('leaves a first digest alone that is under way or at its end', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition();
      const reader = await w.subscriber();
      await w.plan(edition, [reader]);
      const [mail] = await ledger.claim('worker', 9);
      const again = () => w.plan(edition, [reader], { first: 'daily' });
      expect(await again()).toBe(0);
      await begin(ledger, found(mail).id, 'worker');
      expect(await again()).toBe(0);
      await settle(ledger, found(mail).id, 'worker', accepted, 0);
      expect(await again()).toBe(0);
      expect((await w.mails('deliveries'))[0]?.state).toBe('accepted');
    });
  });
}
