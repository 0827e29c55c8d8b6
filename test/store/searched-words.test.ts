import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toSearchTexts as migrated } from '../../migrations/0009/words.js';
import { toSearchTexts } from '../../src/papers/search-texts.js';

describe('the words that a migration finds', () => {
  test('are those that papers bring along which come later', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom(
        ...'大のﾓﾃﾞー강ㄱㅏłßéøıəⱥ①㍿ﬁ½\u0301\u200D\u00AD\u{E0100}。、；“… -aZ9\ud83d',
      ),
    );
    const text = fc.string({ unit, maxLength: 25 });
    fc.assert(
      fc.property(
        text,
        text,
        fc.option(text),
        fc.array(text),
        (title, abstract, summary, names) => {
          const made = migrated({ title, abstract, summary, authors: JSON.stringify(names) });
          const now = toSearchTexts({ title, abstract, summary, authors: names });
          expect(made === null ? null : JSON.parse(made)).toEqual(now);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('are kept for no paper whose texts do', () => {
    const plain = { title: 'Naïve “Fréchet” — β-VAEs…', abstract: 'Я и ты', summary: 'É' };
    expect(toSearchTexts({ ...plain, authors: ['José Núñez'] })).toBeNull();
    expect(toSearchTexts({ ...plain, authors: ['Łukasz'] })?.authors).toBe('Lukasz');
  });
});
