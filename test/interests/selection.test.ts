import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { type SelectionPreferences, Selector } from '../../src/interests/selection.js';
import { DEFAULT_PREFERENCES } from '../../src/subscribers/preferences.js';
import { editionOf } from '../digest/editions.js';
import { rated } from '../papers/rated.js';

const edition = editionOf([
  rated('2603.99003', {}, { title: 'Robots that fold towels' }),
  rated('2603.99001', {}, { abstract: 'A study of diffusion and of its cost.' }),
  rated('2603.99002', {}, { title: 'Diffusion for all', authors: ['Jane Q. Doe'] }),
  rated('2603.99004', {}, { organisation: 'Example Lab' }),
]);
const ids = edition.papers.map(({ id }) => id);

function select(preferences: Partial<SelectionPreferences>, had: string[] = []) {
  return new Selector(edition).select({ ...DEFAULT_PREFERENCES, ...preferences }, new Set(had));
}

test.each([1, 2, 3, 50])(
  'a reader of %i papers gets the best, in the order of the edition',
  (n) => {
    expect(select({ length: n })).toEqual({ papers: ids.slice(0, n), reasons: [] });
  },
);

test('what matches comes first, what matches most first, each with why', () => {
  expect(select({ keywords: ['Diffusion'], authors: ['J. Doe'] })).toEqual({
    papers: ['2603.99002', '2603.99001', '2603.99003', '2603.99004'],
    reasons: [
      [
        ['by', 'J. Doe'],
        ['matches', 'Diffusion'],
      ],
      [['matches', 'Diffusion']],
    ],
  });
});

test('as many as the reader chose, of those that match too', () => {
  const { papers, reasons } = select({ keywords: ['diffusion'], length: 1 });
  expect(papers).toEqual(['2603.99002']);
  expect(reasons).toEqual([[['matches', 'diffusion']]]);
});

test('what the reader had is left out of both parts', () => {
  expect(select({ keywords: ['diffusion'] }, ['2603.99002', '2603.99003'])).toEqual({
    papers: ['2603.99001', '2603.99004'],
    reasons: [[['matches', 'diffusion']]],
  });
});

test('an arXiv category is a topic, shown as the reader wrote it', () => {
  const papers = [rated('2603.99001'), rated('2603.99002', {}, { categories: ['cs.LG', 'cs.RO'] })];
  const preferences = { ...DEFAULT_PREFERENCES, topics: ['CS.ro'] };
  expect(new Selector(editionOf(papers)).select(preferences)).toEqual({
    papers: ['2603.99002', '2603.99001'],
    reasons: [[['topic', 'CS.ro']]],
  });
});

test('a topic that is offered is kept in no language, by whatever name the reader has it', () => {
  const papers = [rated('2603.99001', {}, { categories: ['cs.RO'] })];
  for (const topic of ['robotics', 'Robotics', 'ROBOTICS']) {
    const preferences = { ...DEFAULT_PREFERENCES, topics: [topic] };
    const { reasons } = new Selector(editionOf(papers)).select(preferences);
    expect(reasons).toEqual([[['topic', 'robotics']]]);
  }
});

test('whose interests match nothing gets what everybody gets', () => {
  expect(select({ keywords: ['sourdough'] })).toEqual(select({}));
});

test('words that differ in how they are written are one reason, and count once', () => {
  const keywords = ['Diffusion', 'diffusions', 'DIFFUSION', 'fold', 'Folding'];
  const { papers, reasons } = select({ keywords, authors: [] });
  expect([papers.slice(0, 3), reasons]).toEqual([
    ['2603.99003', '2603.99002', '2603.99001'],
    [[['matches', 'fold']], [['matches', 'Diffusion']], [['matches', 'Diffusion']]],
  ]);
  // Nothing that only one of them finds is lost.
  const rag = editionOf([
    rated('2603.99001', {}, { title: 'RAG for all' }),
    rated('2603.99002', {}, { title: 'A rag doll' }),
  ]);
  const preferences = { ...DEFAULT_PREFERENCES, keywords: ['RAG', 'rag'] };
  expect(new Selector(rag).select(preferences).reasons).toEqual([
    [['matches', 'RAG']],
    [['matches', 'rag']],
  ]);
});

test('a paper is given at most four reasons, whom the reader follows first', () => {
  const keywords = ['diffusion', 'all', 'diffusion for', 'for all', 'diffusion for all'];
  const { papers, reasons } = select({ keywords, authors: ['Jane Doe'] });
  expect(papers[0]).toBe('2603.99002');
  expect(reasons[0]?.map(([, words]) => words)).toEqual(['Jane Doe', ...keywords.slice(0, 3)]);
});

test('memory for a long edition is bounded, however many readers select from it', () => {
  const words = Array.from({ length: 9_000 }, (_, n) => `w${n}`);
  const papers = Array.from({ length: 3_000 }, (_, n) =>
    rated(`2603.${10_000 + n}`, {}, { title: words.slice(3 * n, 3 * n + 3).join(' ') }),
  );
  const selector = new Selector(editionOf(papers));
  const ask = (keyword: string) => selector.select({ ...DEFAULT_PREFERENCES, keywords: [keyword] });
  ask('w0');
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const kept = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = kept();
  for (const word of words) expect(ask(word).reasons).toEqual([[['matches', word]]]);
  expect((kept() - before) / 1e6).toBeLessThan(30);
  expect(ask('w0').papers[0]).toBe('2603.10000');
});
