import { describe, expect, test } from 'vitest';
import type { Edition } from '../../../src/editions/edition.js';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR } from '../clock.js';
import { begin, type Dialect, settle, type World, worlds } from './dialect.js';

/** Makes everything that is due end as refused. */
async function refuseAll({ store }: World): Promise<void> {
  for (const { id } of await store.ledger.claim('one', 100)) {
    await begin(store.ledger, id, 'one');
    const refused = { kind: 'refused', reply: '550 5.7.1 No', of: 'refused' } as const;
    await settle(store.ledger, id, 'one', refused, 0);
  }
}

async function refusedEdition(w: World, readers: readonly Subscriber[]): Promise<Edition> {
  const edition = await w.edition();
  await w.plan(edition, readers);
  await refuseAll(w);
  return edition;
}

const again = ({ store }: World, { id }: Edition, sharing: number[] = []) =>
  store.ledger.planAgain({ editionId: id, sharing, defaultLanguage: 'en' });

/** What every kind of database must do to send once more what was refused. */
export function planningAgainContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('planning again what was refused', () => {
    test('makes it due at once, for a day, with its attempts counted anew', async () => {
      const w = await world();
      const reader = await w.subscriber();
      const edition = await refusedEdition(w, [reader]);
      await w.execute("update deliveries set set_aside = 'x.test', route = 'main', dated_at = 1");
      w.clock.advance(50 * HOUR);
      const now = w.clock.now();
      expect(await again(w, edition)).toBe(1);
      expect(await w.mails('deliveries')).toMatchObject([
        {
          state: 'planned',
          unclaimed_state: 'planned',
          due_at: now,
          next_at: now,
          expires_at: now + 24 * HOUR,
          attempts: 0,
          lost_replies: 0,
          ended_at: null,
          worker: null,
          set_aside: null,
          route: null,
          dated_at: null,
        },
      ]);
      expect(await again(w, edition)).toBe(0);
      const claimed = await w.store.ledger.claim('two', 9);
      expect(claimed).toMatchObject([{ email: reader.email, attempts: 0, dueAt: now }]);
    });

    test('leaves all other states and editions alone', async () => {
      const w = await world();
      const readers = await w.subscribers(7);
      const edition = await refusedEdition(w, readers);
      const other = await w.edition('2026-03-03');
      await w.plan(other, readers);
      await refuseAll(w);
      const states = ['planned', 'claimed', 'sending', 'accepted', 'deferred', 'uncertain'];
      for (const [n, state] of [...states, 'skipped'].entries()) {
        const which = `edition_id = ${edition.id} and subscriber_id = ${readers[n]?.id}`;
        await w.execute(`update deliveries set state = '${state}' where ${which}`);
      }
      const before = await w.mails('deliveries');
      expect(await again(w, edition)).toBe(0);
      expect(await w.mails('deliveries')).toEqual(before);
    });

    test('plans for nobody who may not be mailed any more', async () => {
      const w = await world();
      const { subscribers } = w.store;
      const readers = await w.subscribers(4);
      const [paused, left, shut, here] = readers;
      const edition = await refusedEdition(w, readers);
      await subscribers.pause(paused?.id ?? 0);
      await subscribers.leave(left?.id ?? 0);
      const email = shut?.email ?? '';
      await subscribers.suppress({ email, reason: 'operator', at: 1, detail: null });
      expect(await again(w, edition)).toBe(1);
      const claimed = await w.store.ledger.claim('two', 9);
      expect(claimed.map(({ subscriberId }) => subscriberId)).toEqual([here?.id]);
    });

    test('plans for nobody a second time what another edition had for them', async () => {
      const w = await world();
      const [had, refused, free] = await w.subscribers(3);
      const readers = [had, refused, free].flatMap((reader) => reader ?? []);
      const edition = await refusedEdition(w, readers);
      const sharing = await w.edition('2026-03-03');
      await w.plan(sharing, readers.slice(1, 2));
      await refuseAll(w);
      await w.plan(sharing, readers.slice(0, 1));
      expect(await again(w, edition, [sharing.id])).toBe(2);
      const states = (await w.mails('deliveries')).filter(({ id }) => id <= 3);
      expect(states.map(({ state }) => state)).toEqual(['refused', 'planned', 'planned']);
    });

    test('takes more than one batch', async () => {
      const w = await world();
      const readers = await w.subscribers(3);
      const edition = await refusedEdition(w, readers);
      // More than one statement plans.
      await w.execute(`
        with recursive many (n) as (select 1 union all select n + 1 from many where n < 5002)
        insert into subscribers (email, email_key, state, round, frequency, length, topics, keywords,
          created_at, active_since)
        select 'm' || n || '@example.org', 'm' || n || '@example.org', 'active', 1, 'daily', 20,
          '[]', '[]', 1, 1 from many`);
      await w.execute(`
        insert into deliveries (subscriber_id, edition_id, selection_id, state, unclaimed_state,
          due_at, next_at, expires_at, ended_at)
        select s.id, ${edition.id}, (select min(id) from selections), 'refused', 'planned', 1, 1, 2, 2
        from subscribers as s where s.email like 'm%'`);
      expect(await again(w, edition)).toBe(5005);
      expect((await w.store.ledger.counts(edition.id)).planned).toBe(5005);
    });
  });
}
