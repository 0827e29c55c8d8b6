import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findStale } from '../../../src/editions/freeze.js';
import { MINUTE } from '../clock.js';
import { type Dialect, found, paper, worlds } from './dialect.js';
import { ARXIV, DAY, DOI, idsOn, NEXT, papersOf, save, TITLE, told } from './telling.js';

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
      await store.editions.freeze(edition.id, 2, findStale);
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
      const { edition, leftOut } = await store.editions.freeze(draft.id, 2, findStale);
      expect(edition.count).toBe(1);
      expect(new Set(leftOut.map(({ reason }) => reason))).toEqual(
        new Set(['withdrawn', `the same paper as ${ARXIV}`]),
      );
      const [only, ...rest] = (await store.editions.withPapers(edition)).papers;
      expect([(await store.papers.find(only?.id ?? ''))?.paper.id, rest]).toEqual([ARXIV, []]);
      expect((await store.editions.freeze(draft.id, 3, findStale)).leftOut).toEqual([]);
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
