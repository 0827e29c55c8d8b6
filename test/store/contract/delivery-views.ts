import { describe, expect, test } from 'vitest';
import { statesCountedAs } from '../../../src/delivery/delivery-view.js';
import { HOUR } from '../clock.js';
import { begin, type Dialect, found, settle, type World, worlds } from './dialect.js';

const DAYS = ['2026-03-01', '2026-03-02', '2026-03-03'];

/** Makes every delivery that is due end as accepted. */
async function acceptAll({ store }: World): Promise<void> {
  for (const { id } of await store.ledger.claim('one', 100)) {
    await begin(store.ledger, id, 'one');
    await settle(store.ledger, id, 'one', { kind: 'accepted', reply: '250 Ok' }, 0);
  }
}

/** What every kind of database must tell of the deliveries that are in it. */
export function deliveryViewsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('deliveries as operators see them', () => {
    test('of a subscriber are told by edition, newest first', async () => {
      const w = await world();
      const [reader, other] = [await w.subscriber(), await w.subscriber()];
      const dueAt = w.clock.now();
      // Planned in another order than that of the days.
      for (const day of [found(DAYS[1]), found(DAYS[2]), found(DAYS[0])]) {
        await w.plan(await w.edition(day), [reader, other]);
      }
      w.clock.advance(HOUR);
      await acceptAll(w);
      await w.execute("update deliveries set route = 'main', attempts = 3");
      const views = await w.store.ledger.loadDeliveries(reader.id, 2);
      expect(views).toEqual(
        [DAYS[2], DAYS[1]].map((date) => ({
          date,
          kind: 'daily',
          state: 'accepted',
          dueAt,
          endedAt: dueAt + HOUR,
          attempts: 3,
          route: 'main',
          reply: '250 Ok',
        })),
      );
    });

    test('of an edition are told page by page, each once', async () => {
      const w = await world();
      const readers = await w.subscribers(5);
      const edition = await w.edition();
      await w.plan(edition, readers);
      await w.plan(await w.edition('2026-03-03'), readers);
      const pages: string[][] = [];
      for (let after = 0; ; ) {
        const query = { editionId: edition.id, after, limit: 2 };
        const page = await w.store.ledger.deliveriesOfEdition(query);
        if (page.length === 0) break;
        pages.push(page.map(({ email }) => email));
        expect(page.map(({ date, state }) => [date, state])).toEqual(
          page.map(() => [edition.date, 'planned']),
        );
        after = found(page.at(-1)).subscriberId;
      }
      const emails = readers.map(({ email }) => email);
      expect(pages).toEqual([emails.slice(0, 2), emails.slice(2, 4), emails.slice(4)]);
    });

    test('are those of a state and of a domain', async () => {
      const w = await world();
      const { store } = w;
      const edition = await w.edition();
      const emails = ['a@one.test', 'B@One.test', 'c@sub.one.test', 'd@xone.test', 'e@two.test'];
      for (const email of emails) {
        await w.plan(edition, [found(await store.subscribers.importActive(email, {}, 1))]);
      }
      const find = async (filter: object) =>
        (
          await store.ledger.deliveriesOfEdition({
            editionId: edition.id,
            after: 0,
            limit: 9,
            ...filter,
          })
        ).map(({ email }) => email);
      expect(await find({ domain: 'one.test' })).toEqual(['a@one.test', 'B@One.test']);
      expect(await find({ domain: 'nobody.test' })).toEqual([]);
      const [first, second] = await store.ledger.claim('one', 2);
      await begin(store.ledger, found(first).id, 'one');
      const refused = { kind: 'refused', reply: '550', of: 'refused' } as const;
      await settle(store.ledger, found(first).id, 'one', refused, 0);
      await begin(store.ledger, found(second).id, 'one');
      expect(await find({ states: statesCountedAs(['refused']) })).toEqual(['a@one.test']);
      // What is under way has no outcome yet.
      expect(await find({ states: statesCountedAs(['planned']) })).toEqual(emails.slice(1));
      const both = { states: statesCountedAs(['planned', 'refused']), domain: 'one.test' };
      expect(await find(both)).toEqual(['a@one.test', 'B@One.test']);
      expect(await find({ states: statesCountedAs(['accepted', 'uncertain']) })).toEqual([]);
    });
  });
}
