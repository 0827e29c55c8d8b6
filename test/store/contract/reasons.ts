import { describe, expect, test } from 'vitest';
import type { Reason } from '../../../src/digest/matcher.js';
import { begin, type Dialect, found, settle, type World, worlds } from './dialect.js';

const PAPERS = ['2603.00001'];
const typed = (words: string): Reason[][] => [[['matches', words]]];

/** A delivery of the edition to a new reader, with the reasons that they typed. */
async function plan(w: World, editionId: number, words: string) {
  const { ledger } = w.store;
  const reader = await w.subscriber();
  const selection = { papers: PAPERS, reasons: typed(words) };
  const selectionId = found((await ledger.selectionIds(editionId, [selection]))[0]);
  const delivery = { subscriberId: reader.id, selectionId, first: null, dueAt: w.clock.now() };
  await ledger.plan(editionId, [delivery]);
  return { reader, selectionId };
}

async function accept(w: World, count: number): Promise<void> {
  const { ledger } = w.store;
  for (const { id } of await ledger.claim('test', count)) {
    await begin(ledger, id, 'test');
    await settle(ledger, id, 'test', { kind: 'accepted', reply: '250 Ok' }, 0);
  }
}

/** What every kind of database must do with what readers typed and nobody needs any more. */
export function reasonsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('reasons', () => {
    test('go when all deliveries of their edition have ended, and the papers stay', async () => {
      const w = await world();
      const { ledger, editions } = w.store;
      const edition = await w.edition();
      const one = await plan(w, edition.id, 'kettles');
      const other = await plan(w, edition.id, 'lamps');
      await editions.freeze(edition.id, w.clock.now());
      await editions.markPlanned(edition.id, w.clock.now());
      const later = w.clock.now() + 1;
      await accept(w, 1);
      expect(await ledger.forgetReasons(later, 9)).toBe(0);
      await accept(w, 1);
      expect(await ledger.forgetReasons(w.clock.now(), 9)).toBe(0);
      expect(await ledger.forgetReasons(later, 1)).toBe(1);
      expect(await ledger.forgetReasons(later, 9)).toBe(1);
      expect(await ledger.forgetReasons(later, 9)).toBe(0);
      for (const { selectionId } of [one, other]) {
        expect(await ledger.selection(selectionId)).toEqual({ papers: PAPERS, reasons: [] });
      }
      // Who wants the same is told why, all the same.
      const again = await plan(w, edition.id, 'kettles');
      expect(again.selectionId).not.toBe(one.selectionId);
      expect(await ledger.selection(again.selectionId)).toMatchObject({
        reasons: typed('kettles'),
      });
    });

    test('stay while a mail is parked, and of an edition that is being planned', async () => {
      const w = await world();
      const { ledger, editions } = w.store;
      const edition = await w.edition();
      await plan(w, edition.id, 'kettles');
      await ledger.selectionIds(edition.id, [{ papers: PAPERS, reasons: typed('lamps') }]);
      const later = w.clock.now() + 1;
      expect(await ledger.forgetReasons(later, 9)).toBe(0);
      await editions.freeze(edition.id, w.clock.now());
      const [mail] = await ledger.claim('test', 9);
      await ledger.park('test', [{ id: found(mail).id, domain: 'example.org' }]);
      expect(await ledger.forgetReasons(later, 9)).toBe(0);
    });

    test('go with the reader, unless another waits for the same', async () => {
      const w = await world();
      const { ledger, subscribers } = w.store;
      const edition = await w.edition();
      const own = await plan(w, edition.id, 'kettles');
      const shared = await plan(w, edition.id, 'lamps');
      const other = await plan(w, edition.id, 'lamps');
      expect(other.selectionId).toBe(shared.selectionId);
      const reasonsOf = async ({ selectionId }: typeof own) =>
        (await ledger.selection(selectionId)).reasons;
      await subscribers.erase(own.reader.id);
      expect(await reasonsOf(own)).toEqual([]);
      await subscribers.erase(shared.reader.id);
      expect(await reasonsOf(shared)).toEqual(typed('lamps'));
      await subscribers.erase(other.reader.id);
      expect(await reasonsOf(shared)).toEqual([]);
    });

    test('go with a reader whose mail was sent, whoever else had the same', async () => {
      const w = await world();
      const { ledger, subscribers } = w.store;
      const edition = await w.edition();
      const own = await plan(w, edition.id, 'kettles');
      await plan(w, edition.id, 'kettles');
      await accept(w, 2);
      await subscribers.erase(own.reader.id);
      expect((await ledger.selection(own.selectionId)).reasons).toEqual([]);
    });
  });
}
