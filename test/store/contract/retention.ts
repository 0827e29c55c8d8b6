import { describe, expect, test } from 'vitest';
import type { Walk } from '../../../src/delivery/retention.js';
import type { Store } from '../../../src/store/store.js';
import type { SubscriberState } from '../../../src/subscribers/subscriber.js';
import { HOUR } from '../clock.js';
import { type Dialect, found, type Table, type World, worlds } from './dialect.js';

const DAY = 24 * HOUR;
const consent = { via: 'form', ip: '192.0.2.1', wording: 'Yes.' } as const;

/** What the store forgets once it is old. */
export function retentionContract(dialect: Dialect): void {
  const world = worlds(dialect);

  async function reader(w: World, email: string, state: SubscriberState): Promise<number> {
    const { subscribers } = w.store;
    const now = w.clock.now();
    const { id, round } = await subscribers.request(email, { keywords: ['typed'] }, now);
    await subscribers.addConsent(id, { ...consent, at: now, event: 'requested' });
    if (state === 'pending') return id;
    await subscribers.confirm(id, round, now);
    if (state === 'unsubscribed') {
      await subscribers.leave(id);
      await subscribers.addConsent(id, { ...consent, at: now, event: 'unsubscribed' });
    }
    if (state === 'suppressed') {
      await subscribers.suppress({ email, reason: 'bounce', at: now, detail: `550 <${email}>` });
    }
    return id;
  }
  const left = async (w: World) =>
    (await w.store.subscribers.list({ after: 0, limit: 99 })).map(({ email }) => email);

  describe('retention', () => {
    test('deletes who never confirmed, but nobody who was asked since or is still to be asked', async () => {
      const w = await world();
      const { notices, subscribers, retention } = w.store;
      const box = { max: 9, maxConfirmations: 9, since: 0 };
      const mail = { kind: 'confirm', cause: 'import', round: 1 } as const;
      await reader(w, 'old@example.org', 'pending');
      const waiting = await reader(w, 'waiting@example.org', 'pending');
      const again = await reader(w, 'again@example.org', 'pending');
      await reader(w, 'active@example.org', 'active');
      await notices.enqueue(
        { ...mail, subscriberId: waiting, createdAt: w.clock.now(), language: 'en' },
        box,
      );
      w.clock.advance(5 * DAY);
      await subscribers.addConsent(again, { ...consent, at: w.clock.now(), event: 'requested' });
      await reader(w, 'new@example.org', 'pending');
      const before = w.clock.now() - DAY;
      expect(await retention.forgetPending(before, 9)).toBe(1);
      expect(await retention.forgetPending(before, 9)).toBe(0);
      expect(await left(w)).toEqual(
        ['waiting', 'again', 'active', 'new'].map((name) => `${name}@example.org`),
      );
      // Whoever never was a reader may be imported as if nothing had been.
      expect(await subscribers.findLeft(['old@example.org'])).toEqual([]);
    });

    test('keeps somebody of a list whose mail has just gone out, however long it waited', async () => {
      const w = await world();
      const { notices, retention } = w.store;
      const box = { max: 9, maxConfirmations: 9, since: 0 };
      const subscriberId = await reader(w, 'listed@example.org', 'pending');
      const asked = { kind: 'confirm', cause: 'import', round: 1, subscriberId } as const;
      await notices.enqueue({ ...asked, createdAt: w.clock.now(), language: 'en' }, box);
      w.clock.advance(30 * DAY);
      await w.execute(`update notices set state = 'accepted', ended_at = ${w.clock.now()}`);
      expect(await retention.forgetPending(w.clock.now() - 9 * DAY, 9)).toBe(0);
      w.clock.advance(10 * DAY);
      expect(await retention.forgetPending(w.clock.now() - 9 * DAY, 9)).toBe(1);
    });

    test('of who has left keeps a hash, which an import heeds and its owner lifts', async () => {
      const w = await world();
      const { subscribers, retention } = w.store;
      await reader(w, 'Gone@example.org', 'unsubscribed');
      await reader(w, 'here@example.org', 'active');
      w.clock.advance(2 * DAY);
      await reader(w, 'lately@example.org', 'unsubscribed');
      expect(await retention.forgetLeft(w.clock.now() - DAY, 9)).toBe(1);
      expect(await left(w)).toEqual(['here@example.org', 'lately@example.org']);
      const asked = ['GONE@example.org', 'here@example.org', 'nobody@example.org'];
      expect(await subscribers.findLeft(asked)).toEqual(['gone@example.org']);
      const { id, round } = await subscribers.request('gone@example.org', {}, w.clock.now());
      expect(await subscribers.findLeft(asked)).toEqual(['gone@example.org']);
      await subscribers.confirm(id, round, w.clock.now());
      expect(await subscribers.findLeft(asked)).toEqual([]);
    });

    test('of who left, came back and never confirmed keeps the hash as well', async () => {
      const w = await world();
      const { subscribers, retention } = w.store;
      await reader(w, 'ada@example.org', 'unsubscribed');
      await subscribers.request('ada@example.org', {}, w.clock.now());
      w.clock.advance(2 * DAY);
      expect(await retention.forgetPending(w.clock.now() - DAY, 9)).toBe(1);
      expect(await subscribers.findLeft(['ada@example.org'])).toEqual(['ada@example.org']);
    });

    test('of the suppressed keeps a hash that suppresses, with nothing of what was said', async () => {
      const w = await world();
      const { subscribers, retention } = w.store;
      const at = w.clock.now();
      await reader(w, 'ada@example.org', 'suppressed');
      const stranger = {
        email: 'eve@example.org',
        reason: 'operator',
        at,
        detail: 'spam',
      } as const;
      await subscribers.suppress(stranger);
      w.clock.advance(2 * DAY);
      const before = w.clock.now() - DAY;
      expect(await retention.forgetLeft(before, 9)).toBe(1);
      expect(await retention.forgetSuppressed(before, 9)).toBe(1);
      expect(await retention.forgetSuppressed(before, 9)).toBe(0);
      const known = await subscribers.findSuppressions(['ADA@example.org', 'eve@example.org']);
      known.sort((a, b) => (a.email < b.email ? -1 : 1));
      expect(known).toEqual([
        { email: 'ADA@example.org', reason: 'bounce', at, detail: null },
        { email: 'eve@example.org', reason: 'operator', at, detail: null },
      ]);
      // A second one does not stand beside the first, and the operator's replaces a bounce's.
      const bounce = { email: 'ada@example.org', reason: 'bounce', at: 9, detail: null } as const;
      expect(await subscribers.suppress(bounce)).toBe(false);
      expect(await subscribers.suppress({ ...bounce, reason: 'operator' }, ['bounce'])).toBe(true);
      const word = { at: 10, event: 'unsuppressed', reason: 'operator', detail: null } as const;
      for (const email of ['ada@example.org', 'eve@example.org']) {
        const one = found(await subscribers.findSuppression(email));
        expect(await subscribers.unsuppress(one, word)).toBe(true);
        expect(await subscribers.findSuppression(email)).toBeNull();
      }
    });

    test('of a suppression that was lifted forgets what was said, once nobody has the address', async () => {
      const w = await world();
      const { subscribers, retention } = w.store;
      const at = w.clock.now();
      const lift = async (email: string, when: number) => {
        const one = found(await subscribers.findSuppression(email));
        const word = { at: when, event: 'unsuppressed', reason: 'operator', detail: null } as const;
        expect(await subscribers.unsuppress(one, word)).toBe(true);
      };
      const events = async (email: string) =>
        (await subscribers.suppressionEvents(email)).map(({ event }) => event);
      await reader(w, 'ada@example.org', 'suppressed');
      const detail = '550 5.1.1 <eve@example.org>';
      for (const email of ['eve@example.org', 'bob@example.org', 'kim@example.org']) {
        await subscribers.suppress({ email, reason: 'bounce', at, detail });
      }
      w.clock.advance(2 * DAY);
      const before = w.clock.now() - DAY;
      for (const email of ['ada@example.org', 'eve@example.org']) await lift(email, at + 1);
      // Only lately.
      await lift('bob@example.org', before);
      expect(await retention.forgetSuppressed(before, 99)).toBeGreaterThan(0);
      expect(await events('eve@example.org')).toEqual([]);
      // Its reader is still there.
      expect(await events('ada@example.org')).toEqual(['suppressed', 'unsuppressed']);
      expect(await events('bob@example.org')).toEqual(['unsuppressed']);
      // Still suppressed: a hash stays, and what happened without what was said.
      expect(await subscribers.suppressionEvents('kim@example.org')).toEqual([
        { at, event: 'suppressed', reason: 'bounce', detail: null },
      ]);
      while ((await retention.forgetSuppressed(before, 1)) > 0);
      expect(await events('ada@example.org')).toHaveLength(2);
    });

    test('takes IP addresses out of old consents, so many at once', async () => {
      const w = await world();
      const { subscribers, retention } = w.store;
      const id = await reader(w, 'ada@example.org', 'active');
      await subscribers.addConsent(id, { ...consent, at: w.clock.now(), event: 'paused' });
      w.clock.advance(2 * DAY);
      await subscribers.addConsent(id, { ...consent, at: w.clock.now(), event: 'resumed' });
      const before = w.clock.now() - DAY;
      expect(await retention.forgetIps(before, 1)).toBe(1);
      expect(await retention.forgetIps(before, 9)).toBe(1);
      expect(await retention.forgetIps(before, 9)).toBe(0);
      expect((await subscribers.consents(id)).map(({ ip }) => ip)).toEqual([
        null,
        null,
        consent.ip,
      ]);
    });

    test('deletes mails long after their end, and then the selections of their edition', async () => {
      const w = await world();
      const { ledger, notices, retention } = w.store;
      for (const table of ['deliveries', 'notices'] as const) {
        const { id } = await w.mail(table);
        await w.send(table, id, 'test');
        const outcome = { kind: 'accepted', reply: '250 Ok' } as const;
        const box = table === 'deliveries' ? ledger : notices;
        await box.advance('test', { results: [{ id, outcome, retryIn: null }], begin: [] });
      }
      await w.plan(await w.edition('2026-03-03'), [await w.subscriber()]);
      const [early, late] = [w.clock.now(), w.clock.now() + 1];
      expect(await retention.forgetDeliveries(early, 9)).toBe(0);
      expect(await retention.forgetNotices(early, 9)).toBe(0);
      w.clock.advance(HOUR);
      expect(await retention.forgetNotices(late, 9)).toBe(1);
      expect(await retention.forgetDeliveries(late, 9)).toBe(1);
      expect(await retention.forgetDeliveries(late, 9)).toBe(1);
      expect(await retention.forgetDeliveries(late, 9)).toBe(0);
      expect((await w.mails('deliveries')).map(({ state }) => state)).toEqual(['planned']);
      expect(await w.mails('notices')).toEqual([]);
    });

    test('walks past those that are not due, once, however few go at once', async () => {
      const w = await world();
      const { retention, subscribers } = w.store;
      const old = Array.from({ length: 5 }, (_, n) => `old${n}@example.org`);
      const left: SubscriberState[] = ['unsubscribed', 'suppressed', 'unsubscribed'];
      for (const [n, email] of old.entries()) await reader(w, email, left[n % 3] ?? 'pending');
      await reader(w, 'pending@example.org', 'pending');
      w.clock.advance(2 * DAY);
      await reader(w, 'late@example.org', 'unsubscribed');
      const walk: Walk = { after: 0, isOver: false };
      const steps: number[] = [];
      while (!walk.isOver) {
        steps.push(await retention.forgetLeft(w.clock.now() - DAY, 2, walk));
      }
      expect(steps).toEqual([2, 1, 2, 0]);
      const { unsubscribed, suppressed, pending } = await subscribers.counts();
      expect([unsubscribed, suppressed, pending]).toEqual([1, 0, 1]);
    });

    test('of several at once forgets each once', async () => {
      const w = await world();
      for (let n = 0; n < 12; n++) await reader(w, `reader${n}@example.org`, 'unsubscribed');
      w.clock.advance(2 * DAY);
      const stores = [w.store, await w.handle(), await w.handle()];
      const done = await Promise.all(
        stores.map(({ retention }) => retention.forgetLeft(w.clock.now() - DAY, 12)),
      );
      expect(done.reduce((sum, some) => sum + some, 0)).toBe(12);
      expect(await left(w)).toEqual([]);
    });

    test('a mail that another key has begun waits for who has it, until the key is gone', async () => {
      const w = await world();
      const known = (key: string) => w.store.settings.set('secret_key_fingerprint', `${key}rest`);
      const ids: Record<Table, number> = { deliveries: 0, notices: 0 };
      for (const table of ['deliveries', 'notices'] as const) {
        ids[table] = (await w.mail(table)).id;
        await w.execute(`update ${table} set signed_by = 'new', attempts = 1`);
      }
      const [older, newer] = [await w.handle(['old']), await w.handle(['new', 'old'])];
      await known('new');
      const claims = async ({ ledger, notices }: Store) => {
        const claimed = {
          due: await ledger.due(9),
          ...{ deliveries: await ledger.claim('one', 9), notices: await notices.claim('one', 9) },
        };
        for (const [box, mails] of [
          [ledger, claimed.deliveries],
          [notices, claimed.notices],
        ] as const) {
          const released = mails.map(({ id }) => id);
          await box.release('one', released);
        }
        return [claimed.due, claimed.deliveries.length, claimed.notices.length];
      };
      expect(await claims(older)).toEqual([0, 0, 0]);
      expect(await claims(newer)).toEqual([1, 1, 1]);
      await known('old');
      expect(await claims(older)).toEqual([1, 1, 1]);
      await known('new');
      await w.execute('update deliveries set attempts = 0');
      expect(await claims(older)).toEqual([1, 1, 0]);
      expect((await w.row('deliveries', ids.deliveries)).signed_by).toBe('old');
    });

    test('a mail keeps the mark of the key by which it was tried first', async () => {
      const w = await world();
      const { id } = await w.mail('deliveries');
      const mark = async () => (await w.row('deliveries', id)).signed_by;
      expect(await mark()).toBeNull();
      await w.execute("update deliveries set signed_by = 'old', attempts = 1");
      await w.store.ledger.claim('test', 1);
      expect(await mark()).toBe('old');
    });
  });
}
