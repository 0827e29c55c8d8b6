import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildSubject } from '../../src/digest/digest.js';

const more = (count: number) => Array.from({ length: count }, (_, n) => `Another Paper ${n}`);

describe('the subject', () => {
  test.each<[string, string[], string]>([
    ['nothing', [], 'No papers today'],
    ['one paper', ['DreamX-Phi 1.0: A Model'], 'DreamX-Phi 1.0'],
    ['two', ['Alpha: A', 'Beta: B'], 'Alpha and Beta'],
    ['three', ['Alpha: A', 'Beta: B', 'Gamma: C'], 'Alpha, Beta and Gamma'],
    ['four', ['Alpha: A', 'Beta: B', 'Gamma: C', 'D: D'], 'Alpha, Beta, Gamma and 1 more paper'],
    [
      'many',
      ['Alpha: A', 'Beta: B', 'Gamma', ...more(18)],
      'Alpha, Beta, Gamma and 18 more papers',
    ],
    [
      'long ones',
      ['A Rather Long Title That Has No Colon Anywhere', 'Another Rather Long Title', ...more(5)],
      'A Rather Long Title That Has No Colon Anywhere and 6 more papers',
    ],
    ['a colon too early', ['AI: Now', 'Beta: B'], 'AI: Now and Beta'],
    ['a colon within a word', ['Ratios of 3:1 Are Enough'], 'Ratios of 3:1 Are Enough'],
    ['markup', ['When <think> Runs: Why'], 'When <think> Runs'],
  ])('of %s', (_what, titles, subject) => expect(buildSubject(titles)).toBe(subject));

  test('stays short, names the top paper and counts all', () => {
    const title = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.array(title, { minLength: 1, maxLength: 60 }), (titles) => {
        const subject = buildSubject(titles);
        expect(subject.length).toBeLessThanOrEqual(70 + ' and 99 more papers'.length);
        expect(subject.startsWith((titles[0] ?? '').slice(0, 3))).toBe(true);
        expect(subject.isWellFormed()).toBe(true);
      }),
    );
  });
});
