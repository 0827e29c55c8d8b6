import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paperId } from '../../../src/papers/identity.js';
import type { ListedPaper, Paper } from '../../../src/papers/paper.js';
import type { Store } from '../../../src/store/store.js';
import { MINUTE } from '../clock.js';
import { type Dialect, found, paper, worlds } from './dialect.js';

const DAY = '2026-03-02';
const NEXT = '2026-03-03';
const TITLE = 'A lantern for every harbour in the dark';
const ARXIV = '2603.00001';
const DOI = '10.1000/lantern';

/** A paper as a source tells of it, nothing but a title unless `changes` says more. */
function told(changes: Partial<Paper> = {}, version?: number, upvotes?: number): ListedPaper {
  const { signal: _, ...whole } = paper('x', {
    title: TITLE,
    abstract: '',
    authors: [],
    url: 'https://example.org/a',
    pdfUrl: null,
    ...changes,
  });
  return {
    paper: { ...whole, id: paperId(whole, changes.id) },
    signal: upvotes === undefined ? null : { upvotes, comments: 0, codeStars: null },
    version,
  };
}

interface Answer {
  source: string;
  day: string;
  papers: ListedPaper[];
}

const save = (store: Store, { source, day, papers }: Answer) =>
  store.papers.saveListing(source, day, papers);

/** All that a store tells of the papers of both days. */
async function papersOf(store: Store) {
  const listed = await store.papers.listedFrom(DAY, NEXT);
  const whole = await Promise.all(
    listed.map(async (one) => ({ ...one, origins: (await store.papers.find(one.id))?.origins })),
  );
  return whole.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const idsOn = async (store: Store, day: string) =>
  (await store.papers.listedOn(day)).map(({ id }) => id).sort();

/** What every kind of database must do with papers that several sources tell of. */
export function mergeContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('one paper, once', () => {
    test('has each field from the source whose word counts first, and knows from which', async () => {
      const { store } = await world();
      const arxiv = { arxivId: ARXIV, abstract: 'Of arXiv.', url: 'https://arxiv.org/abs/1' };
      const face = {
        ...arxiv,
        abstract: 'A copy.',
        summary: 'Short.',
        url: 'https://huggingface.co/1',
      };
      await save(store, {
        ...{ source: 'arxiv', day: DAY },
        papers: [told({ ...arxiv, categories: ['cs.CL', 'cs.LG'], doi: DOI })],
      });
      await save(store, { source: 'huggingface', day: NEXT, papers: [told(face, undefined, 7)] });
      expect(await papersOf(store)).toEqual([
        {
          ...paper(ARXIV, { ...arxiv, title: TITLE, authors: [], pdfUrl: null }),
          ...{ summary: 'Short.', url: face.url, categories: ['cs.CL', 'cs.LG'], doi: DOI },
          signal: { upvotes: 7, comments: 0, codeStars: null },
          sources: ['arxiv', 'huggingface'],
          origins: {
            ...{ title: 'arxiv', abstract: 'arxiv', categories: 'arxiv', doi: 'arxiv' },
            ...{ summary: 'huggingface', url: 'huggingface' },
          },
        },
      ]);
    });

    test('that nobody counted rates nothing', async () => {
      const { store } = await world();
      await save(store, { source: 'arxiv', day: DAY, papers: [told({ arxivId: ARXIV })] });
      const [one] = await store.papers.listedOn(DAY);
      expect(one?.signal).toEqual({ upvotes: 0, comments: 0, codeStars: null });
    });

    test('is joined when a later answer shows that two are one', async () => {
      const { store, clock } = await world();
      await save(store, { source: 'feed', day: DAY, papers: [told({ doi: DOI }, undefined, 3)] });
      const old = `doi:${DOI}`;
      const edition = found(
        await store.editions.saveDraft('daily', DAY, await store.papers.listedOn(DAY), 1),
      );
      await store.editions.freeze(edition.id, 2);
      clock.advance(MINUTE);
      const both = told({ arxivId: ARXIV, doi: DOI });
      expect(await save(store, { source: 'arxiv', day: NEXT, papers: [both] })).toEqual({
        stored: 1,
        joined: [{ id: old, into: ARXIV }],
      });
      expect(await idsOn(store, DAY)).toEqual([ARXIV]);
      expect(await idsOn(store, NEXT)).toEqual([ARXIV]);
      expect((await store.papers.listedOn(DAY))[0]?.signal.upvotes).toBe(3);
      expect((await store.papers.find(old))?.paper.id).toBe(ARXIV);
      // The edition stays as it is, and no later one repeats its paper.
      expect((await store.editions.withPapers(edition)).papers.map(({ id }) => id)).toEqual([old]);
      const later = { from: NEXT, to: NEXT };
      expect(await store.editions.carriedOutside(later, [ARXIV, '2603.9'])).toEqual(
        new Set([ARXIV]),
      );
      const week = [paper(ARXIV), paper('2603.00002')];
      const weekly = found(await store.editions.saveDraft('weekly', NEXT, week, 3));
      expect(await store.editions.sharing(weekly.id)).toEqual([edition.id]);
      expect(await store.editions.sharing(edition.id)).toEqual([weekly.id]);
      const known = await store.ledger.alsoKnownAs([old, '2603.00002']);
      expect([known.get(old), known.get(ARXIV)]).toEqual([[old], [old]]);
      expect(known.get('2603.00002')).toEqual(['2603.00002']);
      const one = await store.ledger.alsoKnownAs([old, ARXIV]);
      expect([...(one.get(old) ?? [])].sort()).toEqual([ARXIV, old].sort());
    });

    test('is once in a draft that freezes after two turned out to be one, and not when withdrawn', async () => {
      const { store } = await world();
      const other = told({ arxivId: '2603.00009', title: 'Another paper that is about kettles' });
      const papers = [
        told({ doi: DOI }, undefined, 9),
        told({ arxivId: ARXIV, title: 'Lamp' }),
        other,
      ];
      await save(store, { source: 'feed', day: DAY, papers });
      const listed = await store.papers.listedOn(DAY);
      const draft = found(await store.editions.saveDraft('daily', DAY, listed, 1));
      const one = told({ arxivId: ARXIV, doi: DOI });
      const gone = { ...other, paper: { ...other.paper, withdrawn: true } };
      await save(store, { source: 'arxiv', day: NEXT, papers: [one, gone] });
      const { edition, leftOut } = await store.editions.freeze(draft.id, 2);
      expect(edition.count).toBe(1);
      expect(new Set(leftOut.map(({ reason }) => reason))).toEqual(
        new Set(['withdrawn', `the same paper as ${ARXIV}`]),
      );
      const [only, ...rest] = (await store.editions.withPapers(edition)).papers;
      expect([(await store.papers.find(only?.id ?? ''))?.paper.id, rest]).toEqual([ARXIV, []]);
      expect((await store.editions.freeze(draft.id, 3)).leftOut).toEqual([]);
    });

    test('leaves the drafts of later days under its old id as well', async () => {
      const { store } = await world();
      await save(store, { source: 'feed', day: NEXT, papers: [told({ doi: DOI })] });
      await store.editions.saveDraft('daily', NEXT, await store.papers.listedOn(NEXT), 1);
      const both = told({ arxivId: ARXIV, doi: DOI });
      await save(store, { source: 'arxiv', day: DAY, papers: [both] });
      await store.editions.saveDraft('daily', DAY, await store.papers.listedOn(DAY), 2);
      expect(await store.editions.find(NEXT)).toMatchObject({ count: 0 });
    });

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
      const said = (id: string, title: string, otherKey?: string): ListedPaper => ({
        ...told({ id, title }),
        ...(otherKey !== undefined && { otherKey }),
      });
      await save(store, { source: 'feed', day: DAY, papers: [said('feed:link', 'News')] });
      const named = [
        said('feed:1', 'News', 'feed:link'),
        said('feed:2', 'Other news', 'feed:link'),
        said('feed:3', '???', 'feed:link'),
      ];
      for (let times = 0; times < 2; times++) {
        await save(store, { source: 'feed', day: NEXT, papers: named });
        expect(await idsOn(store, NEXT)).toEqual(['feed:2', 'feed:3', 'feed:link']);
      }
      // Of another source it is the name of something else.
      await save(store, {
        source: 'file',
        day: DAY,
        papers: [said('file:1', 'News', 'feed:link')],
      });
      expect(await idsOn(store, DAY)).toEqual(['feed:link', 'file:1']);
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

    test('has the texts of its newest version, and among equals of its latest day', async () => {
      const { store } = await world();
      const said = (abstract: string, version?: number) =>
        told({ arxivId: ARXIV, abstract }, version);
      const abstract = async () => (await store.papers.find(ARXIV))?.paper.abstract;
      await save(store, { source: 'arxiv', day: DAY, papers: [said('Second.', 2)] });
      await save(store, { source: 'arxiv', day: NEXT, papers: [said('First.', 1)] });
      expect(await abstract()).toBe('Second.');
      await save(store, { source: 'arxiv', day: NEXT, papers: [said('Later.', 2)] });
      await save(store, { source: 'arxiv', day: DAY, papers: [said('Earlier.', 2)] });
      expect(await abstract()).toBe('Later.');
      await save(store, { source: 'arxiv', day: NEXT, papers: [said('Again.', 2)] });
      expect(await abstract()).toBe('Again.');
    });

    test('is withdrawn once its newest version is, and told so by any source', async () => {
      const { store } = await world();
      const withdrawn = async () => (await store.papers.find(ARXIV))?.paper.withdrawn;
      const one = (away: boolean, version: number) =>
        told({ arxivId: ARXIV, withdrawn: away }, version);
      await save(store, { source: 'arxiv', day: DAY, papers: [one(true, 2)] });
      await save(store, { source: 'huggingface', day: NEXT, papers: [one(false, 0)] });
      await save(store, { source: 'arxiv', day: NEXT, papers: [one(false, 1)] });
      expect(await withdrawn()).toBe(true);
      await save(store, { source: 'arxiv', day: DAY, papers: [one(false, 3)] });
      expect(await withdrawn()).toBe(false);
    });

    test('is one when two sources tell of it in the same moment', async () => {
      const { store } = await world();
      const sources = ['arxiv', 'feed', 'file', 'huggingface'];
      await Promise.all(
        sources.map((source, at) =>
          save(store, {
            ...{ source, day: DAY },
            papers: [told(at % 2 === 0 ? { arxivId: ARXIV, doi: DOI } : { doi: DOI })],
          }),
        ),
      );
      expect(await idsOn(store, DAY)).toEqual([ARXIV]);
    });

    test('is the same whatever the order of sources and days, fetched once or twice', async () => {
      const maybe = <T>(value: T) => fc.constantFrom(null, value);
      const one = fc.record({
        arxivId: fc.constantFrom(null, null, ARXIV, '2603.00002'),
        doi: fc.constantFrom(null, null, DOI, '10.1000/other'),
        title: fc.constantFrom(
          TITLE,
          TITLE.toUpperCase(),
          'Another title that is long enough',
          'Short',
        ),
        authors: fc.constantFrom<string[][]>([], ['Ada Lovelace'], ['Hopper, G.']),
        summary: maybe('A sentence.'),
        withdrawn: fc.boolean(),
      });
      const listedPaper = fc
        .tuple(one, fc.constantFrom(undefined, 1, 2), fc.constantFrom(undefined, 1, 5))
        .map(([changes, version, votes]) => told(changes, version, votes));
      const source = fc.constantFrom('arxiv', 'huggingface', 'feed', 'file', 'other');
      const answers = fc.uniqueArray(
        fc.record({
          source,
          day: fc.constantFrom(DAY, NEXT),
          papers: fc.array(listedPaper, { minLength: 1, maxLength: 3 }),
        }),
        { minLength: 2, maxLength: 6, selector: ({ source, day }) => `${source} ${day}` },
      );
      const orders = answers.chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(all, { minLength: all.length }),
          fc.boolean(),
        ),
      );
      await fc.assert(
        fc.asyncProperty(orders, async ([all, shuffled, twice]) => {
          const [one, other] = [(await world()).store, (await world()).store];
          for (const answer of all) await save(one, answer);
          for (const answer of twice ? [...shuffled, ...all] : shuffled) await save(other, answer);
          expect(await papersOf(other)).toEqual(await papersOf(one));
        }),
        { numRuns: 12 },
      );
    }, 60_000);
  });
}
