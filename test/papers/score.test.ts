import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RatedPaper } from '../../src/papers/paper.js';
import { byScore, rankPapers } from '../../src/papers/rank.js';
import { headStart, measureTraits, SCORE_WEIGHTS, scorePapers } from '../../src/papers/score.js';
import { rated } from './rated.js';

const CODE = 'https://example.org/code';
const PAGE = 'https://example.org/page';
const names = (many: number) => Array.from({ length: many }, (_, n) => `Author ${n}`);
const ids = (papers: { id: string }[]) => papers.map(({ id }) => id);
const start = (paper: RatedPaper) => headStart(measureTraits(paper), SCORE_WEIGHTS);

describe('a head start', () => {
  test('is two votes, and more with authors, code and a page', () => {
    expect(start(rated('2603.99001', {}, { authors: [] }))).toBe(2);
    expect(start(rated('2603.99001', {}, { authors: names(7) }))).toBeCloseTo(2 ** 2.2);
    const all = { authors: names(7), codeUrl: CODE, projectUrl: PAGE };
    expect(start(rated('2603.99001', {}, all))).toBeCloseTo(2 ** 2.7);
  });

  test('does not grow with a list of names without end', () => {
    const crowd = start(rated('2603.99001', {}, { authors: names(20_000) }));
    expect(crowd).toBe(start(rated('2603.99001', {}, { authors: names(63) })));
  });

  test('decides while few have voted', () => {
    const lone = rated('2603.99001', { upvotes: 1 }, { authors: names(1) });
    const large = rated('2603.99002', { upvotes: 0 }, { authors: names(30), codeUrl: CODE });
    expect(ids(rankPapers([lone, large]))).toEqual(['2603.99002', '2603.99001']);
  });

  test('only orders equals once votes have come in', () => {
    const papers = [
      rated('2603.99001', { upvotes: 9 }, { authors: names(1) }),
      rated('2603.99002', { upvotes: 8 }, { authors: names(60), codeUrl: CODE, projectUrl: PAGE }),
      rated('2603.99003', { upvotes: 1, comments: 9 }, { authors: names(2) }),
      rated('2603.99004', { upvotes: 1 }, { authors: names(3) }),
    ];
    expect(ids(rankPapers(papers))).toEqual([
      ...['2603.99001', '2603.99002', '2603.99004', '2603.99003'],
    ]);
  });

  test('is not for papers on which nobody counts votes, nor do they weigh', () => {
    const voted = rated('2603.99001', { upvotes: 4 }, { authors: names(1) });
    const uncounted = { signal: { upvotes: 0, comments: 0, codeStars: null }, uncounted: true };
    const others = Array.from({ length: 50 }, (_, n) => ({
      ...rated(`2603.9${1000 + n}`, {}, { authors: names(60), codeUrl: CODE }),
      ...(uncounted as Pick<RatedPaper, 'signal' | 'uncounted'>),
    }));
    const scores = scorePapers([voted, ...others], SCORE_WEIGHTS);
    expect([...scores.values()].map(({ score }) => score)).toEqual([4, ...others.map(() => 0)]);
  });
});

const weights = fc.record({
  base: fc.integer({ min: -10, max: 10 }),
  authors: fc.double({ min: -2, max: 2, noNaN: true }),
  code: fc.double({ min: -2, max: 2, noNaN: true }),
  project: fc.double({ min: -2, max: 2, noNaN: true }),
  fade: fc.integer({ min: 0, max: 10 }),
});

const paperOf = fc
  .record({
    upvotes: fc.integer({ min: 0, max: 12 }),
    authors: fc.integer({ min: 0, max: 70 }),
    code: fc.boolean(),
    project: fc.boolean(),
  })
  .map(({ upvotes, authors, code, project }) => (id: string) => {
    const urls = { codeUrl: code ? CODE : null, projectUrl: project ? PAGE : null };
    return rated(id, { upvotes }, { authors: names(authors), ...urls });
  });
const papersOf = fc
  .array(paperOf, { minLength: 1, maxLength: 20 })
  .map((all) => all.map((make, n) => make(`2603.${10_000 + n}`)));

test('with more votes no paper stands worse, whatever the weights', () => {
  fc.assert(
    fc.property(
      papersOf,
      weights,
      fc.nat(),
      fc.integer({ min: 1, max: 30 }),
      (papers, w, n, more) => {
        const risen = papers[n % papers.length];
        if (!risen) return;
        const { signal } = risen;
        const better = { ...risen, signal: { ...signal, upvotes: signal.upvotes + more } };
        const after = papers.map((paper) => (paper === risen ? better : paper));
        const place = (all: RatedPaper[]) => ids(byScore(all, w)).indexOf(risen.id);
        expect(place(after)).toBeLessThanOrEqual(place(papers));
      },
    ),
    { numRuns: 500 },
  );
});

test('with one more vote the only paper with votes stands no worse against one that rises', () => {
  const rising = {
    ...rated('2603.20000', {}),
    rising: { since: '2026-03-01', votes: 15, days: 2 },
  };
  const scores = [0, 1, 2, 3, 4, 5].map((upvotes) => {
    const paper = rated('2603.10000', { upvotes }, { authors: names(60), codeUrl: CODE });
    return scorePapers([paper, rising], SCORE_WEIGHTS).get(paper)?.score ?? 0;
  });
  expect(scores).toEqual([...scores].sort((a, b) => a - b));
});

test('once they have the votes on average from which nothing fades any more, votes alone decide', () => {
  fc.assert(
    fc.property(papersOf, (papers) => {
      const votes = (all: RatedPaper[]) => all.map(({ signal }) => signal.upvotes);
      const mean = votes(papers).reduce((a, b) => a + b, 0) / papers.length;
      fc.pre(mean >= SCORE_WEIGHTS.fade);
      const ranked = votes(byScore(papers, SCORE_WEIGHTS));
      expect(ranked).toEqual([...ranked].sort((a, b) => b - a));
    }),
  );
});
