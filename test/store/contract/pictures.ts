import { describe, expect, test } from 'vitest';
import { findStale } from '../../../src/editions/freeze.js';
import type { Picture, WantedPicture } from '../../../src/pictures/picture.js';
import { saveListing } from '../../papers/save-listing.js';
import { HOUR } from '../clock.js';
import { type Dialect, found, paper, type World, worlds } from './dialect.js';

const DAY = '2026-03-02';
const IDS = ['2603.00001', '2603.00002', '2603.00003'];
const urlOf = (id: string) => `https://cdn.example/${id}.png`;
const wantedOf = (paperId: string, tries = 0): WantedPicture => ({
  ...{ paperId, url: urlOf(paperId), tries },
});
const foundOf = (paperId: string, tries = 0) => ({
  ...wantedOf(paperId, tries),
  source: 'huggingface',
});
const ALL = { pickedSince: 0, datedFrom: '2000-01-01', most: 99 };

function picture(hash: string): Picture {
  const file = (width: number) => ({ width, height: 9, body: Buffer.from([0, 255, width, 10]) });
  return { hash, large: file(64), small: file(24) };
}

/** Papers that a source lists with pictures, in an edition; the last has none. */
async function edited({ store, clock }: World) {
  const papers = IDS.map((id, n) => ({
    paper: { ...paper(id), ...(n < 2 && { pictureUrl: urlOf(id) }) },
    signal: { upvotes: 9 - n, comments: 0, codeStars: null },
  }));
  await saveListing(store.papers, 'huggingface', DAY, papers);
  const rated = await store.papers.listedOn(DAY);
  rated.sort((a, b) => b.signal.upvotes - a.signal.upvotes);
  return found(await store.editions.saveDraft('daily', DAY, rated, clock.now()));
}

/** What every store must do with pictures of papers. */
export function picturesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('pictures', () => {
    test('are wanted of papers that have an address for one, in an edition picked since', async () => {
      const w = await world();
      await edited(w);
      const { pictures } = w.store;
      const now = w.clock.now();
      expect(await pictures.wanted({ ...ALL, pickedSince: now }, now)).toEqual([
        foundOf(found(IDS[0])),
        foundOf(found(IDS[1])),
      ]);
      expect(await pictures.wanted({ ...ALL, most: 1 }, now)).toEqual([foundOf(found(IDS[0]))]);
      expect(await pictures.wanted({ ...ALL, datedFrom: DAY }, now)).toHaveLength(2);
      expect(await pictures.wanted({ ...ALL, datedFrom: '2026-03-03' }, now)).toEqual([]);
      expect(await pictures.wanted({ ...ALL, pickedSince: now + 1 }, now)).toEqual([]);
    });

    test('are wanted no more once they are there, and stay what they are', async () => {
      const w = await world();
      await edited(w);
      const { pictures } = w.store;
      const [one = '', two = ''] = IDS;
      const before = await pictures.version(2_000);
      await pictures.save(wantedOf(one), picture('aaa'), 1_000);
      expect(await pictures.wanted(ALL, w.clock.now())).toEqual([foundOf(two)]);
      expect(await pictures.version(1_000)).toBe(before);
      expect(await pictures.version(1_001)).not.toBe(before);
      // Another process has fetched it too, or failed to.
      await pictures.save(wantedOf(one), picture('bbb'), 2_000);
      await pictures.saveFailure({ ...wantedOf(one), reason: 'gone', at: 2_000, nextAt: null });
      const { store } = { store: await w.handle() };
      expect([...(await store.pictures.sizes(IDS))]).toEqual([
        [one, { hash: 'aaa', large: { width: 64, height: 9 }, small: { width: 24, height: 9 } }],
      ]);
      expect(await store.pictures.file('aaa', 'large')).toEqual(Buffer.from([0, 255, 64, 10]));
      expect(await store.pictures.file('aaa', 'small')).toEqual(Buffer.from([0, 255, 24, 10]));
      expect(await store.pictures.file('bbb', 'small')).toBeNull();
      expect(await store.pictures.sizes([])).toEqual(new Map());
    });

    test('that failed are wanted again when it is time, or under another address', async () => {
      const w = await world();
      await edited(w);
      const { pictures } = w.store;
      const [one = '', two = ''] = IDS;
      const now = w.clock.now();
      const failed = { reason: 'answered 500', at: now };
      await pictures.saveFailure({ ...wantedOf(one, 1), ...failed, nextAt: now + HOUR });
      await pictures.saveFailure({ ...wantedOf(two, 1), ...failed, nextAt: null });
      expect(await pictures.wanted(ALL, now)).toEqual([]);
      expect(await pictures.wanted(ALL, now + HOUR)).toEqual([foundOf(one, 1)]);
      expect(await pictures.sizes(IDS)).toEqual(new Map());
      const moved = { ...paper(two), pictureUrl: 'https://cdn.example/new.png' };
      await saveListing(w.store.papers, 'huggingface', DAY, [{ paper: moved, signal: null }], {
        now: now + 1,
      });
      expect(await pictures.wanted(ALL, now)).toEqual([
        { paperId: two, url: 'https://cdn.example/new.png', tries: 0, source: 'huggingface' },
      ]);
    });

    test('of an edition’s mails are settled once for ever, whoever does it', async () => {
      const w = await world();
      const edition = await edited(w);
      const { pictures } = w.store;
      const [one = '', two = ''] = IDS;
      await pictures.save(wantedOf(one), picture('aaa'), 1_000);
      await w.store.editions.freeze(edition.id, w.clock.now(), findStale);
      expect(await pictures.settled(edition.id)).toBeNull();
      const handles = await Promise.all([w.handle(), w.handle()]);
      await Promise.all(handles.map((handle) => handle.pictures.settle(edition.id, true)));
      await pictures.save(wantedOf(two), picture('bbb'), 2_000);
      await pictures.settle(edition.id, true);
      await pictures.settle(edition.id, false);
      for (const handle of [w.store, ...handles]) {
        expect(await handle.pictures.settled(edition.id)).toEqual({
          afterDelivery: 0,
          hashes: new Map([[one, 'aaa']]),
        });
      }
    });

    test('are none for ever where mails had none', async () => {
      const w = await world();
      const edition = await edited(w);
      const { pictures } = w.store;
      await pictures.save(wantedOf(IDS[0] ?? ''), picture('aaa'), 1_000);
      await pictures.settle(edition.id, false);
      await pictures.settle(edition.id, true);
      expect((await pictures.settled(edition.id))?.hashes).toEqual(new Map());
    });

    test('are forgotten when they are old and in no edition picked since', async () => {
      const w = await world();
      const edition = await edited(w);
      const { pictures } = w.store;
      const [one = '', two = ''] = IDS;
      await pictures.save(wantedOf(one), picture('aaa'), 1_000);
      await pictures.save(wantedOf('2603.99999'), picture('ccc'), 1_000);
      await pictures.save(wantedOf(two), picture('bbb'), w.clock.now() + 9);
      expect(await pictures.forget(edition.pickedAt, 50)).toBe(1);
      expect([...(await pictures.sizes([...IDS, '2603.99999'])).keys()].sort()).toEqual([one, two]);
      expect(await pictures.forget(edition.pickedAt + 5, 1)).toBe(1);
      expect(await pictures.forget(edition.pickedAt + 5, 1)).toBe(0);
      expect([...(await pictures.sizes(IDS)).keys()]).toEqual([two]);
    });
  });
}
