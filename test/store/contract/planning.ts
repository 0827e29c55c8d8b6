import { describe, expect, test } from 'vitest';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR } from '../clock.js';
import { audience, type Dialect, found, idOfSelection, worlds } from './dialect.js';

const none = {
  planned: 0,
  accepted: 0,
  deferred: 0,
  refused: 0,
  uncertain: 0,
  skipped: 0,
  bounced: 0,
};

const NO_INTERESTS = { topics: [], keywords: [], authors: [], organisations: [] };

/** Ledger rule 1, and what planning asks of the ledger. */
export function planningContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('planning', () => {
    test('writes one delivery per subscriber and edition, however often it is repeated', async () => {
      const w = await world();
      const edition = await w.edition();
      const readers = await w.subscribers(3);
      expect(await w.plan(edition, readers)).toBe(3);
      const before = await w.mails('deliveries');
      w.clock.advance(HOUR);
      expect(await w.plan(edition, readers)).toBe(0);
      expect(await w.plan(edition, [...readers, await w.subscriber()])).toBe(1);
      expect((await w.mails('deliveries')).slice(0, 3)).toEqual(before);
      expect(await w.store.ledger.counts(edition.id)).toEqual({ ...none, planned: 4 });
    });

    test('another edition is another delivery', async () => {
      const w = await world();
      const readers = await w.subscribers(1);
      expect(await w.plan(await w.edition('2026-03-02'), readers)).toBe(1);
      expect(await w.plan(await w.edition('2026-03-03'), readers)).toBe(1);
    });

    test('writes any number at once', async () => {
      const w = await world();
      const edition = await w.edition();
      const readers = await w.store.atomically(async ({ subscribers }) => {
        const made: Subscriber[] = [];
        for (let n = 0; n < 1_203; n++) {
          made.push(found(await subscribers.importActive(`many${n}@example.org`, {}, 1)));
        }
        return made;
      });
      expect(await w.plan(edition, readers)).toBe(1_203);
      expect(await w.plan(edition, readers)).toBe(0);
      expect(await w.store.ledger.counts(edition.id)).toEqual({ ...none, planned: 1_203 });
      expect(await w.plan(edition, [])).toBe(0);
    });

    test('a delivery names its selection, an ordered list kept once per edition', async () => {
      const w = await world();
      const { ledger } = w.store;
      const [a, b] = [await w.edition('2026-03-02'), await w.edition('2026-03-03')];
      const first = await idOfSelection(ledger, a.id, ['x', 'y']);
      expect(await idOfSelection(ledger, a.id, ['x', 'y'])).toBe(first);
      expect(await idOfSelection(ledger, a.id, ['y', 'x'])).not.toBe(first);
      expect(await idOfSelection(ledger, a.id, ['x'])).not.toBe(first);
      expect(await idOfSelection(ledger, b.id, ['x', 'y'])).not.toBe(first);
      expect(await ledger.selection(first)).toEqual({ papers: ['x', 'y'], reasons: [] });
      await expect(ledger.selection(4_242)).rejects.toThrow();
    });

    test('a claimed delivery tells what was planned', async () => {
      const w = await world();
      const edition = await w.edition();
      const reader = await w.subscriber();
      await w.plan(edition, [reader], { first: 'daily' });
      const [claimed] = await w.store.ledger.claim('worker', 1);
      expect(claimed).toEqual({
        id: expect.any(Number),
        subscriberId: reader.id,
        email: reader.email,
        language: 'en',
        links: 0,
        signedBy: null,
        attempts: 0,
        boundTo: null,
        lostConnections: 0,
        dueAt: w.clock.now(),
        datedAt: w.clock.now(),
        expiresAt: w.clock.now() + 24 * HOUR,
        editionId: edition.id,
        selectionId: await idOfSelection(w.store.ledger, edition.id, ['2603.00001']),
        first: 'daily',
      });
    });

    test('is wanted by active subscribers who have no delivery yet, page by page', async () => {
      const w = await world();
      const { subscribers, ledger } = w.store;
      const edition = await w.edition();
      const preferences = { timezone: 'Asia/Kathmandu', hour: 7, length: 5 };
      const [a, planned, paused, suppressed, gone] = await w.subscribers(5);
      const z = await w.subscriber(preferences);
      await subscribers.request('pending@example.org', {}, 1);
      await subscribers.pause(found(paused).id);
      await subscribers.leave(found(gone).id);
      const at = w.clock.now();
      const email = found(suppressed).email;
      await subscribers.suppress({ email, reason: 'operator', at, detail: null });
      await w.plan(edition, [found(planned)]);
      const page = { after: 0, upTo: 1_000, limit: 1 };
      const [first] = await ledger.unplanned(audience(edition), page);
      expect(first?.id).toBe(a?.id);
      const rest = await ledger.unplanned(audience(edition), {
        ...page,
        after: found(first).id,
        limit: 9,
      });
      const unchosen = { frequency: 'daily', weekday: 'monday', language: null, ...NO_INTERESTS };
      expect(rest).toEqual([{ id: z.id, ...unchosen, ...preferences, activeSince: w.clock.now() }]);
    });

    test('may be for so many at once as share preferences, each told once', async () => {
      const w = await world();
      const { subscribers, ledger } = w.store;
      const edition = await w.edition();
      const kathmandu = { timezone: 'Asia/Kathmandu', hour: 7 };
      const groups = [kathmandu, {}, kathmandu, { hour: 0 }, { length: 5 }, {}, kathmandu] as const;
      const readers: Subscriber[] = [];
      for (const preferences of groups) readers.push(await w.subscriber(preferences));
      const [a, b, paused, d, e, suppressed, late] = readers.map(({ id }) => id);
      await subscribers.pause(found(paused));
      await subscribers.suppress({
        email: found(readers[5]).email,
        reason: 'operator',
        at: 1,
        detail: null,
      });
      const first = found(await ledger.groups({ weekly: false, after: 0, limit: 3 }));
      expect(first.upTo).toBe(d);
      const rest = found(await ledger.groups({ weekly: false, after: first.upTo, limit: 100 }));
      expect(rest.upTo).toBe(late);
      expect(await ledger.groups({ weekly: false, after: rest.upTo, limit: 100 })).toBeNull();
      const all = found(await ledger.groups({ weekly: false, after: 0, limit: 100 }));
      const plain = {
        ...{ timezone: null, hour: null, length: 20 },
        ...{ frequency: 'daily', weekday: 'monday' },
        ...NO_INTERESTS,
      };
      const told = all.groups.map(({ read }) => read());
      expect(all.readers).toBe(5);
      expect(told).toHaveLength(4);
      expect(told).toEqual(
        expect.arrayContaining([
          plain,
          { ...plain, ...kathmandu },
          { ...plain, hour: 0 },
          { ...plain, length: 5 },
        ]),
      );
      const selectionId = await idOfSelection(ledger, edition.id, ['2603.00001']);
      const dueAt = (hour: number | null) => w.clock.now() + (hour ?? 20) * HOUR;
      const planned = all.groups
        .map(({ key, read }) => ({ key, ...read() }))
        .filter(({ length }) => length === 20)
        .map(({ key, hour }) => ({ key, selectionId, dueAt: dueAt(hour) }));
      const now = w.clock.now();
      const range = { after: 0, upTo: all.upTo };
      const plan = (upTo = range.upTo, activeBy = now) =>
        ledger.planGroups(audience(edition), { ...range, upTo }, planned, activeBy);
      expect(await plan(range.upTo, now - 1)).toBe(0);
      expect(await plan(found(b))).toBe(2);
      const before = await w.mails('deliveries');
      w.clock.advance(HOUR);
      await subscribers.pause(found(late));
      await subscribers.resume(found(late), w.clock.now());
      expect(await plan()).toBe(1);
      expect(await plan()).toBe(0);
      const mails = await w.mails('deliveries');
      expect(mails.slice(0, 2)).toEqual(before);
      expect(mails.map((mail) => [mail.subscriber_id, mail.due_at])).toEqual([
        [a, now + 7 * HOUR],
        [b, now + 20 * HOUR],
        [d, now],
      ]);
      expect(mails[0]).toMatchObject({ state: 'planned', next_at: now + 7 * HOUR, attempts: 0 });
      expect(mails[0]?.expires_at).toBe(now + 31 * HOUR);
      const left = await ledger.unplanned(audience(edition), { ...range, limit: 9 });
      expect(left.map(({ id }) => id)).toEqual([e, late]);
      expect(suppressed).toBeDefined();
    });

    test('keeps a selection with its reasons, many at once, each once', async () => {
      const w = await world();
      const { ledger } = w.store;
      const edition = await w.edition();
      const papers = ['2603.00001', '2603.00002'];
      const why = [[['matches', `"'; drop table α \u{1f600}`]]] as const;
      const [plain, told, again] = await ledger.selectionIds(edition.id, [
        { papers, reasons: [] },
        { papers, reasons: why },
        { papers, reasons: [] },
      ]);
      expect(again).toBe(plain);
      expect(told).not.toBe(plain);
      expect(await ledger.selection(found(told))).toEqual({ papers, reasons: why });
      expect(await ledger.selectionIds(edition.id, [{ papers, reasons: why }])).toEqual([told]);
      expect(await ledger.selectionIds(edition.id, [])).toEqual([]);
      const many = Array.from({ length: 1_200 }, (_, n) => ({ papers: [`${n}`], reasons: why }));
      const ids = await ledger.selectionIds(edition.id, many);
      expect(new Set(ids).size).toBe(1_200);
      expect((await ledger.selection(found(ids[1_100]))).papers).toEqual(['1100']);
    });

    test('tells groups with interests apart, and plans none whose interests have changed', async () => {
      const w = await world();
      const { ledger, subscribers } = w.store;
      const edition = await w.edition();
      const interests = {
        ...NO_INTERESTS,
        keywords: ['RAG', 'a "b" α'],
        authors: ['Ada Lovelace'],
      };
      const plain = await w.subscriber({});
      const one = await w.subscriber(interests);
      const same = await w.subscriber(interests);
      await w.subscriber({ organisations: ['Example Lab'] });
      const { groups } = found(await ledger.groups({ weekly: false, after: 0, limit: 9 }));
      expect(groups).toHaveLength(3);
      const told = groups.map(({ read }) => read());
      expect(told).toContainEqual(expect.objectContaining(interests));
      expect(told).toContainEqual(expect.objectContaining({ organisations: ['Example Lab'] }));
      const range = { after: 0, upTo: 1_000 };
      const before = await ledger.unplanned(audience(edition), { ...range, limit: 9 });
      expect(before[0]).toMatchObject({ id: plain.id, ...NO_INTERESTS });
      expect(before[1]).toMatchObject({ id: one.id, ...interests });

      await subscribers.savePreferences(same.id, { keywords: [] });
      const selectionId = await idOfSelection(ledger, edition.id, ['2603.00001']);
      const all = groups.map(({ key }) => ({ key, selectionId, dueAt: 1 }));
      expect(await ledger.planGroups(audience(edition), range, all, w.clock.now())).toBe(3);
      const left = await ledger.unplanned(audience(edition), { ...range, limit: 9 });
      expect(left.map(({ id }) => id)).toEqual([same.id]);
    });

    test('keeps who decides about a reader apart from others who plan', async () => {
      const w = await world();
      const edition = await w.edition();
      const [reader] = await w.subscribers(1);
      const other = await w.handle();
      const { groups } = found(await other.ledger.groups({ weekly: false, after: 0, limit: 9 }));
      const selectionId = await idOfSelection(other.ledger, edition.id, ['2603.00001']);
      const all = groups.map(({ key }) => ({ key, selectionId, dueAt: 1 }));
      const range = { after: 0, upTo: 1_000 };
      const order: string[] = [];
      let planned = Promise.resolve();
      const decided = w.store.atomically(async ({ ledger }) => {
        await ledger.lockPlanning();
        planned = other.ledger
          .planGroups(audience(edition), range, all, w.clock.now())
          .then(() => void order.push('the other'));
        // Time for the other one to come first, if nothing held it up.
        for (let slot = 0; slot < 20; slot++) await ledger.selection(selectionId);
        order.push('decided');
      });
      await decided;
      await planned;
      expect(order).toEqual(['decided', 'the other']);
      expect((await w.mails('deliveries'))[0]?.subscriber_id).toBe(reader?.id);
    });

    test('is rolled back with the transaction it is part of', async () => {
      const w = await world();
      const edition = await w.edition();
      const reader = await w.subscriber();
      const selectionId = await idOfSelection(w.store.ledger, edition.id, ['2603.00001']);
      const broken = w.store.atomically(async ({ ledger }) => {
        const dueAt = w.clock.now();
        await ledger.plan(edition.id, [
          { subscriberId: reader.id, selectionId, first: 'daily', language: 'en', dueAt },
        ]);
        throw new Error('broken off');
      });
      await expect(broken).rejects.toThrow('broken off');
      expect(await w.mails('deliveries')).toEqual([]);
    });
  });
}
