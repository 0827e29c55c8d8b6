import { describe, expect, test } from 'vitest';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import {
  audience,
  begin,
  type Dialect,
  found,
  idOfSelection,
  settle,
  skip,
  worlds,
} from './dialect.js';

const accepted = { kind: 'accepted', reply: '250 Ok' } as const;

/** What planning asks of the ledger where there are weekly editions: who has had what, and where. */
export function weeklyPlanningContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('planning beside weekly editions', () => {
    test('keeps those who want weekly digests apart from all others', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition();
      const [daily] = await w.subscribers(1);
      const weekly = await w.subscriber({ frequency: 'weekly', weekday: 'friday' });
      const page = { after: 0, limit: 9 };
      const groups = await ledger.groups({ ...page, weekly: true });
      expect(groups).toMatchObject({ upTo: weekly.id, readers: 1 });
      expect(found(groups).groups.map(({ read }) => read())).toMatchObject([
        { frequency: 'weekly', weekday: 'friday' },
      ]);
      const range = { ...page, upTo: 1_000 };
      for (const [reader, forThem] of [
        [found(daily), audience(edition)],
        [weekly, audience(edition, { weekly: true })],
      ] as const) {
        const left = await ledger.unplanned(forThem, range);
        expect(left.map(({ id }) => id)).toEqual([reader.id]);
      }
      const selectionId = await idOfSelection(ledger, edition.id, ['2603.00001']);
      const planned = found(groups).groups.map(({ key }) => ({ key, selectionId, dueAt: 1 }));
      const now = w.clock.now();
      expect(await ledger.planGroups(audience(edition), range, planned, now)).toBe(0);
      const weeklyOnes = audience(edition, { weekly: true });
      expect(await ledger.planGroups(weeklyOnes, range, [], now)).toBe(0);
      expect(await ledger.planGroups(weeklyOnes, range, planned, now)).toBe(1);
      expect(await ledger.groups({ after: weekly.id, limit: 9, weekly: true })).toBeNull();
    });

    test('knows who gets what in other editions, of what is not skipped or refused', async () => {
      const w = await world();
      const { ledger } = w.store;
      const [a, b] = [await w.edition('2026-03-02'), await w.edition('2026-03-03')];
      const edition = await w.edition('2026-03-04');
      const readers = await w.subscribers(5);
      const [none, planned, refused, skipped, accept] = readers.map(({ id }) => id);
      await w.plan(a, readers.slice(1));
      await w.plan(b, readers.slice(4));
      for (const { id, subscriberId } of await ledger.claim('worker', 9)) {
        if (subscriberId === skipped) await w.store.subscribers.pause(subscriberId);
        if (subscriberId !== planned) await begin(ledger, id, 'worker');
        const refusal = { kind: 'refused', reply: '550 No', of: 'refused' } as const;
        if (subscriberId === refused) await settle(ledger, id, 'worker', refusal, 0);
        if (subscriberId === accept) await settle(ledger, id, 'worker', accepted, 0);
      }
      await w.store.subscribers.resume(found(skipped), w.clock.now());
      const ids = readers.map(({ id }) => id);
      const [inA, inB] = [
        await idOfSelection(ledger, a.id, ['2603.00001']),
        await idOfSelection(ledger, b.id, ['2603.00001']),
      ];
      const had = await ledger.loadSelections([a.id, b.id], ids);
      expect([...had]).toEqual([
        [planned, [inA]],
        [accept, [inA, inB]],
      ]);
      expect([...(await ledger.loadSelections([b.id], ids.slice(0, 4)))]).toEqual([]);
      expect([...(await ledger.loadSelections([], ids))]).toEqual([]);
      expect([...(await ledger.loadSelections([a.id], []))]).toEqual([]);

      const range = { after: 0, upTo: 1_000 };
      const { groups } = found(await ledger.groups({ weekly: false, after: 0, limit: 9 }));
      const selectionId = await idOfSelection(ledger, edition.id, ['2603.00001']);
      const all = groups.map(({ key }) => ({ key, selectionId, dueAt: w.clock.now() }));
      const sharing = audience(edition, { sharing: [a.id, b.id] });
      expect(await ledger.planGroups(sharing, range, all, w.clock.now())).toBe(3);
      const left = await ledger.unplanned(sharing, { ...range, limit: 9 });
      expect(left.map(({ id }) => id)).toEqual([planned, accept]);
      expect(none).toBeDefined();
    });

    test('gives a weekly edition to nobody who has the one that it would come in place of', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition('2026-03-03');
      const near = await w.edition('2026-03-02');
      const readers: Subscriber[] = [];
      for (let n = 0; n < 3; n++) readers.push(await w.subscriber({ frequency: 'weekly' }));
      const [free, skipped, has] = readers.map(({ id }) => id);
      await w.plan(near, readers.slice(1));
      await skip(w, found(readers[1]), () => w.store.subscribers.pause(found(skipped)));
      await w.store.subscribers.resume(found(skipped), w.clock.now());
      const insteadOf = audience(edition, { weekly: true, insteadOf: [near.id] });
      const range = { after: 0, upTo: 1_000, limit: 9 };
      const left = await ledger.unplanned(insteadOf, range);
      expect(left.map(({ id }) => id)).toEqual([free, skipped]);
      const { groups } = found(await ledger.groups({ weekly: true, after: 0, limit: 9 }));
      const selectionId = await idOfSelection(ledger, edition.id, ['2603.00001']);
      const all = groups.map(({ key }) => ({ key, selectionId, dueAt: 1 }));
      expect(await ledger.planGroups(insteadOf, range, all, w.clock.now())).toBe(2);
      expect((await w.mails('deliveries')).filter((m) => m.subscriber_id === has)).toHaveLength(1);
    });
  });
}
