import { describe, expect, test } from 'vitest';
import { planEdition } from '../../../src/delivery/planning/plan.js';
import type { Edition } from '../../../src/editions/edition.js';
import { findStale } from '../../../src/editions/freeze.js';
import type { Reason } from '../../../src/interests/matcher.js';
import type { Selection } from '../../../src/interests/selection.js';
import { notingLogger } from '../../sources/asking.js';
import { HOUR } from '../clock.js';
import { begin, type Dialect, found, paper, settle, type World, worlds } from './dialect.js';

const PAPERS = ['2603.00001'];
const typed = (words: string): Reason[][] => [[['matches', words]]];

/** A delivery of the edition to a new reader, with the reasons that they typed. */
async function plan(w: World, editionId: number, words: string) {
  const { ledger } = w.store;
  const reader = await w.subscriber();
  const selection = { papers: PAPERS, reasons: typed(words) };
  const selectionId = found((await ledger.selectionIds(editionId, [selection]))[0]);
  const delivery = {
    subscriberId: reader.id,
    selectionId,
    first: null,
    language: 'en',
    dueAt: w.clock.now(),
  };
  await ledger.plan(editionId, [delivery]);
  return { reader, selectionId };
}

/** Plans an edition as the program does; `meanwhile` happens when it has found its selections. */
function planAll(w: World, edition: Edition, meanwhile: () => Promise<unknown>): Promise<number> {
  const { ledger, editions } = w.store;
  const deps = {
    ...{
      editions,
      clock: w.clock,
      defaultTimezone: 'UTC',
      defaultLanguage: 'en',
      logger: notingLogger().logger,
    },
    pictures: w.store.pictures,
    atomically: w.store.atomically.bind(w.store),
    ledger: {
      ...ledger,
      async selectionIds(...given: Parameters<typeof ledger.selectionIds>) {
        const ids = await ledger.selectionIds(...given);
        await meanwhile();
        return ids;
      },
    },
  };
  return planEdition(deps, edition, { now: true });
}

/** Sends up to so many mails; why the papers are in each of them. */
async function accept(w: World, count: number): Promise<Selection['reasons'][]> {
  const { ledger } = w.store;
  const reasons: Selection['reasons'][] = [];
  for (const { id, selectionId } of await ledger.claim('test', count)) {
    reasons.push((await ledger.selection(selectionId)).reasons);
    await begin(ledger, id, 'test');
    await settle(ledger, id, 'test', { kind: 'accepted', reply: '250 Ok' }, 0);
  }
  return reasons;
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
      await editions.freeze(edition.id, w.clock.now(), findStale);
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

    test('stay while a mail is set aside, and of an edition that is being planned', async () => {
      const w = await world();
      const { ledger, editions } = w.store;
      const edition = await w.edition();
      await plan(w, edition.id, 'kettles');
      await ledger.selectionIds(edition.id, [{ papers: PAPERS, reasons: typed('lamps') }]);
      const later = w.clock.now() + 1;
      expect(await ledger.forgetReasons(later, 9)).toBe(0);
      await editions.freeze(edition.id, w.clock.now(), findStale);
      const [mail] = await ledger.claim('test', 9);
      await ledger.setAside('test', [{ id: found(mail).id, domain: 'example.org' }]);
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

    test('of a reader who is gone go with the mail that another waited for', async () => {
      const w = await world();
      const { ledger, subscribers, editions } = w.store;
      const edition = await w.edition();
      const gone = await plan(w, edition.id, 'kettles');
      await plan(w, edition.id, 'kettles');
      await editions.freeze(edition.id, w.clock.now(), findStale);
      await editions.markPlanned(edition.id, w.clock.now());
      await subscribers.erase(gone.reader.id);
      const later = w.clock.now() + 1;
      expect(await ledger.forgetReasons(later, 9)).toBe(0);
      await accept(w, 1);
      expect(await ledger.forgetReasons(later, 9)).toBe(1);
      expect(await ledger.selection(gone.selectionId)).toEqual({ papers: PAPERS, reasons: [] });
    });

    test('go that were of a mail which was planned anew for other reasons', async () => {
      const w = await world();
      const { ledger, subscribers, editions } = w.store;
      const edition = await w.edition();
      const before = await plan(w, edition.id, 'kettles');
      const { id } = before.reader;
      await ledger.claim('test', 1);
      await subscribers.pause(id);
      await begin(ledger, found((await w.mails('deliveries'))[0]).id, 'test');
      await subscribers.resume(id, w.clock.now());
      const selection = { papers: PAPERS, reasons: typed('lamps') };
      const selectionId = found((await ledger.selectionIds(edition.id, [selection]))[0]);
      const delivery = {
        subscriberId: id,
        selectionId,
        first: null,
        language: 'en',
        dueAt: w.clock.now(),
      };
      expect(await ledger.plan(edition.id, [delivery])).toBe(1);
      await editions.freeze(edition.id, w.clock.now(), findStale);
      await subscribers.erase(id);
      expect((await ledger.selection(selectionId)).reasons).toEqual([]);
      // Nobody can be found by these any more; they go with the next housekeeping.
      expect(await ledger.forgetReasons(w.clock.now() + 1, 9)).toBe(1);
      expect((await ledger.selection(before.selectionId)).reasons).toEqual([]);
    });

    test.each([
      ['the housekeeping', (w: World) => w.store.ledger.forgetReasons(w.clock.now(), 9)],
      ['a reader who goes', (w: World) => w.store.subscribers.erase(1)],
    ])('are in each mail that is planned, though %s takes them just then', async (_who, take) => {
      const w = await world();
      const { editions } = w.store;
      const interests = { keywords: ['kettles'] };
      const gone = await w.subscriber(interests);
      expect(gone.id).toBe(1);
      const papers = [paper('2603.00001', { title: 'On kettles' }), paper('2603.00002')];
      const edition = await w.edition('2026-03-02', papers);
      expect(await planAll(w, edition, async () => {})).toBe(1);
      await accept(w, 1);
      // It was planned long ago, and is planned once more for those who have come since.
      w.clock.advance(HOUR);
      await w.subscriber(interests);
      await w.subscriber(interests);
      const frozen = found(await editions.find('2026-03-02'));
      expect(await planAll(w, frozen, () => take(w))).toBe(2);
      expect(await accept(w, 9)).toEqual([typed('kettles'), typed('kettles')]);
    });

    test('may be forgotten while a selection with the same is written down', async () => {
      const w = await world();
      const { ledger, editions } = w.store;
      const edition = await w.edition();
      await editions.freeze(edition.id, w.clock.now(), findStale);
      w.clock.advance(HOUR);
      const selections = [{ papers: PAPERS, reasons: typed('kettles') }];
      for (let round = 0; round < 20; round++) {
        await ledger.selectionIds(edition.id, selections);
        const forgetting = ledger.forgetReasons(w.clock.now(), 9);
        const ids = await Promise.all(
          Array.from({ length: 4 }, () => ledger.selectionIds(edition.id, selections)),
        );
        await forgetting;
        for (const [id] of ids) expect(id).toBeGreaterThan(0);
      }
    });

    test('are in each mail that is planned, whatever is forgotten at the same time', async () => {
      const w = await world();
      const { editions, ledger, subscribers } = w.store;
      const papers = [paper('2603.00001', { title: 'On kettles' }), paper('2603.00002')];
      const edition = await w.edition('2026-03-02', papers);
      let gone = await w.subscriber({ keywords: ['kettles'] });
      await planAll(w, edition, async () => {});
      await accept(w, 1);
      w.clock.advance(HOUR);
      const frozen = found(await editions.find('2026-03-02'));
      const forget = () => ledger.forgetReasons(w.clock.now(), 9);
      for (let round = 0; round < 10; round++) {
        const next = await w.subscriber({ keywords: ['kettles'] });
        await w.subscriber({ keywords: ['kettles'], length: 20 });
        const plan = planAll(w, frozen, async () => {});
        await Promise.all([plan, forget(), subscribers.erase(gone.id), forget()]);
        expect(await accept(w, 9)).toEqual([typed('kettles'), typed('kettles')]);
        gone = next;
      }
    });
  });
}
