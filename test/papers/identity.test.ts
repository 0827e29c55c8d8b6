import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arxivDoi,
  normaliseTitle,
  ofArxivDoi,
  paperId,
  parseArxivId,
  parseDoi,
  titleKey,
} from '../../src/papers/identity.js';

describe('an arXiv id', () => {
  test.each([
    ['2608.01234', '2608.01234', null],
    [' 2608.01234v3 ', '2608.01234', 3],
    ['0704.0001', '0704.0001', null],
    ['arXiv:2608.01234v12', '2608.01234', 12],
    ['https://arxiv.org/abs/2608.01234v2', '2608.01234', 2],
    ['http://export.arxiv.org/abs/2608.01234?context=cs', '2608.01234', null],
    ['arxiv.org/pdf/2608.01234v2.pdf', '2608.01234', 2],
    ['https://www.arxiv.org/html/2608.01234v1#S2', '2608.01234', 1],
    ['https://huggingface.co/papers/2608.01234', '2608.01234', null],
    ['cs/0112017', 'cs/0112017', null],
    ['https://arxiv.org/abs/math.GT/0309136v2', 'math/0309136', 2],
    ['Hep-Th/9901001', 'hep-th/9901001', null],
    ['10.48550/arXiv.2608.01234', '2608.01234', null],
    ['https://doi.org/10.48550/arXiv.cs/0112017', 'cs/0112017', null],
  ])('is read from %s', (text, id, version) => expect(parseArxivId(text)).toEqual({ id, version }));

  test.each([
    ...['', '2613.01234', '2600.01234', '2608.123', '2608.01234v0', '12608.01234', 'v2'],
    ...['https://example.org/abs/2608.01234', 'cs/011201', 'some_paper', '10.1000/2608.01234'],
    ...[
      'https://arxiv.org/list/cs.CL/recent',
      'arXiv:',
      '10.48550/arxiv.10.48550/arxiv.2608.01234',
    ],
  ])('is not in %j', (text) => expect(parseArxivId(text)).toBeNull());
});

describe('a DOI', () => {
  test.each([
    ['10.1000/ABC.Def', '10.1000/abc.def'],
    ['doi: 10.1000/abc', '10.1000/abc'],
    ['https://doi.org/10.1101/2026.03.01.123456', '10.1101/2026.03.01.123456'],
    ['http://dx.doi.org/10.1000/a%2Fb?x=1', '10.1000/a/b'],
    ['10.1000/abc.', '10.1000/abc'],
  ])('is read from %s', (text, doi) => expect(parseDoi(text)).toBe(doi));

  test.each([
    '',
    '10.1/abc',
    '10.1000/',
    '10.1000/a b',
    '10.1000/<b>',
    'https://example.org/10.1000/a',
  ])('is not in %j', (text) => expect(parseDoi(text)).toBeNull());

  test('of arXiv leads to the id and back', () => {
    for (const id of ['2608.01234', 'cs/0112017']) {
      expect(ofArxivDoi(arxivDoi(id))).toEqual({ id, version: null });
    }
    expect(ofArxivDoi('10.1000/abc')).toBeNull();
  });
});

describe('a title', () => {
  test.each([
    ['β-Flow:  À la Poincaré!', 'β flow a la poincare'],
    ['ﬁne–TUNING “it”', 'fine tuning it'],
    ['深層 学習', '深層 学習'],
    ['?!', ''],
  ])('%s is compared as %s', (title, words) => expect(normaliseTitle(title)).toBe(words));

  test('is the last thing that a paper is known by', () => {
    const title = 'A Title';
    expect(paperId({ arxivId: '2608.01234', doi: '10.1000/a', title })).toBe('2608.01234');
    expect(paperId({ arxivId: null, doi: '10.1000/a', title })).toBe('doi:10.1000/a');
    expect(paperId({ arxivId: null, doi: null, title })).toBe(titleKey('a  TITLE.'));
    expect(titleKey(title)).toMatch(/^title:[0-9a-f]{16}$/);
    expect(titleKey('?!')).not.toBe(titleKey('!?'));
  });
});

test('nothing hostile breaks reading, and what is read is read again as the same', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .tuple(fc.constantFrom('arXiv:', 'https://doi.org/', '10.1000/', ''), fc.string())
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (raw) => {
      const id = parseArxivId(raw)?.id;
      if (id !== undefined) expect(parseArxivId(id)?.id).toBe(id);
      const doi = parseDoi(raw);
      if (doi !== null) expect(parseDoi(doi)).toBe(doi);
      expect(normaliseTitle(normaliseTitle(raw))).toBe(normaliseTitle(raw));
    }),
    { numRuns: 2_000 },
  );
});
