import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseLanguage, findLanguage, formatLanguage } from '../../src/base/languages.js';

const ALL = ['en', 'de', 'fr', 'es', 'pt-BR', 'zh-CN', 'ja', 'ko'];

describe('a language', () => {
  test.each([
    ['de', 'de'],
    ['DE', 'de'],
    [' de ', 'de'],
    ['de-AT', 'de'],
    ['de_CH.UTF-8', 'de'],
    ['pt-br', 'pt-BR'],
    ['pt_BR', 'pt-BR'],
    ['pt', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['zh', 'zh-CN'],
    ['zh-Hans', 'zh-CN'],
    ['zh-Hans-SG', 'zh-CN'],
    ['cmn', 'zh-CN'],
    ['ja-JP-u-ca-japanese', 'ja'],
    ['en-x-private', 'en'],
    ['German', 'de'],
    ['Deutsch', 'de'],
    ['FRANÇAIS', 'fr'],
    ['Brazilian Portuguese', 'pt-BR'],
    ['português', 'pt-BR'],
    ['中文', 'zh-CN'],
    ['日本語', 'ja'],
  ])('written as %j is %s', (text, code) => {
    expect(findLanguage(text, ALL)).toBe(code);
  });

  test.each(['', ' ', 'nl', 'Dutch', 'zh-TW', 'zh-Hant', 'C', 'x', '*', 'de de', '../en', 'null'])(
    'that this site does not write in is none: %j',
    (text) => expect(findLanguage(text, ALL)).toBeNull(),
  );

  test('is one of those that there are, whatever is typed', () => {
    const typed = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 9 }));
    fc.assert(
      fc.property(typed, (text) => {
        const found = findLanguage(text, ALL);
        expect(found === null || ALL.includes(found)).toBe(true);
      }),
    );
    expect(findLanguage('de-'.repeat(100_000), ALL)).toBeNull();
    for (const code of ALL) expect(findLanguage(code, ALL)).toBe(code);
  });

  test('is the first wanted one that there is, or the site’s own', () => {
    const languages = { own: 'fr', all: ['en', 'fr', 'de'] };
    expect(chooseLanguage(languages, null, undefined, 'nl', 'de', 'en')).toBe('de');
    expect(chooseLanguage(languages, null, 'nl')).toBe('fr');
    expect(chooseLanguage(languages)).toBe('fr');
  });

  test('is told by its own name', () => {
    const names = ['de', 'fr', 'ja'].map(formatLanguage);
    expect(names).toEqual(['Deutsch', 'Français', '日本語']);
  });
});
