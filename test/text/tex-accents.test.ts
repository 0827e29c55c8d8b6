import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText } from '../../src/text/clean.js';
import { marks } from '../../src/text/tex-symbols.js';
import { cases } from './cases.js';

// The kind: a letter with an accent as TeX writes it, with braces or without, with a dotless i, with
// a space behind a command, wherever in the word it stands; and backslashes that are no accents.

describe('accents', () => {
  test.each(
    cases(String.raw`
      \'Etale cohomology, \'{E}tale, {\'E}tale, \'{Et}ale || Étale cohomology, Étale, Étale, Étale
      Erd\H os, Erd\H{o}s, Erd{\H o}s || Erdős, Erdős, Erdős
      Garc\'\i a, Garc\'{\i}a, Garc{\'\i}a, Garc\'ia || García, García, García, García
      na\"\i ve, na\"{\i}ve, na\"ive || naïve, naïve, naïve
      {\"o}, \"{u}, \c{c}, \v s     || ö, ü, ç, š
      Du\v san, \v Cech, \v{C}ech, Ho{\v{r}}ej{\v{s}}{\'\i} || Dušan, Čech, Čech, Hořejší
      Fran\c cois, \c Ca, W\k asik, Erdo\u gan, \r Ahus || François, Ça, Wąsik, Erdoğan, Åhus
      \aa ngstr\"om, \AA rhus, S{\o}ren, S\o ren, Stra\ss e || ångström, Århus, Søren, Søren, Straße
      \L{}ukasz, {\L}ukasz, \L ukasz, \DJ or\dj e, \O{}re || Łukasz, Łukasz, Łukasz, Đorđe, Øre
      ${'\\`'}A la carte, voil${'\\`'}a, \^Ile, Mu\~noz, \~Nandu || À la carte, voilà, Île, Muñoz, Ñandu
      \.Zelazny, \.{Z}elazny, \.Istanbul, \=ata, M\=aori || Żelazny, Żelazny, İstanbul, āta, Māori
      Mihajlovi\'c, Wi\'sniewski, Ka\'zmierczak || Mihajlović, Wiśniewski, Kaźmierczak
      L\'evy, L\'opez, D\'iaz, GARC\'IA || Lévy, López, Díaz, GARCÍA
      \'{\^e}, \d{\^e}, \d{o}, Ra\d sid || ế, ệ, ọ, Raṣid
      Erd$\H{o}$s, caf$\acute{e}$   || Erdős, café
      \"Uber, f\"ur                 || Über, für
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));

  test.each(
    cases(String.raw`
      it\'s, we\'re, don\'t, I\'ll, 5 o\'clock || it's, we're, don't, I'll, 5 o'clock
      O\'Connor, O\'NEILL and D\'Angelo || O'Connor, O'NEILL and D'Angelo
      say \"hello\" and \"understanding it\" || say "hello" and "understanding it"
      \'a word\' and \'every word\' || 'a word' and 'every word'
      rock \'n\' roll               || rock 'n' roll
      matches \d and \w and \b and \d+
      a\.b, example\.com, foo\.zip
      caf\u00e9
    `),
  )('no accent: %s', (sent, read) => expect(cleanText(sent)).toBe(read));

  test('every letter with an accent that Unicode has, in every way of writing it, anywhere', () => {
    const signs = [...'\'`^"~=.uvHrckdb'].map((sign) => [sign, marks.get(sign) ?? ''] as const);
    const letters = [...'abcdeghiklmnoprstuvwyzABCDEGHIKLMNOPRSTUVWYZ'];
    const accented = signs.flatMap(([sign, mark]) =>
      letters
        .map((letter) => ({ sign, letter, read: `${letter}${mark}`.normalize('NFC') }))
        .filter(({ read }) => [...read].length === 1),
    );
    expect(accented.length).toBeGreaterThan(200);
    const ways = [
      (sign: string, letter: string) => `\\${sign}{${letter}}`,
      (sign: string, letter: string) => `{\\${sign}{${letter}}}`,
      (sign: string, letter: string) => `\\${sign}{${letter === 'i' ? '\\i' : letter}}`,
    ];
    const word = fc.stringMatching(/^[a-z]{0,6}$/);
    fc.assert(
      fc.property(
        ...[word, fc.constantFrom(...accented), fc.constantFrom(...ways), word],
        (before, { sign, letter, read }, write, after) => {
          expect(cleanText(`${before}${write(sign, letter)}${after}`)).toBe(
            `${before}${read}${after}`,
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('letters of European alphabets need no braces inside a word', () => {
    const letters: Readonly<Record<string, string>> = {
      ...{ "'": 'áéíóúýćńśź', '`': 'àèìòù', '^': 'âêîôûĉĝĥĵŝ', '"': 'äëïöüÿ', '~': 'ãñõ' },
      ...{ '=': 'āēīōū', 'v ': 'čďěňřšťž', 'u ': 'ăğŭ', 'H ': 'őű', 'r ': 'åů', 'c ': 'çşţ' },
      ...{ 'k ': 'ąęįų', 'd ': 'ạẹịọụ' },
    };
    for (const [sign, all] of Object.entries(letters)) {
      for (const letter of all) {
        const plain = letter.normalize('NFD').charAt(0);
        expect(cleanText(`Wor\\${sign}${plain}ka`)).toBe(`Wor${letter}ka`);
      }
    }
  });
});
