import { describe, expect, test } from 'vitest';
import type { Begun } from '../../../src/delivery/ledger.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import type { HoldCode } from '../../../src/delivery/sending/holds.js';
import { HOUR, MINUTE } from '../clock.js';
import { begin, type Dialect, found, settle, type World, worlds } from './dialect.js';

const DAY = 24 * HOUR;
const deferred: Outcome = { kind: 'deferred', reply: '451 4.7.1 Later' };
const uncertain: Outcome = { kind: 'uncertain', reply: 'Connection closed', cut: false };

/** A hold that has lasted so long when this resolves, and is over unless it stays. */
async function held(
  w: World,
  ms: number,
  { domain = '', route = 'smtp', stays = false } = {},
): Promise<void> {
  const code: HoldCode = 'relaying';
  await w.store.holds.hold({ route, domain, code, reply: '550 5.7.1 No' }, MINUTE);
  w.clock.advance(ms);
  if (!stays) await w.store.holds.lift(route, domain);
}

/** Lets what is too late end, or go on. */
const expire = (w: World) => w.store.ledger.claim('expiring', 0);

/** Ledger rule 6: held time does not count towards the day of a delivery. */
export function heldTimeContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('a delivery that was held', () => {
    test('for some of its day gets that time back, and ends when it is over', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      const { due_at } = await w.row('deliveries', id);
      w.clock.advance(3 * HOUR);
      await held(w, 5 * HOUR);
      w.clock.advance(16 * HOUR);
      expect(await w.store.ledger.claim('one', 1)).toMatchObject([{ id }]);
      await w.store.ledger.release('one', [id]);
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'planned', expires_at: due_at + 29 * HOUR, ended_at: null },
      });
      w.clock.advance(5 * HOUR - 1);
      expect(await w.store.ledger.claim('one', 1)).toHaveLength(1);
      await w.store.ledger.release('one', [id]);
      w.clock.advance(1);
      expect(await w.store.ledger.claim('one', 1)).toEqual([]);
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'skipped', reply: 'held too long', ended_at: due_at + 29 * HOUR },
      });
    });

    test('and was deferred gets it back likewise, and is no refusal at its end', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      await w.send('deliveries', id, 'one');
      await settle(w.store.ledger, id, 'one', deferred, HOUR);
      await held(w, 2 * HOUR);
      w.clock.advance(22 * HOUR);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'deferred', reply: deferred.reply, ended_at: null },
      });
      w.clock.advance(2 * HOUR);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'skipped', reply: 'held too long', ended_at: w.clock.now() },
      });
    });

    test('and may have arrived gets it back, and stays uncertain', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      await w.send('deliveries', id, 'one');
      await settle(w.store.ledger, id, 'one', uncertain, HOUR);
      await held(w, 2 * HOUR);
      w.clock.advance(23 * HOUR);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({ state: 'uncertain', ended_at: null });
      w.clock.advance(2 * HOUR);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'uncertain', reply: uncertain.reply, ended_at: w.clock.now() },
      });
    });

    test('since before it was due gets back what is behind that, while it is held, too', async () => {
      const w = await world();
      await held(w, 10 * HOUR, { stays: true });
      const { id } = await w.mail('deliveries');
      const { due_at } = await w.row('deliveries', id);
      w.clock.advance(DAY);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({ expires_at: due_at + 2 * DAY });
      await w.store.holds.lift('smtp', '');
      w.clock.advance(DAY);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'skipped', reply: 'held too long' },
      });
    });

    test('goes no later than 72 hours after it was due, however long that lasts', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      await held(w, 3 * DAY - 1, { stays: true });
      expect(await w.store.ledger.claim('one', 1)).toMatchObject([{ id }]);
      await w.store.ledger.release('one', [id]);
      w.clock.advance(1);
      expect(await w.store.ledger.claim('one', 1)).toEqual([]);
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'skipped', reply: 'held too long', ended_at: w.clock.now() },
      });
    });

    test('several times gets all of that back', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      const { due_at } = await w.row('deliveries', id);
      for (const hours of [1, 2, 3]) {
        await held(w, hours * HOUR);
        w.clock.advance(HOUR);
      }
      w.clock.advance(15 * HOUR);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({ expires_at: due_at + 30 * HOUR });
    });

    test('over two routes, or as a domain too, at the same time gets it back once', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      const { due_at } = await w.row('deliveries', id);
      await w.store.ledger.setAsideDue(['example.org'], 9);
      await held(w, HOUR, { stays: true });
      await held(w, HOUR, { route: 'backup', stays: true });
      await held(w, HOUR, { domain: 'example.org', stays: true });
      await w.store.holds.lift('smtp', '');
      w.clock.advance(HOUR);
      await w.store.holds.lift('smtp', 'example.org');
      await w.store.holds.lift('backup', '');
      w.clock.advance(20 * HOUR);
      await expire(w);
      expect(await w.row('deliveries', id)).toMatchObject({ expires_at: due_at + 28 * HOUR });
    });

    test('since it was claimed goes back to where it was, with more time', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      const { due_at } = await w.row('deliveries', id);
      await held(w, DAY - MINUTE, { stays: true });
      w.clock.advance(MINUTE - 1);
      await w.store.ledger.claim('one', 1);
      w.clock.advance(1);
      expect(await begin(w.store.ledger, id, 'one')).not.toBe('sending');
      expect(await w.row('deliveries', id)).toMatchObject({
        ...{ state: 'planned', expires_at: due_at + 2 * DAY, ended_at: null, attempts: 0 },
      });
      expect(await w.store.ledger.claim('two', 1)).toMatchObject([{ id }]);
    });

    test('for nothing ends as ever', async () => {
      const w = await world();
      // Over before it was due.
      await held(w, HOUR);
      const planned = await w.mail('deliveries');
      const tried = await w.mail('deliveries');
      await w.store.ledger.claim('one', 9);
      await begin(w.store.ledger, tried.id, 'one');
      await settle(w.store.ledger, tried.id, 'one', deferred, HOUR);
      await w.store.ledger.release('one', [planned.id]);
      w.clock.advance(DAY);
      await expire(w);
      expect(await w.row('deliveries', planned.id)).toMatchObject({
        ...{ state: 'skipped', reply: 'too late', ended_at: w.clock.now() },
      });
      expect(await w.row('deliveries', tried.id)).toMatchObject({
        ...{ state: 'refused', reply: deferred.reply, ended_at: w.clock.now() },
      });
    });
  });

  describe('the hold of one domain', () => {
    test('gives time back to the mails that are set aside for it, and to no others', async () => {
      const w = await world();
      const to = async (email: string) =>
        found(await w.store.subscribers.importActive(email, {}, w.clock.now()));
      const readers = [await to('a@slow.example'), await to('b@other.example')];
      const [mine, other, free] = [
        await w.mail('deliveries', readers[0]),
        await w.mail('deliveries', readers[1]),
        await w.mail('deliveries'),
      ];
      await w.store.ledger.setAsideDue(['slow.example', 'other.example'], 9);
      await held(w, 2 * HOUR, { domain: 'slow.example' });
      w.clock.advance(22 * HOUR);
      await expire(w);
      const states = await Promise.all(
        [mine, other, free].map(async ({ id }) => (await w.row('deliveries', id)).state),
      );
      expect(states).toEqual(['planned', 'skipped', 'skipped']);
    });
  });

  describe('notices', () => {
    test('end as ever, however long sending was held', async () => {
      const w = await world();
      const planned = await w.mail('notices');
      const tried = await w.mail('notices');
      await w.store.notices.claim('one', 9);
      await begin(w.store.notices, tried.id, 'one');
      await settle(w.store.notices, tried.id, 'one', deferred, HOUR);
      await w.store.notices.release('one', [planned.id]);
      await held(w, 2 * DAY);
      await w.store.notices.claim('two', 0);
      expect(await w.row('notices', planned.id)).toMatchObject({
        ...{ state: 'skipped', reply: 'too late' },
      });
      expect(await w.row('notices', tried.id)).toMatchObject({
        ...{ state: 'refused', reply: deferred.reply },
      });
    });
  });

  describe('an edition that waited for more than a day since it was held', () => {
    /** A reader for whom an edition is due, held until a day after, and a newer one is due as well. */
    async function overtaken(w: World, { first = async (_id: number) => {} } = {}) {
      const reader = await w.subscriber();
      const [old, young] = [await w.edition('2026-03-02'), await w.edition('2026-03-03')];
      await w.plan(old, [reader]);
      const older = found((await w.mails('deliveries'))[0]).id;
      await first(older);
      await held(w, DAY);
      await w.plan(young, [reader]);
      const newer = found((await w.mails('deliveries'))[1]).id;
      return { reader, older, newer };
    }

    test('gives way to the newer one that waits for the same reader', async () => {
      const w = await world();
      const { older, newer } = await overtaken(w);
      const claimed = await w.store.ledger.claim('one', 9);
      expect(claimed.map(({ id }) => id).toSorted()).toEqual([older, newer]);
      expect(await begin(w.store.ledger, older, 'one')).toBe('ineligible');
      expect(await w.row('deliveries', older)).toMatchObject({
        ...{ state: 'skipped', reply: 'a newer edition waited', attempts: 0 },
        ...{ ended_at: w.clock.now(), lease_until: null },
      });
      expect(await begin(w.store.ledger, newer, 'one')).toBe('sending');
    });

    const ends: [string, Outcome, Begun][] = [
      ['has gone', { kind: 'accepted', reply: '250' }, 'ineligible'],
      ['may have arrived', uncertain, 'ineligible'],
      ['was refused', { kind: 'refused', reply: '550 No', of: 'refused' }, 'sending'],
    ];
    test.each(ends)('goes or gives way where the newer one %s', async (_what, outcome, begun) => {
      const w = await world();
      const { older, newer } = await overtaken(w);
      await w.store.ledger.claim('one', 9);
      await begin(w.store.ledger, newer, 'one');
      await settle(w.store.ledger, newer, 'one', outcome, DAY);
      expect(await begin(w.store.ledger, older, 'one')).toBe(begun);
    });

    test('goes where the newer one waits for somebody else', async () => {
      const w = await world();
      await w.plan(await w.edition('2026-03-02'), [await w.subscriber()]);
      await held(w, DAY);
      await w.plan(await w.edition('2026-03-03'), [await w.subscriber()]);
      for (const { id } of await w.store.ledger.claim('one', 9)) {
        expect(await begin(w.store.ledger, id, 'one')).toBe('sending');
      }
    });

    test('goes while the newer one is not due', async () => {
      const w = await world();
      const reader = await w.subscriber();
      await w.plan(await w.edition('2026-03-02'), [reader]);
      await held(w, DAY);
      const dueAt = w.clock.now() + HOUR;
      await w.plan(await w.edition('2026-03-03'), [reader], { dueAt });
      const { id } = found((await w.store.ledger.claim('one', 9))[0]);
      expect(await begin(w.store.ledger, id, 'one')).toBe('sending');
    });

    test('is tried again all the same where it may have arrived', async () => {
      const w = await world();
      const { older } = await overtaken(w, {
        first: async (id) => {
          await w.send('deliveries', id, 'one');
          await settle(w.store.ledger, id, 'one', uncertain, MINUTE);
        },
      });
      await w.store.ledger.claim('one', 9);
      expect(await begin(w.store.ledger, older, 'one')).toBe('sending');
    });

    test('and one that was not held goes beside a newer one', async () => {
      const w = await world();
      const reader = await w.subscriber();
      await w.plan(await w.edition('2026-03-02'), [reader]);
      w.clock.advance(DAY - MINUTE);
      await w.plan(await w.edition('2026-03-03'), [reader]);
      const claimed = await w.store.ledger.claim('one', 9);
      expect(claimed).toHaveLength(2);
      for (const { id } of claimed) {
        expect(await begin(w.store.ledger, id, 'one')).toBe('sending');
      }
    });
  });
}
