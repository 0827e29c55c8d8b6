import { describe, expect, test } from 'vitest';
import { joined, shortAuthors } from '../../src/views/paper-view.js';

const people = (count: number) => Array.from({ length: count }, (_, n) => `P. ${n + 1}`);

describe('authors', () => {
  test.each([
    [0, ''],
    [1, 'P. 1'],
    [2, 'P. 1 and P. 2'],
    [3, 'P. 1, P. 2 and P. 3'],
    [4, 'P. 1, P. 2, P. 3 and P. 4'],
    [5, 'P. 1, P. 2 and 3 others'],
    [664, 'P. 1, P. 2 and 662 others'],
  ])('%i of them', (count, text) => expect(shortAuthors(people(count))).toBe(text));
});

test('joined names all of them', () => {
  expect(joined(people(6))).toBe('P. 1, P. 2, P. 3, P. 4, P. 5 and P. 6');
});
