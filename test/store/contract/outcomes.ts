import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import { MAX_LOST_REPLIES } from '../../../src/delivery/delivery.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import { HOUR, MINUTE } from '../clock.js';
import { begin, type Dialect, LIFETIME, settle, TABLES, type World, worlds } from './dialect.js';

const accepted: Outcome = { kind: 'accepted', reply: '250 2.0.0 Ok' };
const deferred: Outcome = { kind: 'deferred', reply: '451 4.7.1 Later' };
const refused: Outcome = { kind: 'refused', reply: '550 5.7.1 No', of: 'refused' };
const unknown: Outcome = { kind: 'refused', reply: '550 5.1.1 No such user', of: 'gone' };
const uncertain: Outcome = { kind: 'uncertain', reply: 'Connection closed', cut: false };
const unsent: Outcome = { kind: 'unsent', reply: 'ECONNRESET', lost: true };
const notNow: Outcome = { kind: 'unsent', reply: '451 4.3.0 Later', lost: false };
const held: Outcome = { kind: 'held', reply: '550 5.7.1 Relaying denied' };
const cutOff: Outcome = { kind: 'uncertain', reply: 'the sender stopped', cut: true };

/** Ledger rules 4 and 6: what each outcome makes of a mail. */
export function outcomesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe.each(TABLES)('outcomes of %s', (table) => {
    const lifetime = LIFETIME[table];

    /** A mail that worker `one` is sending. */
    async function sending(): Promise<{ w: World; id: number; email: string }> {
      const w = await world();
      const { id, reader } = await w.mail(table);
      await w.send(table, id, 'one');
      return { w, id, email: reader.email };
    }

    async function ended(w: World, id: number, outcome: Outcome, wait = MINUTE) {
      await settle(w.box(table), id, 'one', outcome, wait);
      return w.row(table, id);
    }

    for (const outcome of [accepted, refused]) {
      test(`${outcome.kind} is the end`, async () => {
        const { w, id, email } = await sending();
        expect(await ended(w, id, outcome)).toMatchObject({
          state: outcome.kind,
          reply: outcome.reply,
          attempts: 1,
          ended_at: w.clock.now(),
          lease_until: null,
        });
        w.clock.advance(2 * HOUR);
        expect(await w.box(table).claim('one', 9)).toEqual([]);
        expect(await w.store.subscribers.findSuppression(email)).toBeNull();
      });
    }

    test('a refusal suppresses nobody by itself, whatever it says: it may be taken back', async () => {
      const { w, id, email } = await sending();
      expect((await ended(w, id, unknown)).state).toBe('refused');
      expect(await w.store.subscribers.findSuppression(email)).toBeNull();
      expect(await w.store.subscribers.findByEmail(email)).toMatchObject({ state: 'active' });
    });

    test('deferred waits for its next try, and each try counts', async () => {
      const { w, id } = await sending();
      for (const attempts of [1, 2, 3]) {
        expect(await ended(w, id, deferred)).toMatchObject({
          state: 'deferred',
          attempts,
          reply: deferred.reply,
          ended_at: null,
          next_at: w.clock.now() + MINUTE,
        });
        w.clock.advance(MINUTE - 1);
        expect(await w.box(table).claim('one', 9)).toEqual([]);
        w.clock.advance(1);
        await w.send(table, id, 'one');
      }
      expect((await ended(w, id, accepted)).state).toBe('accepted');
    });

    test('deferred is refused when the next try would come too late', async () => {
      const { w, id } = await sending();
      expect(await ended(w, id, deferred, lifetime)).toMatchObject({
        state: 'refused',
        reply: deferred.reply,
        ended_at: w.clock.now(),
      });
    });

    test('deferred is refused when it was not tried again in time', async () => {
      const { w, id } = await sending();
      await ended(w, id, deferred, lifetime - 1);
      w.clock.advance(lifetime);
      expect(await w.box(table).claim('one', 9)).toEqual([]);
      expect(await w.row(table, id)).toMatchObject({
        state: 'refused',
        reply: deferred.reply,
        ended_at: w.clock.now(),
      });
    });

    test('planned is skipped when it could not be sent in time', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      w.clock.advance(lifetime - 1);
      expect(await w.box(table).claim('one', 9)).toHaveLength(1);
      await w.box(table).release('one', [id]);
      w.clock.advance(1);
      expect(await w.box(table).claim('one', 9)).toEqual([]);
      expect(await w.row(table, id)).toMatchObject({
        state: 'skipped',
        reply: 'too late',
        ended_at: w.clock.now(),
      });
    });

    test('uncertain is sent again, until so many replies were lost', async () => {
      const { w, id } = await sending();
      for (let lost = 1; lost < MAX_LOST_REPLIES; lost++) {
        expect(await ended(w, id, uncertain)).toMatchObject({
          state: 'uncertain',
          lost_replies: lost,
          ended_at: null,
          next_at: w.clock.now() + MINUTE,
        });
        w.clock.advance(MINUTE);
        await w.send(table, id, 'one');
      }
      expect(await ended(w, id, uncertain)).toMatchObject({
        state: 'uncertain',
        lost_replies: MAX_LOST_REPLIES,
        ended_at: w.clock.now(),
      });
      w.clock.advance(HOUR);
      expect(await w.box(table).claim('one', 9)).toEqual([]);
    });

    test('crashes do not count as lost replies', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      for (let crash = 0; crash < 3 * MAX_LOST_REPLIES; crash++) {
        await w.send(table, id, `worker ${crash}`);
        w.clock.advance(TIMING.lease);
      }
      await w.send(table, id, 'one');
      expect(await ended(w, id, uncertain)).toMatchObject({ lost_replies: 1, ended_at: null });
    });

    test('a wait that we cut off ourselves counts as no lost reply, however often', async () => {
      const { w, id } = await sending();
      for (let cut = 0; cut < 2 * MAX_LOST_REPLIES; cut++) {
        expect(await ended(w, id, cutOff, 0)).toMatchObject({
          ...{ state: 'uncertain', lost_replies: 0, ended_at: null, next_at: w.clock.now() },
          ...{ reply: cutOff.reply, attempts: cut + 1 },
        });
        await w.send(table, id, 'one');
      }
      expect(await ended(w, id, uncertain)).toMatchObject({ lost_replies: 1, ended_at: null });
    });

    test('uncertain stays uncertain when its time is over', async () => {
      const { w, id } = await sending();
      await ended(w, id, uncertain);
      w.clock.advance(lifetime);
      expect(await w.box(table).claim('one', 9)).toEqual([]);
      expect(await w.row(table, id)).toMatchObject({ state: 'uncertain', ended_at: w.clock.now() });
    });

    test('uncertain whose next try would come too late is at its end', async () => {
      const { w, id } = await sending();
      expect(await ended(w, id, uncertain, lifetime)).toMatchObject({
        state: 'uncertain',
        ended_at: w.clock.now(),
      });
    });

    test.each([
      [accepted, 'accepted'],
      // Perhaps because the first one is there.
      [refused, 'uncertain'],
    ] as const)(
      'the copy of an uncertain mail that is answered is its end',
      async (outcome, state) => {
        const { w, id } = await sending();
        await ended(w, id, uncertain);
        w.clock.advance(MINUTE);
        await w.send(table, id, 'one');
        expect(await ended(w, id, outcome)).toMatchObject({
          ...{ state, reply: outcome.reply, ended_at: w.clock.now() },
        });
      },
    );

    test('uncertain stays so when the copy is deferred: nothing new is known of the first', async () => {
      const { w, id } = await sending();
      await ended(w, id, uncertain);
      w.clock.advance(MINUTE);
      await w.send(table, id, 'one');
      expect(await ended(w, id, deferred)).toMatchObject({
        ...{ state: 'uncertain', reply: deferred.reply, attempts: 2, lost_replies: 1 },
        ...{ next_at: w.clock.now() + MINUTE, ended_at: null },
      });
      w.clock.advance(MINUTE);
      await w.send(table, id, 'one');
      expect(await ended(w, id, deferred, lifetime)).toMatchObject({
        state: 'uncertain',
        ended_at: w.clock.now(),
      });
    });

    for (const before of ['planned', 'deferred', 'uncertain'] as const) {
      test(`what was not sent goes back to ${before} and costs no attempt`, async () => {
        const { w, id } = await sending();
        const first = { planned: unsent, deferred, uncertain }[before];
        const kept = await ended(w, id, first);
        w.clock.advance(MINUTE);
        await w.send(table, id, 'one');
        expect(await ended(w, id, unsent)).toMatchObject({
          state: before,
          attempts: kept.attempts,
          lost_replies: kept.lost_replies,
          next_at: w.clock.now() + MINUTE,
          ended_at: null,
          lease_until: null,
        });
      });
    }

    test.each([
      ['held', held],
      ['not sent', notNow],
    ] as const)('what was %s keeps its place and costs nothing', async (_what, outcome) => {
      const w = await world();
      const { id } = await w.mail(table);
      const { next_at } = await w.row(table, id);
      w.clock.advance(MINUTE);
      for (let times = 0; times < 3; times++) {
        await w.send(table, id, 'one');
        await settle(w.box(table), id, 'one', outcome, null);
        expect(await w.row(table, id)).toMatchObject({
          ...{ state: 'planned', next_at, attempts: 0, lost_connections: 0, lost_replies: 0 },
          ...{ reply: outcome.reply, ended_at: null, lease_until: null },
        });
      }
      expect(await w.box(table).claim('two', 9)).toMatchObject([{ id, attempts: 0 }]);
    });

    for (const before of ['deferred', 'uncertain'] as const) {
      test(`what was held goes back to ${before}`, async () => {
        const { w, id } = await sending();
        const kept = await ended(w, id, { deferred, uncertain }[before]);
        w.clock.advance(2 * MINUTE);
        await w.send(table, id, 'one');
        await settle(w.box(table), id, 'one', held, null);
        expect(await w.row(table, id)).toMatchObject({
          ...{ state: before, attempts: 1, next_at: kept.next_at, ended_at: null },
          ...{ lost_replies: kept.lost_replies, lost_connections: 0 },
        });
      });
    }

    test('connections that were lost over it are counted, and nothing else that was not sent', async () => {
      const { w, id } = await sending();
      let lost = 0;
      for (const outcome of [unsent, notNow, unsent]) {
        await ended(w, id, outcome);
        w.clock.advance(MINUTE);
        const [mail] = await w.box(table).claim('one', 9);
        lost += outcome === unsent ? 1 : 0;
        expect(mail).toMatchObject({ id, attempts: 0, lostConnections: lost });
        await begin(w.box(table), id, 'one');
      }
    });

    test('is settled by nobody but its worker', async () => {
      const { w, id } = await sending();
      const before = await w.row(table, id);
      for (const outcome of [unknown, held, unsent, uncertain, accepted]) {
        await settle(w.box(table), id, 'two', outcome, 0);
        expect(await w.row(table, id)).toEqual(before);
      }
    });

    test('is settled only once it was begun', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      expect((await ended(w, id, accepted)).state).toBe('claimed');
    });

    test('comes from a worker that lost its lease, while nobody else has the mail', async () => {
      const { w, id } = await sending();
      w.clock.advance(TIMING.lease);
      await w.box(table).claim('two', 0);
      expect((await w.row(table, id)).state).toBe('uncertain');
      expect(await ended(w, id, accepted)).toMatchObject({
        state: 'accepted',
        reply: '250 2.0.0 Ok',
      });
      expect(await w.box(table).claim('two', 1)).toEqual([]);
    });

    test('comes too late from a worker whose mail another one has', async () => {
      const { w, id } = await sending();
      w.clock.advance(TIMING.lease);
      await w.send(table, id, 'two');
      const before = await w.row(table, id);
      expect(await ended(w, id, accepted)).toEqual(before);
      await settle(w.box(table), id, 'two', refused, 0);
      expect(await ended(w, id, accepted)).toMatchObject({
        ...{ state: 'uncertain', reply: refused.reply },
      });
    });

    test('does not change any more once it is final', async () => {
      const { w, id } = await sending();
      const before = await ended(w, id, accepted);
      w.clock.advance(MINUTE);
      for (const outcome of [unknown, deferred, uncertain, unsent, held, cutOff]) {
        expect(await ended(w, id, outcome)).toEqual(before);
      }
    });
  });
}
