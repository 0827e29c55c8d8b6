import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rankPapers } from '../../src/papers/rank.js';
import { rated } from './rated.js';

const ids = (papers: { id: string }[]) => papers.map(({ id }) => id);

test('votes come first, then comments, then stars, then the newer id', () => {
  const best = [
    rated('2603.99001', { upvotes: 9, comments: 0, codeStars: null }),
    rated('2603.99002', { upvotes: 5, comments: 7, codeStars: null }),
    rated('2603.99003', { upvotes: 5, comments: 2, codeStars: 10 }),
    rated('2603.99009', { upvotes: 5, comments: 2, codeStars: 0 }),
    rated('2603.99008', { upvotes: 5, comments: 2, codeStars: null }),
    rated('2603.99004', { upvotes: 0, comments: 50, codeStars: 5_000 }),
  ];
  expect(ids(rankPapers([...best].reverse()))).toEqual(ids(best));
});

test('the order does not depend on the order of coming, and nothing is lost or changed', () => {
  const few = fc.integer({ min: 0, max: 3 });
  const signal = fc.record({ upvotes: few, comments: few, codeStars: fc.option(few) });
  const paper = fc.tuple(fc.integer({ min: 10_000, max: 99_999 }), signal);
  const papers = fc
    .uniqueArray(paper, { selector: ([n]) => n, maxLength: 30 })
    .map((all) => all.map(([n, rating]) => rated(`2603.${n}`, rating)));
  const twoOrders = papers.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(twoOrders, ([one, other]) => {
      const before = ids(one);
      const ranked = rankPapers(one);
      expect(rankPapers(other)).toEqual(ranked);
      expect(new Set(ranked)).toEqual(new Set(one));
      expect(ids(one)).toEqual(before);
    }),
  );
});
