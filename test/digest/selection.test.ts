import { expect, test } from 'vitest';
import { selectPapers } from '../../src/digest/selection.js';
import { rated } from '../papers/rated.js';
import { editionOf } from './editions.js';

const edition = editionOf(['2603.99003', '2603.99001', '2603.99002'].map((id) => rated(id)));

test.each([
  [1, ['2603.99003']],
  [2, ['2603.99003', '2603.99001']],
  [3, ['2603.99003', '2603.99001', '2603.99002']],
  [50, ['2603.99003', '2603.99001', '2603.99002']],
])('a reader of %i papers gets the best, in the order of the edition', (length, ids) => {
  expect(selectPapers(edition, { length })).toEqual(ids);
});
