import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldLetters, withoutAccents } from '../../src/text/letters.js';
import { splitSpans, toSearchedWords } from '../../src/text/word-spans.js';
import { expectLinear } from '../support/growth.js';

describe('words', () => {
  test.each([
    ['Training of 3D models', 'Training of 3D models'],
    ['state-of-the-art, GPT-4', 'state of the art GPT 4'],
    ['大语言模型', '大 语 言 模 型'],
    ['LLM大模型3D', 'LLM 大 模 型 3D'],
    ['拡散ﾓﾃﾞﾙ・データー', '拡 散 モ デ ル デ ー タ ー'],
    ['강화 학습', '강 화 학 습'],
    ['강'.normalize('NFD'), '강'],
    ['ㄱㅏ', '가'],
    ['ﾊﾟ ﾊ ﾟ', 'パ ハ'],
    ['葛\u{E0100}城 𠮷', '葛 城 𠮷'],
    ['㈱㍿ ㎏ ℃ ₨ ½ ② ﬁ', '株 株 式 会 社 kg C Rs 1 2 2 fi'],
    ['Ｆｕｌｌ　ｗｉｄｔｈ', 'Full width'],
    ['zero\u00ADshot a\u200Cb\u200Dc x\u200By', 'zeroshot abc x y'],
    ['Łódź Ørsted Straße Ǿ Ǽ ĳ', 'Lódź Orsted Strasse Ó AÉ ij'],
    ['Zoe\u0308', 'Zoë'],
    ['для моделей', 'для моделей'],
    ['a😀b', 'a b'],
    ['\u0301 ー。・、', 'ー'],
    ['', ''],
  ])('of %j are %j', (text, words) => {
    expect(toSearchedWords(text).join(' ')).toBe(words);
  });

  const unit = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(...'大のモﾓﾃﾞﾟー강ㄱㅏ각łßé①㍿ﬁ\u0301\u3099\u200D\u00AD\u{E0100} -a1각\ud83d'),
  );
  const text = fc.string({ unit, maxLength: 30 });

  test('stand where they say, in order, and are read there alike', () => {
    fc.assert(
      fc.property(text, (given) => {
        let end = 0;
        for (const span of splitSpans(given)) {
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end).toBeGreaterThanOrEqual(end);
          expect(given.slice(span.start, span.end).length).toBe(span.end - span.start);
          expect(foldLetters(given.slice(span.start, span.end))).toContain(span.word);
          end = span.end;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('are those of the words themselves, and of the text in every normal form', () => {
    fc.assert(
      fc.property(text, (given) => {
        const wellFormed = given.toWellFormed();
        const words = toSearchedWords(wellFormed);
        expect(toSearchedWords(words.join(' '))).toEqual(words);
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) {
          const plain = words.map(withoutAccents).join(' ');
          const other = toSearchedWords(wellFormed.normalize(form)).map(withoutAccents).join(' ');
          expect([form, other]).toEqual([form, plain]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([['大'], ['ﾃﾞ'], ['a\u200D'], ['㍿é'], ['e\u0301'], ['강ㄱ']])(
    'take time by the length of the text alone: %j',
    async (repeated) => {
      await expectLinear((parts) => {
        for (let n = 0; n < parts; n++) splitSpans(repeated.repeat(4_000));
      });
    },
  );
});

test('every Chinese character and Korean syllable is a word as it is written', () => {
  for (const [from, to] of [
    [0x4e00, 0x9fff],
    [0xac00, 0xd7a3],
  ] as const) {
    const all = Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n));
    const words = splitSpans(all.join('')).map(({ word }) => word);
    expect(words).toEqual(all);
    // Folded by itself, each is the same.
    expect(all.filter((one) => foldLetters(one) !== one)).toEqual([]);
  }
});
