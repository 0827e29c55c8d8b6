import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toInterests } from '../../src/library/follow.js';
import { besidePeriod, parsePeriod, periodsWith } from '../../src/library/period.js';
import { FACET_KINDS, toSlug } from '../../src/library/slugs.js';
import { toVoteHistory } from '../../src/library/vote-history.js';
import { parseSearch } from '../../src/search/query.js';
import { paperPath } from '../../src/views/paper-path.js';

describe('a name in an address', () => {
  test.each([
    ['author', 'Doe, Jane', 'jane-doe'],
    ['author', 'Łukasz Ørsted', 'lukasz-orsted'],
    ['author', 'John Smith Jr III', 'john-smith'],
    ['author', '李 明', '李-明'],
    ['lab', 'The Harbour Labs, Inc.', 'harbour-labs'],
    ['topic', 'Vision and language', 'vision-and-language'],
    ['topic', 'cs.CL', 'cs.cl'],
    ['topic', 'cs.NA', 'math.na'],
    ['author', '../..', ''],
    ['topic', '/', ''],
  ] as const)('of %s %s is %s', (kind, name, slug) => {
    expect(toSlug(kind, name)).toBe(slug);
  });

  test('leads to itself, is bounded, and has nothing that means something in a path', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 700 }),
      fc.string({ unit: 'grapheme', minLength: 200, maxLength: 600 }),
      fc
        .array(fc.constantFrom('jr', 'III', 'co', 'the', 'Ǆ', 'İ', 'ß', 'α', "o's", '-', ' ', ','))
        .map((p) => p.join(' ')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...FACET_KINDS), names, (kind, name) => {
        const slug = toSlug(kind, name);
        expect(slug.length).toBeLessThanOrEqual(100);
        expect(slug).not.toMatch(/[/\\?%\s\p{C}]|^\.+$/u);
        expect(toSlug(kind, slug)).toBe(slug);
        expect(slug.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('the path of a paper is read by browsers as it is, and names that paper alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (id) => {
      const path = paperPath(id);
      expect(new URL(path, 'https://example.org').pathname).toBe(path);
      expect(decodeURIComponent(path)).toBe(`/paper/${id.toWellFormed()}`);
    }),
  );
  expect(paperPath('cs/0112017')).toBe('/paper/cs/0112017');
  expect(paperPath('doi:10.1/x')).toBe('/paper/doi:10.1/x');
});

describe('a period', () => {
  test('is a week, a month or a year of ISO 8601', () => {
    expect(parsePeriod('2026-W34')).toMatchObject({ from: '2026-08-17', to: '2026-08-23' });
    expect(parsePeriod('2026-W53')).toMatchObject({ from: '2026-12-28', to: '2027-01-03' });
    expect(parsePeriod('2026-02')).toMatchObject({ from: '2026-02-01', to: '2026-02-28' });
    expect(parsePeriod('2026')).toMatchObject({ from: '2026-01-01', to: '2026-12-31' });
    for (const text of [
      '2025-W53',
      '2026-W00',
      '2026-13',
      '1066',
      '2026-8',
      'x',
      '2026-W34 ',
      '',
    ]) {
      expect([text, parsePeriod(text)]).toEqual([text, null]);
    }
  });

  test('has neighbours, and each day is in the week, month and year that say so', () => {
    const days = fc
      .integer({ min: 0, max: 40_000 })
      .map((n) => new Date(Date.UTC(1995, 0, 1) + n * 86_400_000).toISOString().slice(0, 10));
    fc.assert(
      fc.property(days, (day) => {
        for (const period of periodsWith(day)) {
          expect(period.from <= day && day <= period.to).toBe(true);
          expect(parsePeriod(period.name)).toEqual(period);
          const next = besidePeriod(period, 1);
          expect(next && besidePeriod(next, -1)).toEqual(period);
        }
      }),
    );
  });
});

test('a search is an interest in its phrases, its other words together, and its full names', () => {
  const interests = (q: string) => {
    const { text } = parseSearch({ q, from: '', to: '' });
    return text && toInterests(text);
  };
  expect(interests('protein folding')).toEqual({ keywords: ['protein folding'] });
  expect(interests('"tide maps" harbour -survey author:"Jane Doe" author:doe')).toEqual({
    keywords: ['tide maps', 'harbour'],
    authors: ['Jane Doe'],
  });
  expect(interests('author:doe')).toEqual({});
});

test('votes over time are those of the source that counts most, a number a day, few of many', () => {
  const at = (day: number) => Date.UTC(2026, 0, 1 + day, 12);
  const counted = [
    ...Array.from({ length: 400 }, (_, n) => ({ source: 'a', observedAt: at(n / 2), upvotes: n })),
    { source: 'b', observedAt: at(900), upvotes: 3 },
  ];
  const history = toVoteHistory(counted);
  expect(history.length).toBeLessThanOrEqual(60);
  expect([history[0]?.upvotes, history.at(-1)?.upvotes]).toEqual([1, 399]);
  expect(toVoteHistory([])).toEqual([]);
});
