import { describe, expect, test } from 'vitest';
import { fileSome } from '../../../src/library/file-papers.js';
import type { Paper, Signal } from '../../../src/papers/paper.js';
import { saveListing } from '../../papers/save-listing.js';
import { START } from '../clock.js';
import { type Dialect, paper, type World, worlds } from './dialect.js';
import { A, B, C } from './searching.js';

const PAGE = { offset: 0, limit: 10 };

interface Listed extends Partial<Paper> {
  upvotes?: number;
}

async function list(
  { store }: World,
  day: string,
  papers: Record<string, Listed>,
  { now = START, source = 'huggingface' } = {},
): Promise<void> {
  const listed = Object.entries(papers).map(([id, { upvotes = 1, ...changes }]) => {
    const { signal: _, ...rest } = paper(id, { authors: [], ...changes });
    const signal: Signal = { upvotes, comments: 0, codeStars: null };
    return { paper: rest, signal };
  });
  await saveListing(store.papers, source, day, listed, { now });
  await fileSome(store.library, 100);
}

async function by({ store }: World, kind: 'author' | 'lab' | 'topic', slug: string) {
  return (await store.library.listBy(kind, slug, PAGE)).papers.map(({ id }) => id);
}

async function best({ store }: World, from: string, to: string) {
  const { papers } = await store.library.listBest(from, to, PAGE);
  return papers.map(({ id, signal }) => [id, signal.upvotes]);
}

/** Papers by what they have in common. */
export function libraryContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('lists of papers', () => {
    test('are by author, organisation and topic, newest first', async () => {
      const here = await world();
      await list(here, '2026-03-02', {
        [A]: { authors: ['Ada Lovelace', 'Łukasz Ørsted'], organisation: 'Harbour Labs, Inc.' },
      });
      await list(here, '2026-03-04', {
        [B]: { authors: ['Lovelace, Ada'], keywords: ['tide maps'], categories: ['cs.RO'] },
      });
      await list(here, '2026-03-03', { [C]: { authors: ['ADA LOVELACE'] } });
      expect(await by(here, 'author', 'ada-lovelace')).toEqual([B, C, A]);
      expect(await by(here, 'author', 'lukasz-orsted')).toEqual([A]);
      expect(await by(here, 'lab', 'harbour-labs')).toEqual([A]);
      expect(await by(here, 'topic', 'tide-maps')).toEqual([B]);
      expect(await by(here, 'topic', 'cs.ro')).toEqual([B]);
      expect(await by(here, 'topic', 'robotics')).toEqual([B]);
      expect(await by(here, 'author', 'nobody')).toEqual([]);
      const { papers, more } = await here.store.library.listBy('author', 'ada-lovelace', {
        ...{ offset: 1, limit: 1 },
      });
      expect([papers.map(({ id, day }) => [id, day]), more]).toEqual([[[C, '2026-03-03']], true]);
    });

    test('follow what sources say, and leave out what is withdrawn', async () => {
      const here = await world();
      await list(here, '2026-03-02', { [A]: { authors: ['Ada Lovelace'] } });
      await list(here, '2026-03-03', { [A]: { authors: ['Grace Hopper'] } });
      expect(await by(here, 'author', 'ada-lovelace')).toEqual([]);
      const { papers } = await here.store.library.listBy('author', 'grace-hopper', PAGE);
      expect(papers.map(({ day }) => day)).toEqual(['2026-03-02']);
      await list(here, '2026-03-04', { [A]: { authors: ['Grace Hopper'], withdrawn: true } });
      expect(await by(here, 'author', 'grace-hopper')).toEqual([]);
      expect(await best(here, '2026-03-01', '2026-03-31')).toEqual([]);
    });

    test('go along when two papers turn out to be one', async () => {
      const here = await world();
      const both = { doi: '10.1234/x', authors: ['Ada Lovelace'] };
      const first = { 'doi:10.1234/x': { ...both, upvotes: 7 } };
      await list(here, '2026-03-02', first, { source: 'feed' });
      await list(here, '2026-03-03', { [B]: { ...both, upvotes: 3 } });
      const listed = await here.store.library.listBy('author', 'ada-lovelace', PAGE);
      expect(listed.papers.map(({ id, day }) => [id, day])).toEqual([[B, '2026-03-02']]);
      expect(await best(here, '2026-03-02', '2026-03-02')).toEqual([[B, 7]]);
    });

    test('have the best of some days: by votes as they are now, those days alone', async () => {
      const here = await world();
      await list(here, '2026-03-02', { [A]: { upvotes: 5 }, [B]: { upvotes: 9 } });
      await list(here, '2026-03-09', { [C]: { upvotes: 50 } });
      expect(await best(here, '2026-03-02', '2026-03-08')).toEqual([
        [B, 9],
        [A, 5],
      ]);
      await list(here, '2026-03-02', { [A]: { upvotes: 12 } }, { now: START + 1 });
      expect(await best(here, '2026-03-02', '2026-03-08')).toEqual([
        [A, 12],
        [B, 9],
      ]);
      const counted = await here.store.library.votesOf(A);
      expect(counted.map(({ observedAt, upvotes }) => [observedAt - START, upvotes])).toEqual([
        [0, 5],
        [1, 12],
      ]);
    });

    test('are made anew, a part at a time, where the rules have changed', async () => {
      const here = await world();
      await list(here, '2026-03-02', {
        [A]: { authors: ['Ada Lovelace'] },
        [B]: { authors: ['Ada Lovelace'] },
      });
      await here.execute('delete from paper_facets');
      await here.execute('delete from paper_votes');
      const { library } = here.store;
      expect(await fileSome(library, 10)).toBe(0);
      await library.unfileAll();
      expect([await fileSome(library, 1), await by(here, 'author', 'ada-lovelace')]).toEqual([
        1,
        [A],
      ]);
      expect([await fileSome(library, 9), await by(here, 'author', 'ada-lovelace')]).toEqual([
        1,
        [B, A],
      ]);
      expect(await fileSome(library, 9)).toBe(0);
      expect(await best(here, '2026-03-02', '2026-03-02')).toHaveLength(2);
    });

    test('tell which papers share what, of each only the newest', async () => {
      const here = await world();
      const keywords = ['tide maps'];
      await list(here, '2026-03-02', { [A]: { keywords }, [B]: { keywords } });
      await list(here, '2026-03-03', { [C]: { keywords, organisation: 'Harbour' } });
      const facets = [
        { kind: 'topic', slug: 'tide-maps' },
        { kind: 'lab', slug: 'harbour' },
      ] as const;
      expect(await here.store.library.sharing(A, facets, 1)).toEqual([
        { paperId: C, facet: 0 },
        { paperId: C, facet: 1 },
      ]);
      expect(await here.store.library.sharing(C, facets, 9)).toHaveLength(2);
      expect(await here.store.library.sharing(A, [], 9)).toEqual([]);
    });

    test('are of papers that can be found', async () => {
      const here = await world();
      await list(here, '2026-03-03', { [B]: {} });
      await list(here, '2026-03-02', { [A]: {}, [C]: { withdrawn: true } });
      const { library } = here.store;
      expect(await library.countPapers()).toBe(2);
      expect(await library.listIds(PAGE)).toEqual([A, B]);
      expect(await library.listIds({ offset: 1, limit: 5 })).toEqual([B]);
    });
  });
}
