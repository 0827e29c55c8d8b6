import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerpt, highlight, type Piece, toSought } from '../../src/search/highlight.js';
import { parseSearch } from '../../src/search/query.js';
import { expectLinear } from '../support/growth.js';

const sought = (q: string) => toSought(parseSearch({ q, from: '', to: '' }).text?.all ?? []);
const shown = (pieces: readonly Piece[]) =>
  pieces.map(({ text, marked }) => (marked ? `[${text}]` : text)).join('');
const marked = (text: string, q: string) => shown(highlight(text, sought(q)));

describe('a text', () => {
  test.each([
    ['Training a model of models', 'train model', '[Training] a [model] of [models]'],
    ['Zoë at the Harbour', 'ZOE', '[Zoë] at the Harbour'],
    ['Zoe\u0308 and friends', 'zoë', '[Zoe\u0308] and friends'],
    ['State-of-the-art art', 'state-of-the-art', '[State-of-the-art] art'],
    ['two steps, then one step', '"one step"', 'two steps, then [one step]'],
    ['Quantised quanta', 'quantis*', '[Quantised] quanta'],
    ['A <b>bold</b> & "odd" one', 'bold odd', 'A <b>[bold]</b> & "[odd]" one'],
    ['lantern lantern map', '"lantern map" lantern', '[lantern] [lantern map]'],
    ['İstanbul and Åland', 'istanbul aland', '[İstanbul] and [Åland]'],
    ['基于LLM大模型的研究', 'llm大模型', '基于[LLM大模型]的研究'],
    ['基于大 语言模型的研究', '语言', '基于大 [语言]模型的研究'],
    ['拡散ﾓﾃﾞﾙの', 'モデル', '拡散[ﾓﾃﾞﾙ]の'],
    ['ガウスとカウス', 'ｶﾞｳｽ', '[ガウス]とカウス'],
    ['강화 학습을', '강화학습', '[강화 학습]을'],
    [`${'강화'.normalize('NFD')} 학습`, '강화', `[${'강화'.normalize('NFD')}] 학습`],
    ['㈱の葛\u{E0100}城', '株 葛城', '[㈱]の[葛\u{E0100}城]'],
    ['Straße nach Łódź', 'strasse LODZ', '[Straße] nach [Łódź]'],
    ['zero\u00ADshot 10²', 'zeroshot 102', '[zero\u00ADshot] [10²]'],
    ['nothing here', 'lantern', 'nothing here'],
    ['', 'lantern', ''],
  ])('%j searched for %j shows as %j', (text, q, expected) => {
    expect(marked(text, q)).toBe(expected);
  });

  test('is marked at a word in capitals, whatever its letters are', () => {
    const letter = fc.constantFrom(...'aeiklmnstzåéöłñçßıжя');
    fc.assert(
      fc.property(fc.string({ unit: letter, minLength: 3, maxLength: 12 }), (word) => {
        const capitals = word.toUpperCase();
        fc.pre(capitals.toLowerCase() === word);
        // Beside it stand numbers: another word might have the same stem.
        expect(marked(`2026 ${capitals} 7`, `"${word}"`)).toBe(`2026 [${capitals}] 7`);
      }),
    );
  });
});

describe('an excerpt', () => {
  const words = (count: number, word = 'filler') =>
    Array.from({ length: count }, () => word).join(' ');
  const of = (text: string, q: string) => shown(excerpt(text, sought(q), 120));

  test('of a short text is all of it', () => {
    expect(of('A lantern.', 'lantern')).toBe('A [lantern].');
  });

  test('begins with the text where nothing in it was searched for', () => {
    expect(of(words(60), 'lantern')).toMatch(/^filler (filler ?)+ …$/);
  });

  test('is from where most of it stands together', () => {
    const text = `A lantern ${words(40)} one harbour and lantern ${words(40)}`;
    const part = of(text, 'lantern harbour');
    expect(part).toMatch(/^… filler.* one \[harbour\] and \[lantern\] .* …$/);
    expect(part.length).toBeLessThan(140);
  });

  test('at the end of a text stops there', () => {
    expect(of(`${words(40)} lantern.`, 'lantern')).toMatch(/^… filler.* \[lantern\]\.$/);
  });

  test('loses and adds nothing within, whatever the text is', () => {
    const unit = fc.constantFrom(
      'lantern',
      ' ',
      'a',
      '😀',
      'é',
      '\n',
      'harbour',
      '<',
      '"',
      '\u0301',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), (text) => {
        const wanted = sought('lantern "harbour lantern" a*');
        const join = (pieces: readonly Piece[]) => pieces.map((piece) => piece.text).join('');
        expect(join(highlight(text, wanted))).toBe(text);
        const part = join(excerpt(text, wanted, 50)).replace(/^… | …$/g, '');
        expect(text).toContain(part);
        expect(part.isWellFormed()).toBe(true);
        expect(part.length).toBeLessThanOrEqual(50);
      }),
    );
  });
});

describe('its cost grows with the text alone', () => {
  const phrases = Array.from({ length: 12 }, (_, n) => ({
    words: Array(n + 1).fill('aaa'),
    prefix: false,
    author: false,
  }));
  test.each<[string, string]>([
    ['phrases that overlap everywhere', 'aaa '],
    ['one long word', 'aaa'],
    ['characters without spaces', '大ﾃﾞ'],
    ['words that end nowhere', 'aaa\u0301-'],
  ])('%s', async (_what, unit) => {
    await expectLinear((parts) => {
      for (let n = 0; n < 10 * parts; n++) {
        const wanted = toSought(phrases);
        excerpt(unit.repeat(12_500), wanted, 320);
        highlight(unit.repeat(500), wanted);
      }
    });
  });
});
