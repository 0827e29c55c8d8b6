import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findArxivId,
  MAX_LENGTH,
  MAX_TERMS,
  parseSearch,
  type Term,
} from '../../src/search/query.js';

const parse = (q: string, from = '', to = '') => parseSearch({ q, from, to });

/** A term as it could be typed. */
function typed({ words, prefix, author }: Term): string {
  const text = words.length > 1 ? `"${words.join(' ')}"` : words[0];
  return `${author ? 'author:' : ''}${text}${prefix ? '*' : ''}`;
}

function terms(q: string) {
  const { text } = parse(q);
  return text && [text.all.map(typed), text.none.map(typed)];
}

describe('a search', () => {
  test.each<[q: string, all: string[], none: string[]]>([
    ['diffusion policy', ['diffusion', 'policy'], []],
    ['  diffusion\n\tpolicy ', ['diffusion', 'policy'], []],
    ['"language model" safety', ['"language model"', 'safety'], []],
    ['“language model” «two words»', ['"language model"', '"two words"'], []],
    ['agents -robot -"language model"', ['agents'], ['robot', '"language model"']],
    ['self-play x-ray', ['"self play"', '"x ray"'], []],
    [
      'author:lecun author:"Yann LeCun" -author:wei',
      ['author:lecun', 'author:"Yann LeCun"'],
      ['author:wei'],
    ],
    ['Author: hinton', ['author:hinton'], []],
    ['quant* "quant*" *quant qu*', ['quant*', 'quant', 'qu'], []],
    ['robot Robot "ROBOT" robot* author:robot', ['ROBOT', 'robot*', 'author:robot'], []],
    ['ships -"of oak" -"Of Oak" of of', ['ships'], ['"Of Oak"']],
    ['the The the of', ['the', 'of'], []],
    ['robot robots café Cafe', ['robots', 'Cafe'], []],
    ['robot* robots* author:li li', ['robot*', 'robots*', 'author:li', 'li'], []],
    ['attention is all you need', ['attention', 'all', 'you', 'need'], []],
    ['"to be or not" of', ['"to be or not"'], []],
    ['the of and to a', ['the', 'of', 'and'], []],
    ['"unbalanced phrase', ['"unbalanced phrase"'], []],
    ['a"b c"d', ['"b c"', 'd'], []],
    ['NEAR(x y) x:y {title}: z ^w', ['"NEAR x"', 'y', '"x y"', 'title', 'z', 'w'], []],
    ['nul\0byte <b>bold</b>', ['"nul byte"', '"b bold b"'], []],
    ['cafe\u0301', ['café'], []],
    ['大模型 －视频', ['"大 模 型"'], ['"视 频"']],
    ['LLM大模型*', ['"LLM 大 模 型"'], []],
    ['「言語モデル」 ﾓﾃﾞﾙ', ['"言 語 モ デ ル"', '"モ デ ル"'], []],
    ['＂강화　학습＂　ａｕｔｈｏｒ：김', ['"강 화 학 습"', 'author:김'], []],
    ['ｑｕａｎｔｉ＊ Łódź', ['quanti*', 'Lódź'], []],
    ['zero\u00ADshot -soft\u200Cer', ['zeroshot'], ['softer']],
  ])('%j asks for %j without %j', (q, all, none) => {
    expect(terms(q)).toEqual([all, none]);
  });

  test.each([
    '',
    '   ',
    '""',
    '"',
    '-',
    '*',
    '-lantern',
    '()&|!:',
    '😀 👩‍🔬',
    '\0',
    '\ud83d',
    '\u0301',
  ])('%j has no word to search for', (q) => expect(parse(q).text).toBeNull());

  test('reads the days, both of which may be left out', () => {
    expect(parse('x', '2026-03-02', '').text).toMatchObject({ from: '2026-03-02', to: null });
    expect(parse('x', ' 2026-03-02 ', '2026-03-02').text).toMatchObject({ to: '2026-03-02' });
    expect(() => parse('x', '2026-03-03', '2026-03-02')).toThrow(/first day is after/);
    expect(() => parse('x', 'soon')).toThrow(/is not a date/);
  });

  test('has an end', () => {
    const words = Array.from({ length: 40 }, (_, n) => `word${n}`).join(' ');
    const { text, shortened } = parse(`${words} -not`);
    expect([text?.all.length, text?.none.length, shortened]).toEqual([MAX_TERMS, 0, true]);
    expect(parse('one two').shortened).toBe(false);
    const [phrase] = parse(`"${words}"`).text?.all ?? [];
    expect(phrase?.words.length).toBe(MAX_TERMS);
    expect(() => parse('x'.repeat(MAX_LENGTH + 1))).toThrow(/may have 500 characters; this one/);
    expect(parse('x'.repeat(MAX_LENGTH)).text).not.toBeNull();
  });

  test('has an end where each character is a word', () => {
    expect(terms('大'.repeat(60))).toEqual([[`"${Array(48).fill('大').join(' ')}"`], []]);
    const many = Array.from({ length: 12 }, (_, n) => String.fromCodePoint(0x4e00 + n).repeat(30));
    const { text, shortened } = parse(many.join(' '));
    expect(text?.all.flatMap(({ words }) => words)).toHaveLength(120);
    expect(shortened).toBe(true);
  });

  test('asks for letters and digits only, whatever is typed', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({
        unit: fc.constantFrom('"', '-', '*', ' ', 'a', 'the', 'author:', '\0', 'é', '('),
      }),
    );
    fc.assert(
      fc.property(anything, (q) => {
        const { text } = parse(q.slice(0, MAX_LENGTH));
        if (text === null) return;
        const all = [...text.all, ...text.none];
        expect(text.all.length).toBeGreaterThan(0);
        expect(all.length).toBeLessThanOrEqual(MAX_TERMS);
        for (const { words } of all) {
          expect(words.length).toBeGreaterThan(0);
          for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
        }
      }),
    );
  });
});

describe('an arXiv id', () => {
  test.each([
    ['2608.13489', '2608.13489'],
    ['2608.13489v3', '2608.13489'],
    ['arXiv:2608.13489', '2608.13489'],
    ['arxiv: 0704.0001v1', '0704.0001'],
    ['https://arxiv.org/abs/2608.13489v2', '2608.13489'],
    ['arxiv.org/pdf/2608.13489.pdf', '2608.13489'],
    ['https://www.alphaxiv.org/abs/2608.13489?x=y', '2608.13489'],
    ['https://huggingface.co/papers/2608.13489#community', '2608.13489'],
    ['math.GT/0309136', 'math/0309136'],
    ['cond-mat/9901001', 'cond-mat/9901001'],
  ])('is read from %s', (text, id) => {
    expect(findArxivId(text)).toBe(id);
  });

  test.each([
    '2608.134',
    '2608.134890',
    '26.08.13489',
    'see 2608.13489',
    '',
    'a/b',
    '2608.13489 x',
  ])('is not %j', (text) => expect(findArxivId(text)).toBeNull());
});
