import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samePapers } from '../../src/papers/dedupe.js';
import { paperId } from '../../src/papers/identity.js';
import { mergeRecords } from '../../src/papers/merge.js';
import type { ListedPaper, Paper } from '../../src/papers/paper.js';
import { addObservation, type PaperRecord } from '../../src/papers/record.js';
import { distinctPapers } from '../../src/sources/answer.js';
import { rated } from './rated.js';

const SOURCES = ['arxiv', 'huggingface', 'feed', 'file', 'other'];
const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04'];
const TITLES = [
  'A lantern for every harbour in the dark',
  'A Lantern — for every harbour: in the DARK!',
  'Another title that is long enough',
  'Short',
];

interface Answer {
  source: string;
  day: string;
  paper: ListedPaper;
}

/** What a store keeps of these answers, without a store. */
function papersOf(answers: readonly Answer[]) {
  const records = new Map<string, PaperRecord>();
  for (const { source, day, paper } of answers) {
    const place = `${source} ${paper.paper.id}`;
    records.set(place, addObservation(source, day, paper, records.get(place)));
  }
  const papers = [...samePapers([...records.values()])].map(([id, own]) => ({
    ...mergeRecords(id, own),
    records: own.map(({ source, key }) => `${source} ${key}`).sort(),
  }));
  return papers.sort((a, b) => (a.paper.id < b.paper.id ? -1 : 1));
}

const fields = fc.record({
  arxivId: fc.constantFrom(null, null, '2603.00001', '2603.00002'),
  doi: fc.constantFrom(null, null, '10.1000/a', '10.1000/b'),
  title: fc.constantFrom(...TITLES),
  abstract: fc.constantFrom('', 'One.', 'Two.'),
  authors: fc.constantFrom<string[][]>([], ['Ada Lovelace'], ['Lovelace, A.'], ['Hopper, G.']),
  summary: fc.constantFrom(null, 'First.', 'Second.'),
  keywords: fc.constantFrom<string[][]>([], ['flows'], ['graphs']),
  withdrawn: fc.boolean(),
});

const answers = fc
  .uniqueArray(
    fc.record({
      source: fc.constantFrom(...SOURCES),
      day: fc.constantFrom(...DAYS),
      version: fc.constantFrom(undefined, 1, 2),
      changes: fields,
    }),
    {
      maxLength: 12,
      // A source says one thing of one version on one day.
      selector: ({ source, day, version, changes }) =>
        `${source} ${day} ${version ?? 0} ${paperId(changes)}`,
    },
  )
  .map((all) =>
    all.map(({ source, day, version, changes }): Answer => {
      const { signal: _, ...paper } = rated('x', {}, changes);
      return {
        source,
        day,
        paper: { paper: { ...paper, id: paperId(paper) }, signal: null, version },
      };
    }),
  );

describe('of whatever sources tell', () => {
  test('the papers are the same in any order, and told twice', () => {
    const orders = answers.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(orders, ([all, shuffled]) => {
        expect(papersOf(shuffled)).toEqual(papersOf(all));
        expect(papersOf([...shuffled, ...all])).toEqual(papersOf(all));
      }),
      { numRuns: 2_000 },
    );
  });

  test('each record is in one paper, and ids never contradict each other in it', () => {
    fc.assert(
      fc.property(answers, (all) => {
        const papers = papersOf(all);
        const places = papers.flatMap(({ records }) => records).sort();
        expect(places).toEqual(
          [...new Set(all.map(({ source, paper }) => `${source} ${paper.paper.id}`))].sort(),
        );
        for (const { paper, records } of papers) {
          expect(paperId(paper)).toBe(paper.id);
          const keys = records.map((place) => place.split(' ')[1] ?? '');
          const arxivIds = new Set(keys.filter((key) => /^\d/.test(key)));
          expect(arxivIds.size).toBeLessThanOrEqual(1);
          if (arxivIds.size > 0) expect([...arxivIds]).toEqual([paper.arxivId]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('each field is what its origin says', () => {
    fc.assert(
      fc.property(answers, (all) => {
        for (const { paper, origins } of papersOf(all)) {
          for (const [name, source] of Object.entries(origins)) {
            const said = all
              .filter((answer) => answer.source === source)
              .map((answer) => answer.paper.paper[name as keyof Paper]);
            expect(said).toContainEqual(paper[name as keyof Paper]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('in one answer, a paper stays once: its newest version, with the stronger signal', () => {
  const item = (title: string, version: number, upvotes: number): ListedPaper => {
    const { signal, ...paper } = rated('2603.00001', { upvotes }, { title });
    return { paper, signal, version };
  };
  const all = [item('First', 1, 9), item('Second', 2, 3), item('Second again', 2, 2)];
  for (const order of [all, [...all].reverse()]) {
    const { papers, repeated } = distinctPapers(order);
    expect(papers).toEqual([item('Second', 2, 9)]);
    expect(repeated).toEqual(['2603.00001', '2603.00001']);
  }
});
