import { describe, expect, test } from 'vitest';
import { findStale } from '../../../src/editions/freeze.js';
import type { Store } from '../../../src/store/store.js';
import { saveListing } from '../../papers/save-listing.js';
import { MINUTE } from '../clock.js';
import { type Dialect, found, paper, worlds } from './dialect.js';

const one = [paper('2603.00001')];

async function ids(store: Store, date: string): Promise<string[]> {
  const edition = found(await store.editions.find(date));
  return (await store.editions.withPapers(edition)).papers.map(({ id }) => id);
}

/** What every kind of database must do with editions. */
export function editionsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('editions', () => {
    test('a draft keeps its papers in order, as they were when it was picked', async () => {
      const { store, clock } = await world();
      const papers = ['2603.00003', '2603.00001', '2603.00002'].map((id) => paper(id));
      const draft = await store.editions.saveDraft('daily', '2026-03-02', papers, clock.now());
      expect(draft).toMatchObject({
        kind: 'daily',
        date: '2026-03-02',
        state: 'draft',
        pickedAt: clock.now(),
        frozenAt: null,
        count: 3,
      });
      expect((await store.editions.withPapers(found(draft))).papers).toEqual(papers);
      expect(await store.editions.byId(found(draft).id)).toEqual(draft);
      expect(await store.editions.find('2026-03-02', 'sample')).toBeNull();
    });

    test('picking again replaces a draft, fewer papers and none included', async () => {
      const { store, clock } = await world();
      const more = [paper('2603.00001'), paper('2603.00002')];
      const first = found(await store.editions.saveDraft('daily', '2026-03-02', more, 1));
      clock.advance(MINUTE);
      const again = await store.editions.saveDraft('daily', '2026-03-02', one, clock.now());
      expect(again).toMatchObject({ id: first.id, count: 1, pickedAt: clock.now() });
      expect(await ids(store, '2026-03-02')).toEqual(['2603.00001']);
      await store.editions.saveDraft('daily', '2026-03-02', [], clock.now());
      expect(await ids(store, '2026-03-02')).toEqual([]);
    });

    test('a frozen edition never changes', async () => {
      const { store } = await world();
      const draft = found(await store.editions.saveDraft('daily', '2026-03-02', one, 1));
      const { edition: frozen } = await store.editions.freeze(draft.id, 5, findStale);
      expect(frozen).toEqual({ ...draft, state: 'frozen', frozenAt: 5 });
      expect(await store.editions.freeze(draft.id, 9, findStale)).toEqual({
        edition: frozen,
        leftOut: [],
      });
      const other = [paper('2603.00002')];
      expect(await store.editions.saveDraft('daily', '2026-03-02', other, 9)).toBeNull();
      expect(await store.editions.find('2026-03-02')).toEqual(frozen);
      expect(await ids(store, '2026-03-02')).toEqual(['2603.00001']);
    });

    test('a frozen edition keeps a paper as it was when the paper changes', async () => {
      const { store, clock } = await world();
      const draft = found(await store.editions.saveDraft('daily', '2026-03-02', one, 1));
      await store.editions.freeze(draft.id, clock.now(), findStale);
      const { signal, ...changed } = paper('2603.00001', { title: 'Another title' });
      await saveListing(store.papers, 'huggingface', '2026-03-02', [{ paper: changed, signal }]);
      const { papers } = await store.editions.withPapers(draft);
      expect(papers[0]?.title).toBe('On the paper 2603.00001');
    });

    test('an id that nobody has is an error', async () => {
      const { store } = await world();
      await expect(store.editions.byId(42)).rejects.toThrow();
    });

    test('the newest has papers, and is the sample only when there is no other', async () => {
      const { store } = await world();
      expect(await store.editions.newest()).toBeNull();
      await store.editions.saveDraft('sample', '2026-08-20', one, 1);
      expect(await store.editions.newest()).toMatchObject({ kind: 'sample' });
      await store.editions.saveDraft('daily', '2026-03-02', one, 1);
      await store.editions.saveDraft('daily', '2026-03-03', one, 1);
      await store.editions.saveDraft('daily', '2026-03-04', [], 1);
      expect(await store.editions.newest()).toMatchObject({ kind: 'daily', date: '2026-03-03' });
    });

    test('drafts that were picked too late are in no list, and next to no other', async () => {
      const { store } = await world();
      const { editions } = store;
      for (const [n, date] of ['2026-02-27', '2026-03-02', '2026-03-03'].entries()) {
        await editions.saveDraft('daily', date, one, 10 * (n + 1));
      }
      const dates = async (pickedBefore?: number) =>
        (await editions.list({ limit: 9, pickedBefore })).map(({ date }) => date);
      expect(await dates()).toEqual(['2026-03-03', '2026-03-02', '2026-02-27']);
      expect(await dates(20)).toEqual(['2026-03-02', '2026-02-27']);
      expect(await dates(9)).toEqual([]);
      expect(await editions.months(19)).toEqual([{ month: '2026-02', editions: 1 }]);
      expect(await editions.neighbours('2026-03-02', 20)).toEqual({
        previous: '2026-02-27',
        next: null,
      });
      const versions = await Promise.all([9, 10, 19, 20, 30].map((at) => editions.version(at)));
      expect(new Set(versions).size).toBe(4);
      expect(versions[1]).toBe(versions[2]);
    });

    test('a draft that was picked too late does not count as the newest', async () => {
      const { store } = await world();
      const old = found(await store.editions.saveDraft('daily', '2026-03-02', one, 10));
      const fresh = found(await store.editions.saveDraft('daily', '2026-03-03', one, 20));
      expect(await store.editions.newest(9)).toBeNull();
      await store.editions.saveDraft('sample', '2026-08-20', one, 30);
      expect(await store.editions.newest(9)).toMatchObject({ kind: 'sample' });
      expect((await store.editions.newest(10))?.id).toBe(old.id);
      expect((await store.editions.newest(20))?.id).toBe(fresh.id);
      await store.editions.freeze(fresh.id, 21, findStale);
      expect((await store.editions.newest(10))?.id).toBe(fresh.id);
    });

    test('are to be planned from their time on, until they are; the first order stays', async () => {
      const { store } = await world();
      const draft = found(await store.editions.saveDraft('daily', '2026-03-02', one, 1));
      const empty = found(await store.editions.saveDraft('daily', '2026-03-03', [], 1));
      const other = [paper('2603.00009')];
      const later = found(await store.editions.saveDraft('daily', '2026-03-01', other, 1));
      expect(await store.editions.toPlan(1_000)).toEqual([]);
      await store.editions.schedule(draft.id, 100);
      await store.editions.schedule(draft.id, 50);
      await store.editions.schedule(empty.id, 50);
      await store.editions.schedule(later.id, 100);
      expect(await store.editions.toPlan(99)).toEqual([]);
      const due = await store.editions.toPlan(100);
      expect(due.map(({ date }) => date)).toEqual(['2026-03-01', '2026-03-02']);
      await store.editions.markPlanned(draft.id, 101);
      expect((await store.editions.toPlan(1_000)).map(({ id }) => id)).toEqual([later.id]);
    });

    test('are counted by months, as far as they are listed', async () => {
      const { store } = await world();
      expect(await store.editions.months()).toEqual([]);
      for (const date of ['2025-12-31', '2026-03-01', '2026-03-31']) {
        await store.editions.saveDraft('daily', date, one, 1);
      }
      await store.editions.saveDraft('daily', '2026-03-04', [], 1);
      await store.editions.saveDraft('weekly', '2026-03-05', one, 1);
      await store.editions.saveDraft('sample', '2026-03-06', one, 1);
      expect(await store.editions.months()).toEqual([
        { month: '2026-03', editions: 2 },
        { month: '2025-12', editions: 1 },
      ]);
    });

    test('are listed newest first, page by page, with their first titles', async () => {
      const { store } = await world();
      const many = [1, 2, 3, 4].map((n) => paper(`2603.0000${n}`, { title: `Title ${n}` }));
      await store.editions.saveDraft('daily', '2026-03-02', many, 1);
      await store.editions.saveDraft('daily', '2026-03-03', one, 1);
      await store.editions.saveDraft('daily', '2026-03-04', [], 1);
      await store.editions.saveDraft('daily', '2026-03-05', one, 1);
      await store.editions.saveDraft('sample', '2026-03-06', one, 1);
      const all = await store.editions.list({ limit: 10 });
      expect(all.map(({ date }) => date)).toEqual(['2026-03-05', '2026-03-03', '2026-03-02']);
      expect(all[2]?.titles).toEqual(['Title 1', 'Title 2', 'Title 3']);
      expect(all[0]?.titles).toEqual(['On the paper 2603.00001']);
      const page = await store.editions.list({ before: '2026-03-05', limit: 1 });
      expect(page.map(({ date }) => date)).toEqual(['2026-03-03']);
      expect(await store.editions.list({ before: '2026-03-02', limit: 10 })).toEqual([]);
    });

    test('know their neighbours that have papers', async () => {
      const { store } = await world();
      await store.editions.saveDraft('daily', '2026-03-02', one, 1);
      await store.editions.saveDraft('daily', '2026-03-03', [], 1);
      await store.editions.saveDraft('daily', '2026-03-05', one, 1);
      await store.editions.saveDraft('sample', '2026-03-06', one, 1);
      expect(await store.editions.neighbours('2026-03-02')).toEqual({
        previous: null,
        next: '2026-03-05',
      });
      expect(await store.editions.neighbours('2026-03-05')).toEqual({
        previous: '2026-03-02',
        next: null,
      });
      expect(await store.editions.neighbours('2026-03-04')).toEqual({
        previous: '2026-03-02',
        next: '2026-03-05',
      });
    });

    test('take their papers out of drafts of later dates, and out of nothing else', async () => {
      const { store } = await world();
      const all = ['a', 'b', 'c', 'd'].map((id) => paper(id));
      await store.editions.saveDraft('daily', '2026-03-01', all, 1);
      await store.editions.saveDraft('daily', '2026-03-03', all, 1);
      const frozen = found(await store.editions.saveDraft('daily', '2026-03-04', all, 1));
      await store.editions.freeze(frozen.id, 2, findStale);
      await store.editions.saveDraft('sample', '2026-03-05', all, 1);
      await store.editions.saveDraft('daily', '2026-03-02', [paper('b'), paper('a')], 3);
      expect(await ids(store, '2026-03-03')).toEqual(['c', 'd']);
      expect(await store.editions.find('2026-03-03')).toMatchObject({ count: 2, state: 'draft' });
      const [listed] = await store.editions.list({ before: '2026-03-04', limit: 1 });
      expect(listed?.titles).toEqual(['On the paper c', 'On the paper d']);
      expect(await ids(store, '2026-03-01')).toHaveLength(4);
      expect(await ids(store, '2026-03-04')).toHaveLength(4);
      expect((await store.editions.find('2026-03-05', 'sample'))?.count).toBe(4);
    });

    test('carry papers that no other is to repeat: earlier dates, and later ones once frozen', async () => {
      const { store } = await world();
      await store.editions.saveDraft('daily', '2026-03-02', [paper('a'), paper('b')], 1);
      const later = found(await store.editions.saveDraft('daily', '2026-03-04', [paper('c')], 1));
      await store.editions.saveDraft('sample', '2026-03-01', [paper('d')], 1);
      const asked = ['a', 'c', 'd', 'e'];
      const carried = (date: string) =>
        store.editions.carriedOutside({ from: date, to: date }, asked);
      expect(await carried('2026-03-03')).toEqual(new Set(['a']));
      expect(await carried('2026-03-02')).toEqual(new Set());
      expect(await carried('2026-03-05')).toEqual(new Set(['a', 'c']));
      await store.editions.freeze(later.id, 2, findStale);
      expect(await carried('2026-03-03')).toEqual(new Set(['a', 'c']));
      expect(await carried('2026-03-04')).toEqual(new Set(['a']));
      const week = (from: string, to: string) => store.editions.carriedOutside({ from, to }, asked);
      expect(await week('2026-03-02', '2026-03-03')).toEqual(new Set(['c']));
      expect(await week('2026-03-03', '2026-03-04')).toEqual(new Set(['a']));
      expect(await week('2026-03-02', '2026-03-04')).toEqual(new Set());
      const days = { from: '2026-03-03', to: '2026-03-03' };
      expect(await store.editions.carriedOutside(days, [])).toEqual(new Set());
    });

    test('of a week are neither newest nor listed, and leave the days alone', async () => {
      const { store } = await world();
      const { editions } = store;
      const all = ['a', 'b'].map((id) => paper(id));
      await editions.saveDraft('daily', '2026-03-02', all, 1);
      await editions.saveDraft('daily', '2026-03-04', [paper('c')], 1);
      const weekly = found(await editions.saveDraft('weekly', '2026-03-03', all, 1));
      expect(weekly).toMatchObject({ kind: 'weekly', count: 2 });
      expect(await ids(store, '2026-03-02')).toEqual(['a', 'b']);
      expect(await editions.find('2026-03-03')).toBeNull();
      expect(await editions.find('2026-03-03', 'weekly')).toEqual(weekly);
      expect(await editions.newest()).toMatchObject({ kind: 'daily', date: '2026-03-04' });
      expect((await editions.list({ limit: 9 })).map(({ kind }) => kind)).toEqual([
        'daily',
        'daily',
      ]);
      expect(await editions.neighbours('2026-03-03')).toEqual({
        previous: '2026-03-02',
        next: '2026-03-04',
      });
      const days = { from: '2026-03-04', to: '2026-03-05' };
      expect(await editions.carriedOutside(days, ['a'])).toEqual(new Set(['a']));
      await editions.freeze(weekly.id, 2, findStale);
      const before = { from: '2026-03-01', to: '2026-03-02' };
      expect(await editions.carriedOutside(before, ['a'])).toEqual(new Set());
    });

    test('are planned by date, a day before the week that ends on it', async () => {
      const { store } = await world();
      const { editions } = store;
      for (const [kind, date] of [
        ['weekly', '2026-03-03'],
        ['daily', '2026-03-03'],
        ['weekly', '2026-03-02'],
      ] as const) {
        const saved = found(await editions.saveDraft(kind, date, [paper('a')], 1));
        await editions.schedule(saved.id, 5);
      }
      expect((await editions.toPlan(5)).map(({ kind, date }) => `${kind} ${date}`)).toEqual([
        'weekly 2026-03-02',
        'daily 2026-03-03',
        'weekly 2026-03-03',
      ]);
    });

    test('know which others carry their papers, and which weekly ones are near', async () => {
      const { store } = await world();
      const { editions } = store;
      const save = async (kind: 'daily' | 'weekly' | 'sample', date: string, ...papers: string[]) =>
        found(
          await editions.saveDraft(
            kind,
            date,
            papers.map((id) => paper(id)),
            1,
          ),
        ).id;
      const monday = await save('daily', '2026-03-02', 'a', 'b');
      const tuesday = await save('daily', '2026-03-03', 'c');
      const sample = await save('sample', '2026-03-02', 'c', 'd');
      const week = await save('weekly', '2026-03-03', 'c', 'a', 'b');
      const later = await save('weekly', '2026-03-06', 'b');
      expect(await editions.sharing(week)).toEqual([monday, tuesday, sample, later]);
      expect(await editions.sharing(tuesday)).toEqual([sample, week]);
      expect(await editions.sharing(await save('daily', '2026-03-04'))).toEqual([]);
      expect(await editions.weekliesNear('2026-03-03', 3)).toEqual([later]);
      expect(await editions.weekliesNear('2026-03-03', 2)).toEqual([]);
      expect(await editions.weekliesNear('2026-03-04', 2)).toEqual([week, later]);
    });
  });
}
