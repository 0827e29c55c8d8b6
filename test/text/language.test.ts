import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findLanguage } from '../../src/text/language.js';

describe('the language of a text', () => {
  test.each([
    ['大语言模型综述', 'zh'],
    ['LLM大模型综述', 'zh'],
    ['Qwen 技术报告', 'zh'],
    ['《基于Transformer的3D生成》', 'zh'],
    ['拡散モデルによる画像生成', 'ja'],
    ['深層強化学習の最新動向', 'ja'],
    ['Transformerモデル', 'ja'],
    ['ﾃﾞｰﾀｾｯﾄ', 'ja'],
    ['강화 학습을 이용한 언어 모델', 'ko'],
    ['강화학습'.normalize('NFD'), 'ko'],
    ['漢字 강화 학습', 'ko'],
    ['Обучение с подкреплением', 'und-Cyrl'],
    ['التعلم المعزز', 'und-Arab'],
    ['למידת חיזוק', 'he'],
    ['Ενισχυτική μάθηση', 'el'],
    ['Attention Is All You Need', null],
    ['What the word 学习 means in English corpora', null],
    ['The β-VAE and α-divergences', null],
    ['Größe naïve Œuvre — “quoted” …', null],
    ['Reward ≥ 0.5 → better 🎉', null],
    ['2026', null],
    ['', null],
  ])('%s: %s', (text, language) => {
    expect(findLanguage(text)).toBe(language);
  });

  test('is a tag or none, the same in every form of its letters and whatever signs are around', () => {
    const letters = fc.constantFrom(...'大模のモデ강화aéЖβש');
    const signs = fc.constantFrom(' ', '　', '。', '1', '👩‍🔬', '\u0301', '\ud800', '-', '“');
    fc.assert(
      fc.property(fc.array(letters), fc.array(signs), (some, around) => {
        const text = some.join(' ');
        const tag = findLanguage(text);
        expect(tag ?? 'en').toMatch(/^[a-z]{2}$|^und-[A-Z][a-z]{3}$/);
        expect(findLanguage(text.normalize('NFD'))).toBe(tag);
        const fenced = around.filter((sign) => sign !== '\u0301').join('');
        expect(findLanguage(`${fenced} ${text} ${fenced}`)).toBe(tag);
      }),
    );
  });

  test('is told of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(findLanguage(text) ?? 'en').toMatch(/^(?:[a-z]{2}|und-[A-Z][a-z]{3})$/);
      }),
    );
  });

  test('needs kana to be Japanese and Hangul to be Korean', () => {
    const word = (letters: string) =>
      fc.string({ unit: fc.constantFrom(...letters), minLength: 1 });
    fc.assert(
      fc.property(
        word('大语言模型学習'),
        word('のモデル'),
        word('강화학습'),
        (han, kana, hangul) => {
          expect(findLanguage(han)).toBe('zh');
          expect(findLanguage(han + kana)).toBe('ja');
          expect(findLanguage(hangul)).toBe('ko');
        },
      ),
    );
  });
});
