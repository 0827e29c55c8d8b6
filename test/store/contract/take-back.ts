import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/delivery/outcome.js';
import { MINUTE } from '../clock.js';
import { begin, type Dialect, LIFETIME, settle, TABLES, worlds } from './dialect.js';

const refused: Outcome = { kind: 'refused', reply: '550 5.7.1 No', of: 'refused' };
const deferred: Outcome = { kind: 'deferred', reply: '451 4.7.1 Later' };
const uncertain: Outcome = { kind: 'uncertain', reply: 'Connection closed', cut: false };

/** Refusals that turned out to be about us (ledger rule 6). */
export function takeBackContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe.each(TABLES)('refusals of %s that are taken back', (table) => {
    test('are planned again, and the attempt does not count', async () => {
      const w = await world();
      const { id, reader } = await w.mail(table);
      const { next_at } = await w.row(table, id);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', refused, MINUTE);
      w.clock.advance(MINUTE);
      await w.box(table).takeBack([id]);
      expect(await w.row(table, id)).toMatchObject({
        ...{ state: 'planned', attempts: 0, ended_at: null, worker: null, lease_until: null },
        ...{ next_at, reply: refused.reply },
      });
      expect(await w.box(table).claim('two', 9)).toMatchObject([{ id, attempts: 0 }]);
      await begin(w.box(table), id, 'two');
      await settle(w.box(table), id, 'two', { kind: 'accepted', reply: '250' }, null);
      expect(await w.row(table, id)).toMatchObject({ state: 'accepted', attempts: 1 });
      expect(await w.store.subscribers.find(reader.id)).toMatchObject({ state: 'active' });
    });

    test('of a second try keep the first one counted', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', deferred, MINUTE);
      w.clock.advance(MINUTE);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', refused, MINUTE);
      await w.box(table).takeBack([id]);
      expect(await w.row(table, id)).toMatchObject({ state: 'planned', attempts: 1 });
    });

    test('are taken back once', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', refused, MINUTE);
      await w.box(table).takeBack([]);
      expect((await w.row(table, id)).state).toBe('refused');
      await w.box(table).takeBack([id]);
      const before = await w.row(table, id);
      await w.box(table).takeBack([id]);
      expect(await w.row(table, id)).toEqual(before);
    });

    const ends: [string, Outcome, string][] = [
      ['accepted', { kind: 'accepted', reply: '250' }, 'accepted'],
      ['deferred', deferred, 'deferred'],
      ['uncertain', uncertain, 'uncertain'],
    ];
    test.each(ends)('must be refusals: what is %s stays so', async (_what, outcome, state) => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', outcome, MINUTE);
      const before = await w.row(table, id);
      await w.box(table).takeBack([id, 4_242]);
      expect(await w.row(table, id)).toEqual(before);
      expect(before.state).toBe(state);
    });

    test('must be so by now: what is being sent is left alone', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      const before = await w.row(table, id);
      await w.box(table).takeBack([id]);
      expect(await w.row(table, id)).toEqual(before);
    });

    test('of a copy are not: the first one may have arrived', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', uncertain, MINUTE);
      w.clock.advance(MINUTE);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', refused, MINUTE);
      const before = await w.row(table, id);
      await w.box(table).takeBack([id]);
      expect(await w.row(table, id)).toEqual(before);
      expect(before).toMatchObject({ state: 'uncertain', ended_at: w.clock.now() });
    });

    test('are not once their time is over', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', refused, MINUTE);
      w.clock.advance(LIFETIME[table]);
      await w.box(table).takeBack([id]);
      expect((await w.row(table, id)).state).toBe('refused');
    });
  });
}
