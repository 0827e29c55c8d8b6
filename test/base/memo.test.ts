import { expect, test, vi } from 'vitest';
import { memoize } from '../../src/base/memo.js';

test('a recent call with the same arguments is not repeated', () => {
  const work = vi.fn(
    (papers: { title: string }[], level: number) => `${level} ${papers[0]?.title}`,
  );
  const known = memoize(work);
  expect(known([{ title: 'A' }], 2)).toBe('2 A');
  expect(known([{ title: 'A' }], 2)).toBe('2 A');
  expect(known([{ title: 'A' }], 3)).toBe('3 A');
  expect(known([{ title: 'B' }], 2)).toBe('2 B');
  expect(work).toHaveBeenCalledTimes(3);
});

test('the least recently used result is dropped first', () => {
  const work = vi.fn((number: number) => number);
  const known = memoize(work);
  const ask = (from: number, to: number) => {
    for (let number = from; number <= to; number++) expect(known(number)).toBe(number);
  };
  ask(1, 10);
  ask(1, 1);
  expect(work).toHaveBeenCalledTimes(10);
  ask(11, 11);
  ask(1, 1);
  expect(work).toHaveBeenCalledTimes(11);
  ask(2, 2);
  expect(work).toHaveBeenCalledTimes(12);
});
