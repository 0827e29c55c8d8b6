import { describe, expect, test } from 'vitest';
import type { ListedPaper } from '../../../src/papers/paper.js';
import { type Dialect, worlds } from './dialect.js';
import { ARXIV, DAY, DOI, idsOn, NEXT, save, TITLE, told } from './telling.js';

/** An entry as its source calls it, and what it would be called without a name of its own. */
function named(
  id: string,
  title: string,
  alias?: ListedPaper['alias'],
  publishedOn: string | null = null,
): ListedPaper {
  return { ...told({ id, title, publishedOn }), alias };
}

/** By what every kind of database must know that two sources tell of one paper. */
export function samePapersContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('one paper', () => {
    test.each<[string, ListedPaper, ListedPaper, number]>([
      ['two arXiv ids', told({ arxivId: ARXIV }), told({ arxivId: '2603.00002' }), 2],
      ['two DOIs', told({ doi: DOI }), told({ doi: '10.1000/other' }), 2],
      [
        'one DOI, in spite of two titles',
        told({ doi: DOI }),
        told({ doi: DOI, title: 'Another' }),
        1,
      ],
      [
        'one DOI, in spite of which two arXiv ids stay two',
        told({ arxivId: ARXIV, doi: DOI }),
        told({ arxivId: '2603.00002', doi: DOI }),
        2,
      ],
      ['a title and an arXiv id', told(), told({ arxivId: ARXIV }), 1],
      ['a title and a DOI', told({ title: TITLE.toUpperCase() }), told({ doi: DOI }), 1],
      ['a DOI here and an arXiv id there', told({ doi: DOI }), told({ arxivId: ARXIV }), 1],
      [
        'a DOI that is not that of the arXiv id',
        told({ doi: DOI }),
        told({ arxivId: ARXIV, doi: '10.1000/other' }),
        2,
      ],
      [
        'ids of their own under one title',
        told({ id: 'feed:1' }),
        told({ id: 'file:1', title: TITLE.toUpperCase() }),
        1,
      ],
      [
        'ids of their own under one title, with authors of which none is the same',
        told({ id: 'feed:1', authors: ['Cy Poe'] }),
        told({ id: 'file:1', authors: ['Dan Fox'] }),
        2,
      ],
      [
        'ids of their own under a short title',
        told({ id: 'feed:1', title: 'Editorial' }),
        told({ id: 'file:1', title: 'Editorial' }),
        2,
      ],
      [
        'titles without a letter',
        told({ id: 'feed:1', title: '???' }),
        told({ id: 'file:1', title: '???' }),
        2,
      ],
      ['a short title', told({ title: 'Editorial' }), told({ title: 'Editorial', doi: DOI }), 2],
      [
        'authors of which none is the same',
        told({ authors: ['A. Lovelace'] }),
        told({ authors: ['A. Hopper'], arxivId: ARXIV }),
        2,
      ],
      [
        'authors written in two ways',
        told({ authors: ['Lovelace, A.'] }),
        told({ authors: ['Ada Lovelace'], arxivId: ARXIV }),
        1,
      ],
    ])('is told by %s', async (_what, one, other, count) => {
      for (const [first, second] of [
        [one, other],
        [other, one],
      ] as const) {
        const { store } = await world();
        await save(store, { source: 'feed', day: DAY, papers: [first] });
        await save(store, { source: 'file', day: DAY, papers: [second] });
        expect(await idsOn(store, DAY)).toHaveLength(count);
      }
    });

    test('is the one that its source called otherwise before, if it has the same title', async () => {
      const { store } = await world();
      await save(store, { source: 'feed', day: DAY, papers: [named('feed:link', 'News')] });
      const shared = { key: 'feed:link', isShared: true };
      const listed = [
        named('feed:1', 'News', shared),
        named('feed:2', 'Other news', shared),
        named('feed:3', '???', shared),
      ];
      for (let times = 0; times < 2; times++) {
        await save(store, { source: 'feed', day: NEXT, papers: listed });
        expect(await idsOn(store, NEXT)).toEqual(['feed:2', 'feed:3', 'feed:link']);
      }
      // Of another source it is the name of something else.
      await save(store, { source: 'file', day: DAY, papers: [named('file:1', 'News', shared)] });
      expect(await idsOn(store, DAY)).toEqual(['feed:link', 'file:1']);
    });

    test('is itself where its source has told of it by its own name', async () => {
      const { store } = await world();
      const both = [named('feed:1', 'News'), named('feed:link', 'News')];
      await save(store, { source: 'feed', day: DAY, papers: both });
      const alias = { key: 'feed:link', isShared: false };
      await save(store, { source: 'feed', day: NEXT, papers: [named('feed:1', 'News', alias)] });
      expect(await idsOn(store, NEXT)).toEqual(['feed:1']);
    });

    test('keeps its later name, though another comes with its title', async () => {
      const { store } = await world();
      await save(store, { source: 'feed', day: DAY, papers: [named('feed:link', 'News')] });
      const shared = { key: 'feed:link', isShared: true };
      for (const id of ['feed:1', 'feed:2']) {
        await save(store, { source: 'feed', day: DAY, papers: [named(id, 'News', shared)] });
      }
      const mended = named('feed:1', 'Mended news', shared);
      await save(store, { source: 'feed', day: NEXT, papers: [mended] });
      expect(await idsOn(store, NEXT)).toEqual(['feed:link']);
    });

    describe('with another title as well is the one that its source called otherwise before', () => {
      const only = { key: 'feed:link', isShared: false };

      test('if nothing else can be meant, and stays it', async () => {
        const { store } = await world();
        await save(store, { source: 'feed', day: DAY, papers: [named('feed:link', 'News')] });
        const moved = { key: 'feed:other', isShared: true };
        for (const again of [
          named('feed:1', 'Mended news', only),
          named('feed:1', 'News mended again', only),
          named('feed:1', 'Moved news', moved),
        ]) {
          await save(store, { source: 'feed', day: NEXT, papers: [again] });
          const listed = await store.papers.listedFrom(DAY, NEXT);
          expect(listed).toMatchObject([{ id: 'feed:link', title: again.paper.title }]);
        }
      });

      test('but no two after each other: that is a page of news', async () => {
        const { store } = await world();
        await save(store, { source: 'feed', day: DAY, papers: [named('feed:link', 'News')] });
        for (const id of ['feed:1', 'feed:2', 'feed:3', 'feed:2', 'feed:1']) {
          await save(store, { source: 'feed', day: DAY, papers: [named(id, `News ${id}`, only)] });
        }
        expect(await idsOn(store, DAY)).toEqual(['feed:2', 'feed:3', 'feed:link']);
      });

      test('and what had the same title at first may be mended later', async () => {
        const { store } = await world();
        await save(store, { source: 'feed', day: DAY, papers: [named('feed:link', 'News')] });
        const shared = { key: 'feed:link', isShared: true };
        for (const title of ['News', 'Mended news']) {
          await save(store, { source: 'feed', day: DAY, papers: [named('feed:1', title, shared)] });
        }
        expect(await idsOn(store, DAY)).toEqual(['feed:link']);
      });

      test.each<[string, ListedPaper, ListedPaper, string]>([
        [
          'several entries could be meant',
          named('feed:link', 'News'),
          named('feed:1', 'More', { ...only, isShared: true }),
          NEXT,
        ],
        [
          'it is of another day',
          named('feed:link', 'News', undefined, DAY),
          named('feed:1', 'More', only, NEXT),
          NEXT,
        ],
        [
          'only one of them has a day',
          named('feed:link', 'News', undefined, DAY),
          named('feed:1', 'More', only),
          NEXT,
        ],
        [
          'nobody has told of the other for a week',
          named('feed:link', 'News'),
          named('feed:1', 'More', only),
          '2026-03-10',
        ],
      ])('unless %s', async (_why, before, after, day) => {
        const { store } = await world();
        await save(store, { source: 'feed', day: DAY, papers: [before] });
        await save(store, { source: 'feed', day, papers: [after] });
        expect(await idsOn(store, day)).toEqual(['feed:1']);
      });
    });

    test('stays one when its source mends the title', async () => {
      const { store } = await world();
      await save(store, { source: 'feed', day: DAY, papers: [told({ id: 'feed:1' })] });
      const mended = told({ id: 'feed:1', title: `${TITLE}, mended` });
      await save(store, { source: 'feed', day: DAY, papers: [mended] });
      const [only, ...others] = await store.papers.listedOn(DAY);
      expect([only?.title, others]).toEqual([`${TITLE}, mended`, []]);
    });

    test('is told apart again when its title turns out to mean two', async () => {
      const { store } = await world();
      await save(store, { source: 'feed', day: DAY, papers: [told()] });
      await save(store, { source: 'arxiv', day: DAY, papers: [told({ arxivId: ARXIV })] });
      expect(await idsOn(store, DAY)).toEqual([ARXIV]);
      await save(store, { source: 'arxiv', day: DAY, papers: [told({ arxivId: '2603.00002' })] });
      expect(await idsOn(store, DAY)).toHaveLength(3);
    });
  });
}
