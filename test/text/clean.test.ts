import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText, shorten, shortenProse } from '../../src/text/clean.js';
import { expectLinear } from '../support/growth.js';

const TEX = [
  ...[
    '\\unicode{x202e}',
    '\\unicode{xE000}',
    '\\unicode{0}',
    '\\v s',
    "\\'",
    '**',
    '[a](',
    '1times',
  ],
  ...['\\', '$', '$$', '^', '_', '{', '}', '~', '`', '``', "''", '--', '---', '\\(', '\\)', '\\['],
  ...[
    '\\textbf{',
    '\\alpha',
    '\\frac',
    '\\sqrt[',
    '\\hat',
    '\\href{',
    '\\"',
    '\\%',
    '\\\\',
    'https://a.b/',
  ],
];
/** Pieces of texts as sources send them: one sends TeX, another what is left of it. */
const TEX_SENT = [
  ...[
    '$\\alpha$',
    '$x^{2}$',
    '\\textbf{a}',
    '{\\bf a}',
    "\\'Etale",
    'Erd\\H os',
    '\\%',
    '\\emph{b}',
  ],
  ...[
    '\\cite{a}',
    '\\unicode{x2014}',
    '\\overset{d}{=}',
    '\\ours',
    '10^{19}',
    "``quoted''",
    'a~b',
    'a--b',
  ],
  ...[
    '$\\times$',
    '$\\frac{a}{b}$',
    '\\url{https://a.example/b_c}',
    '\\c{c}',
    '\\texorpdfstring{$k$}{k}',
  ],
];
const BARE_SENT = [
  ...[
    '1.5times',
    'leq 4',
    'sim 10%',
    'pm 0.3',
    '5% rightarrow 6%',
    '90^circ',
    'mathcalO(n)',
    '\\1 million',
  ],
  ...[
    'approx 30K',
    'tau^2',
    'pi_0',
    'mathbbR^d',
    'textbfA',
    'times',
    'sim',
    'circ',
    'n leq m',
    'infty',
  ],
  ...['**bold**', '*em*', '__Strong one__', "''quoted''", '[a](https://a.example/b)', '`code`'],
  ...['https://a.example/b_c', '[1]', '[CLS]', 'x_1', '__init__', '*', '_'],
];
const NASTY = [
  ...['\r\n', '\n', '\t', '\0', '\x1b[31m', '\x7f', '\x85', '\xa0', '\xad', '\u061c', '\u200b'],
  ...['\u200d', '\u2028', '\u2029', '\u202e', '\u2066', '\u2069', '\u3164', '\ud800', '\udfff'],
  ...[
    '\ue000',
    '\uf8ff',
    '\ufdd0',
    '\ufeff',
    '\uffff',
    '\u{e0041}',
    '\u{10ffff}',
    '\u0301',
    '👩‍🚀',
  ],
];
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ maxLength: 10 }),
      fc.constantFrom(...TEX),
      fc.constantFrom(...NASTY),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''));
const runs = { numRuns: 2_000 };

describe('cleanText on hostile strings', () => {
  test('gives one well-formed line without anything hidden', () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const clean = cleanText(raw);
        expect(clean).not.toMatch(/[\p{Cc}\p{Co}\p{Zl}\p{Zp}]/u);
        expect(clean).not.toMatch(/\p{Bidi_Control}|\p{Noncharacter_Code_Point}/u);
        expect(clean).not.toMatch(/[\u00AD\u200B\u2060\u3164\uFEFF\u{E0000}-\u{E007F}]/u);
        expect(clean).not.toMatch(/(?<=[A-Za-z\d ])[\u200C\u200D]|[\u200C\u200D]{2}|\u034F/u);
        expect(clean).not.toMatch(/^\s|\s$|\s\s|[^\S ]/u);
        expect(clean).toBe(clean.toWellFormed().normalize('NFC'));
      }),
      runs,
    );
  });

  test('never makes a string much longer', () => {
    fc.assert(
      // Composing (NFC) gives up to three units for one; everything else shrinks.
      fc.property(hostile, (raw) => {
        expect(cleanText(raw).length).toBeLessThanOrEqual(3 * raw.length);
      }),
      runs,
    );
  });

  test('changes nothing the second time where no TeX is left', () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const once = cleanText(raw.replace(/[\\$^_~`{}'-]/g, ''));
        expect(cleanText(once)).toBe(once);
      }),
      runs,
    );
  });

  test.each([
    ['TeX', TEX_SENT],
    ['what is left of TeX', BARE_SENT],
  ])('changes nothing the second time where sources send %s', (_kind, sent) => {
    const piece = fc.oneof(
      fc.constantFrom(...sent),
      // Too long for an operator's name.
      fc.stringMatching(/^[A-Za-z][aeiou][a-z]{2,6}[aeiou]$/),
      fc.stringMatching(/^\d{1,4}(\.\d{1,2})?%?$/),
      fc.constantFrom(',', '.', '(e.g.,', ')', '–'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const once = cleanText(pieces.join(' '));
        expect(cleanText(once)).toBe(once);
      }),
      { numRuns: 5_000 },
    );
  });

  test('keeps every visible character of text without TeX or Markdown, in its order', () => {
    const word = fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 12 });
    const plain = word
      .map((text) => text.replace(/[\\$^_~`{}*\s'\u2800\u3164\uFFA0-]/g, ''))
      .filter(Boolean);
    fc.assert(
      fc.property(fc.array(plain), fc.constantFrom(' ', '\n', '\r\n  ', '\u2028'), (words, gap) => {
        expect(cleanText(words.join(gap))).toBe(words.join(' ').normalize('NFC'));
      }),
      runs,
    );
  });

  test('leaves names of programs, options and addresses as they are', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(_{1,2}[a-z\d]{1,8}){0,3}$/);
    const option = fc.stringMatching(/^--?[a-z]{1,8}(-[a-z]{1,8})?(=\w{1,5})?$/);
    const address = fc
      .webUrl({ withFragments: true, withQueryParameters: true })
      .filter((url) => !/[$`]/.test(url));
    fc.assert(
      fc.property(fc.array(fc.oneof(name, option, address), { minLength: 1 }), (words) => {
        expect(cleanText(words.join(' '))).toBe(words.join(' '));
      }),
      runs,
    );
  });
});

describe('cleanText on real traits of titles', () => {
  test.each([
    ['Two lines\n  of a title', 'Two lines of a title'],
    ['a\r\nb\tc\u00a0d\u3000e\u0085f\u2028g', 'a b c d e f g'],
    ['When <think> Runs </think> &amp; <b>on</b>', 'When <think> Runs </think> &amp; <b>on</b>'],
    ['safe\u202Egnp.exe', 'safegnp.exe'],
    ['zero\u200bwidth\ufeff\u2060, soft\u00adhyphen', 'zerowidth, softhyphen'],
    ['Cafe\u0301', 'Caf\u00e9'],
    ['half \ud83d\ude80 whole, half \ud83d', 'half 🚀 whole, half \ufffd'],
    ['👩‍👩‍👧 ❤️ می‌خواهم क्‍ष 葛\u{e0100}城', '👩‍👩‍👧 ❤️ می‌خواهم क्‍ष 葛\u{e0100}城'],
    ['β-Flow à la Poincaré 深層 (Ω)', 'β-Flow à la Poincaré 深層 (Ω)'],
    [' \u200b\n\u3164 ', ''],
    ['pay\u200dpal pay\u200cpal ma\ufe0fth a\u034fb 3\u180b', 'paypal paypal math ab 3'],
    ['می\u200c\u200c\u200cخواهم \u200cمی\u200c \u200d🚀\u200d', 'می\u200cخواهم می 🚀'],
    ['1\ufe0f\u20e3 👍🏽 👨🏽\u200d🚀 ⚕\ufe0f\ufe0f', '1\ufe0f\u20e3 👍🏽 👨🏽\u200d🚀 ⚕\ufe0f'],
    ['\u115fa \u1100\u1160 b\u1160', 'a \u1100\u1160 b'],
  ])('%j', (raw, clean) => expect(cleanText(raw)).toBe(clean));
});

describe('cleanText on 100 KB', () => {
  const SIZE = 100_000;
  const isReadOnce = (unit: string, before = '') => {
    const raw = before + unit.repeat(Math.ceil(SIZE / unit.length));
    return expectLinear((parts) => cleanText(raw.slice(0, (parts * SIZE) / 4)));
  };
  const units = [
    ...[
      ...TEX,
      ...NASTY,
      ' ',
      'a',
      'é',
      '{}',
      '{{a}}',
      '$a$',
      '$a',
      '\\(a',
      '$x_{',
      'x_{1}',
      'x^{',
    ],
    ...[
      '\\a',
      '\\aa ',
      '\\not\\in',
      '\\not',
      '\\left',
      '\\textbf{x}',
      '\\emph{a',
      '\\frac{a}{b}',
      '{\\bf a',
    ],
    ...[
      '\\sqrt[3]',
      '\\hat{',
      '\\text {',
      '\\cite[',
      'a--',
      'a~',
      '``a',
      "`a'",
      'a.',
      'a.b/',
      'A:\\a',
    ],
    ...['https://', 'https://a{', '1{,}', '\\item', '\\"a', '--- ', 'a -- '],
    ...[
      '4times',
      ' 1 times',
      'sim 1',
      '1sim',
      'n leq ',
      'n approx 1',
      'A rightarrow ',
      '1 pm 0.1 ',
    ],
    ...[
      'mathbb',
      'textbf{a',
      '_textbf',
      'pi_0 ',
      'p_theta',
      'sqrt',
      'frac1',
      'langle a',
      'O(nlog ',
    ],
    ...['\\1', ' \\1--', '\\5 million ', '1,s', '5mu', '^circ', 'infty ', '1,dots,'],
    ...[
      '**a',
      '**a**',
      ' *a',
      '__a',
      ' __a__',
      "''a",
      " ''a''",
      '`a',
      '~~a',
      '[a](http://a',
      '[[',
      '![a](',
    ],
    ...[
      '\n- a',
      '\n\n# a',
      '\n> a',
      '\n```',
      '\n---',
      '\n  ',
      "\\'a",
      ' \\"a',
      '\\H o',
      '\\v{',
      '\\unicode{',
    ],
  ];

  test.each(units)('of %j are read once', (unit) => isReadOnce(unit));

  test('of any pattern are read once', async () => {
    const pattern = fc.array(fc.constantFrom(...units), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(pattern, fc.boolean(), (pieces, twice) =>
        isReadOnce(pieces.join(''), twice ? `${'{'.repeat(100)}$` : ''),
      ),
      { numRuns: 60 },
    );
  });
});

describe('shorten', () => {
  test('fits, is well formed and begins like the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 60 }), (text, max) => {
        const short = shorten(text, max);
        expect(short.length).toBeLessThanOrEqual(Math.max(max, 0));
        expect(short.isWellFormed()).toBe(true);
        if (text.length <= max) expect(short).toBe(text);
        else if (max > 0) {
          expect(short.endsWith('…')).toBe(true);
          expect(text.startsWith(short.slice(0, -1))).toBe(true);
        }
      }),
      runs,
    );
  });

  test.each([
    ['One two three four', 14, 'One two three…'],
    ['One two, three four', 10, 'One two…'],
    ['Incomprehensibilities', 10, 'Incompreh…'],
    ['🚀🚀🚀🚀', 4, '🚀…'],
  ])('%j in %i', (text, max, short) => expect(shorten(text, max)).toBe(short));
});

describe('shortenProse', () => {
  const text = 'First it does this, e.g. that. Then it does more. And at last it ends here.';

  test.each([
    [80, text],
    [60, 'First it does this, e.g. that. Then it does more.'],
    [50, 'First it does this, e.g. that. Then it does more.'],
    [49, 'First it does this, e.g. that. Then it does more.'],
    [48, 'First it does this, e.g. that.'],
    [28, 'First it does this, e.g…'],
    [12, 'First it…'],
    [0, ''],
  ])('in %i', (max, short) => expect(shortenProse(text, max)).toBe(short));

  test('never takes more room than it has', () => {
    const sentence = fc.constantFrom(
      'It works. ',
      'Does it? ',
      'Yes! ',
      'vs. others ',
      'a b c ',
      'Ω. ',
    );
    fc.assert(
      fc.property(fc.array(sentence), fc.integer({ min: 0, max: 60 }), (parts, max) => {
        expect(shortenProse(parts.join(''), max).length).toBeLessThanOrEqual(max);
      }),
      runs,
    );
  });
});
