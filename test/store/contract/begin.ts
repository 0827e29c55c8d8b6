import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { MINUTE } from '../clock.js';
import {
  audience,
  begin,
  type Dialect,
  found,
  settle,
  TABLES,
  type World,
  worlds,
} from './dialect.js';

type Change = (world: World, reader: Subscriber) => Promise<unknown>;

const deferred: Outcome = { kind: 'deferred', reply: '451 Later' };
const uncertain: Outcome = { kind: 'uncertain', reply: 'lost', cut: false };

const leave: Change = ({ store }, { id }) => store.subscribers.leave(id);
const suppress: Change = ({ store, clock }, { email }) =>
  store.subscribers.suppress({ email, reason: 'complaint', at: clock.now(), detail: null });

/** Ledger rule 5: what must hold in the moment in which sending begins. */
export function beginContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe.each(TABLES)('beginning with one of %s', (table) => {
    test('is committed, counts the attempt and keeps the lease', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      expect(await begin(w.box(table), id, 'one')).toBe('sending');
      expect(await w.row(table, id)).toMatchObject({
        state: 'sending',
        attempts: 1,
        worker: 'one',
        lease_until: w.clock.now() + TIMING.lease,
      });
    });

    test('needs a claim', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      expect(await begin(w.box(table), id, 'one')).toBe('lost');
      expect(await begin(w.box(table), 4_242, 'one')).toBe('lost');
      expect((await w.row(table, id)).state).toBe('planned');
    });

    test('needs the claim to be its own', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      expect(await begin(w.box(table), id, 'two')).toBe('lost');
      expect(await w.row(table, id)).toMatchObject({ state: 'claimed', worker: 'one' });
    });

    test('happens once', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      expect(await begin(w.box(table), id, 'one')).toBe('lost');
      expect((await w.row(table, id)).attempts).toBe(1);
    });

    test('needs a lease that lives', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      w.clock.advance(TIMING.lease);
      expect(await begin(w.box(table), id, 'one')).toBe('lost');
      expect((await w.row(table, id)).attempts).toBe(0);
    });

    const changes: [string, Change, string][] = [
      ['left', leave, 'unsubscribed'],
      ['is suppressed', suppress, 'suppressed'],
    ];
    for (const [what, change, reason] of changes) {
      test(`skips a reader who ${what} since it was claimed`, async () => {
        const w = await world();
        const { id, reader } = await w.mail(table);
        await w.box(table).claim('one', 1);
        await change(w, reader);
        expect(await begin(w.box(table), id, 'one')).toBe('ineligible');
        expect(await w.row(table, id)).toMatchObject({
          state: 'skipped',
          reply: reason,
          attempts: 0,
          ended_at: w.clock.now(),
          lease_until: null,
        });
        w.clock.advance(MINUTE);
        expect(await w.box(table).claim('two', 1)).toEqual([]);
      });
    }

    test.each([
      ['never tried is skipped', null, { state: 'skipped', reply: 'too late' }],
      ['deferred is refused', deferred, { state: 'refused', reply: '451 Later' }],
      ['may have arrived stays uncertain', uncertain, { state: 'uncertain', reply: 'lost' }],
    ] as const)('what expired since it was claimed: what %s', async (_what, outcome, end) => {
      const w = await world();
      const { id } = await w.mail(table);
      if (outcome) {
        await w.send(table, id, 'one');
        await settle(w.box(table), id, 'one', outcome, 0);
      }
      const { expires_at } = await w.row(table, id);
      w.clock.advance(expires_at - w.clock.now() - 1);
      await w.box(table).claim('one', 1);
      w.clock.advance(1);
      expect(await begin(w.box(table), id, 'one')).toBe('ineligible');
      const attempts = outcome ? 1 : 0;
      const ended = { attempts, ended_at: expires_at, lease_until: null };
      expect(await w.row(table, id)).toMatchObject({ ...end, ...ended });
      expect(await begin(w.box(table), id, 'one')).toBe('lost');
    });

    test('skips a reader who left between two tries', async () => {
      const w = await world();
      const { id, reader } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', { kind: 'deferred', reply: '451' }, 0);
      await leave(w, reader);
      await w.box(table).claim('one', 1);
      expect(await begin(w.box(table), id, 'one')).toBe('ineligible');
      expect(await w.row(table, id)).toMatchObject({ state: 'skipped', reply: 'unsubscribed' });
    });

    test('of what may have arrived already is given up for a reader who left, as uncertain', async () => {
      const w = await world();
      const { id, reader } = await w.mail(table);
      await w.send(table, id, 'one');
      w.clock.advance(TIMING.lease);
      await w.box(table).claim('two', 1);
      await leave(w, reader);
      expect(await begin(w.box(table), id, 'two')).toBe('ineligible');
      expect(await w.row(table, id)).toMatchObject({
        state: 'uncertain',
        reply: 'unsubscribed',
        ended_at: w.clock.now(),
      });
      w.clock.advance(MINUTE);
      expect(await w.box(table).claim('two', 1)).toEqual([]);
    });

    test('names the route that it takes', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.box(table).claim('one', 1);
      expect((await w.row(table, id)).route).toBeNull();
      await begin(w.box(table), id, 'one', { route: 'backup' });
      expect((await w.row(table, id)).route).toBe('backup');
    });

    test('of many goes each its own way, in one step', async () => {
      const w = await world();
      const [a, b, c] = [await w.mail(table), await w.mail(table), await w.mail(table)];
      await w.send(table, a.id, 'one');
      await w.box(table).claim('two', 0);
      const begun = await w.box(table).advance('one', {
        results: [],
        begin: [
          { id: a.id, route: 'first', again: true },
          { id: b.id, route: 'second', again: false },
          { id: c.id, route: 'third', again: false },
        ],
      });
      expect([...begun.values()]).toEqual(['sending', 'sending', 'sending']);
      const rows = await w.mails(table);
      expect(rows.map(({ route, attempts }) => [route, attempts])).toEqual([
        ['first', 1],
        ['second', 1],
        ['third', 1],
      ]);
    });

    test('again over a fresh connection counts the attempt once, and names the new route', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      expect(await begin(w.box(table), id, 'one', { route: 'backup', again: true })).toBe(
        'sending',
      );
      expect(await w.row(table, id)).toMatchObject({
        ...{ state: 'sending', attempts: 1, route: 'backup', worker: 'one' },
      });
      await settle(w.box(table), id, 'one', { kind: 'accepted', reply: '250' }, null);
      expect((await w.row(table, id)).state).toBe('accepted');
    });

    test('again takes nothing from who has it, nor after the lease', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      const before = await w.row(table, id);
      const again = { again: true, route: 'backup' };
      expect(await begin(w.box(table), id, 'two', again)).toBe('lost');
      expect(await w.row(table, id)).toEqual(before);
      w.clock.advance(TIMING.lease);
      expect(await begin(w.box(table), id, 'one', again)).toBe('lost');
      expect(await w.row(table, id)).toEqual(before);
    });

    test('again skips a reader who left meanwhile: nothing of it has gone out', async () => {
      const w = await world();
      const { id, reader } = await w.mail(table);
      await w.send(table, id, 'one');
      await leave(w, reader);
      expect(await begin(w.box(table), id, 'one', { again: true })).toBe('ineligible');
      expect(await w.row(table, id)).toMatchObject({
        ...{ state: 'skipped', reply: 'unsubscribed', ended_at: w.clock.now(), lease_until: null },
      });
    });

    test('a repeat of what may have arrived has to take the route of the first', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      const claim = async () => found((await w.box(table).claim('one', 1))[0]).boundTo;
      expect(await claim()).toBeNull();
      await begin(w.box(table), id, 'one', { route: 'backup' });
      await settle(w.box(table), id, 'one', deferred, 0);
      expect(await claim()).toBeNull();
      await begin(w.box(table), id, 'one', { route: 'main' });
      await settle(w.box(table), id, 'one', uncertain, 0);
      expect(await claim()).toBe('main');
    });

    test('finds nothing of an erased reader', async () => {
      const w = await world();
      const { id, reader } = await w.mail(table);
      const { id: sent, reader: other } = await w.mail(table);
      await w.send(table, sent, 'one');
      await w.store.subscribers.erase(reader.id);
      await w.store.subscribers.erase(other.id);
      expect(await begin(w.box(table), id, 'one')).toBe('lost');
      const outcome = { kind: 'refused', reply: '550 5.1.1', of: 'gone' } as const;
      await expect(settle(w.box(table), sent, 'one', outcome, 0)).resolves.toBeUndefined();
      expect(await w.mails(table)).toEqual([]);
    });
  });

  test('a paused reader gets no digest, but notices', async () => {
    const w = await world();
    const { id, reader } = await w.mail('deliveries');
    const notice = await w.mail('notices', reader);
    await w.store.ledger.claim('one', 1);
    await w.store.notices.claim('one', 1);
    await w.store.subscribers.pause(reader.id);
    expect(await begin(w.store.ledger, id, 'one')).toBe('ineligible');
    expect(await w.row('deliveries', id)).toMatchObject({ state: 'skipped', reply: 'paused' });
    expect(await begin(w.store.notices, notice.id, 'one')).toBe('sending');
  });

  test('an address that is suppressed without its subscriber gets nothing either', async () => {
    const w = await world();
    const { id, reader } = await w.mail('deliveries');
    await w.store.subscribers.erase(reader.id);
    await suppress(w, reader);
    const { store, clock } = w;
    await store.subscribers.importActive(reader.email, {}, clock.now());
    const back = await store.subscribers.findByEmail(reader.email);
    expect(back?.state).toBe('active');
    const edition = await w.edition();
    expect(
      await store.ledger.unplanned(audience(edition), { after: 0, upTo: 1_000, limit: 9 }),
    ).toEqual([]);
    if (back) await w.plan(edition, [back]);
    const [mail] = await store.ledger.claim('one', 1);
    expect(mail?.id).toBeGreaterThan(id);
    expect(await begin(store.ledger, mail?.id ?? 0, 'one')).toBe('ineligible');
    expect((await w.mails('deliveries'))[0]).toMatchObject({ reply: 'suppressed' });
  });
}
