import { describe, expect, test } from 'vitest';
import type { ClaimedMail } from '../../../src/delivery/delivery.js';
import type { Outbox } from '../../../src/delivery/ledger.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import { HOUR, MINUTE } from '../clock.js';
import { begin, type Dialect, found, LIFETIME, settle, TABLES, worlds } from './dialect.js';

const deferred: Outcome = { kind: 'deferred', reply: '451 4.7.1 Later' };
const unsent: Outcome = { kind: 'unsent', reply: 'Connection closed', lost: true };

/** Ledger rule 6: what could not be sent in time ends, wherever it waits. */
export function expiryContract(dialect: Dialect): void {
  const world = worlds(dialect);

  type Wait = (box: Outbox<ClaimedMail>, id: number) => Promise<unknown>;
  const waits: [how: string, wait: Wait][] = [
    [
      'was not sent',
      async (box, id) => {
        await begin(box, id, 'one');
        await settle(box, id, 'one', unsent, HOUR);
      },
    ],
    ['could not be made', (box, id) => box.postpone(id, 'one', HOUR)],
  ];
  describe.each(TABLES)('expired %s', (table) => {
    test.each(waits)('that %s ends when it expires, not at its next try', async (_how, wait) => {
      const w = await world();
      const { id } = await w.mail(table);
      const expiresAt = w.clock.now() + LIFETIME[table];
      w.clock.advance(LIFETIME[table] - MINUTE);
      await w.box(table).claim('one', 9);
      await wait(w.box(table), id);
      w.clock.advance(MINUTE - 1);
      expect(await w.box(table).claim('one', 9)).toEqual([]);
      expect(await w.row(table, id)).toMatchObject({ state: 'planned', ended_at: null });
      w.clock.advance(1);
      expect(await w.box(table).claim('one', 9)).toEqual([]);
      expect(await w.row(table, id)).toMatchObject({ state: 'skipped', ended_at: expiresAt });
    });
  });

  describe('expired deliveries', () => {
    test('end by the hundred, with a claim of none too', async () => {
      const w = await world();
      const edition = await w.edition();
      await w.plan(edition, await w.subscribers(170));
      w.clock.advance(24 * HOUR);
      await w.store.ledger.claim('one', 0);
      expect(await w.store.ledger.counts(edition.id)).toMatchObject({ skipped: 170, planned: 0 });
    });

    test('keep a claim from none that are due behind them', async () => {
      const w = await world();
      const edition = await w.edition();
      const late = await w.subscribers(170);
      await w.plan(edition, late);
      w.clock.advance(12 * HOUR);
      await w.plan(edition, await w.subscribers(5));
      w.clock.advance(12 * HOUR);
      expect(await w.store.ledger.claim('one', 9)).toHaveLength(5);
      expect(await w.store.ledger.counts(edition.id)).toMatchObject({ skipped: 170, planned: 5 });
    });

    test('that were tried end at once, however many are due before them', async () => {
      const w = await world();
      const edition = await w.edition();
      const { id } = await w.mail('deliveries');
      const { expires_at } = await w.row('deliveries', id);
      w.clock.advance(23 * HOUR);
      await w.send('deliveries', id, 'one');
      await settle(w.store.ledger, id, 'one', deferred, HOUR - 1);
      await w.plan(edition, await w.subscribers(170));
      w.clock.advance(HOUR);
      await w.store.ledger.claim('two', 1);
      expect(await w.row('deliveries', id)).toMatchObject({
        state: 'refused',
        reply: deferred.reply,
        ended_at: expires_at,
      });
    });

    test('of one edition end with the claims for another', async () => {
      const w = await world();
      const [old, young] = [await w.edition('2026-03-02'), await w.edition('2026-03-03')];
      await w.plan(old, await w.subscribers(70));
      w.clock.advance(24 * HOUR);
      await w.plan(young, await w.subscribers(4));
      expect(await w.store.ledger.ofEdition(young.id).claim('one', 9)).toHaveLength(4);
      expect(await w.store.ledger.counts(old.id)).toMatchObject({ skipped: 70, planned: 0 });
    });

    test('of one edition end with its own claims, and are none of another’s', async () => {
      const w = await world();
      const [old, young] = [await w.edition('2026-03-02'), await w.edition('2026-03-03')];
      await w.plan(old, await w.subscribers(3));
      w.clock.advance(HOUR);
      await w.plan(young, await w.subscribers(4));
      const { ledger } = w.store;
      expect(await ledger.ofEdition(young.id).claim('one', 9)).toHaveLength(4);
      w.clock.advance(23 * HOUR);
      expect(await ledger.ofEdition(old.id).claim('two', 9)).toEqual([]);
      expect(await ledger.counts(old.id)).toMatchObject({ skipped: 3 });
      expect(await ledger.open(old.id)).toBe(0);
      expect(await ledger.open(young.id)).toBe(4);
    });
  });

  test('the oldest that is due counts while it is tried again, held or set aside', async () => {
    const w = await world();
    const age = async () => (await w.store.status.status()).oldestDue;
    const { id } = await w.mail('deliveries');
    const { ledger } = w.store;
    w.clock.advance(HOUR);
    await w.plan(await w.edition(), await w.subscribers(3));
    expect(await age()).toBe(HOUR);
    await w.send('deliveries', id, 'one');
    expect(await age()).toBe(HOUR);
    await settle(ledger, id, 'one', deferred, 2 * HOUR);
    expect(await age()).toBe(HOUR);
    w.clock.advance(2 * HOUR);
    const claimed = await ledger.claim('two', 9);
    expect(found(claimed.find((mail) => mail.id === id)).attempts).toBe(1);
    expect(await age()).toBe(3 * HOUR);
    await ledger.setAside('two', [{ id, domain: 'example.org' }]);
    expect(await age()).toBe(3 * HOUR);
    await ledger.claimSetAside('two', [{ domain: 'example.org', limit: 9, probe: false }]);
    expect(await begin(ledger, id, 'two')).toBe('sending');
    await settle(ledger, id, 'two', { kind: 'accepted', reply: '250' }, 0);
    expect(await age()).toBe(2 * HOUR);
  });
}
