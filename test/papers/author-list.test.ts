import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthors, parseGivenFirst } from '../../src/papers/author-list.js';
import { cleanText } from '../../src/text/clean.js';

/**
 * One text that names several authors, in the forms in which feeds, RDF, BibTeX, reference managers
 * and indexes write it. Whatever the form: all are found, none is torn apart, given names are first.
 */
describe('a list of authors in one text', () => {
  test.each([
    ['Li, X., Wang, Y., van der Berg, P.-J.', ['X. Li', 'Y. Wang', 'P.-J. van der Berg']],
    ['A Author and B Author', ['A Author', 'B Author']],
    ['A. One, B. Two and C. Three', ['A. One', 'B. Two', 'C. Three']],
    ['A. One, B. Two, and C. Three', ['A. One', 'B. Two', 'C. Three']],
    ['A, B and C', ['A', 'B', 'C']],
    ['Li, X., Wang, Y., & Zhang, Z.', ['X. Li', 'Y. Wang', 'Z. Zhang']],
    ['Li, X, Wang, Y', ['X Li', 'Y Wang']],
    ['Manin, Yu. A., Gelfand, I. M.', ['Yu. A. Manin', 'I. M. Gelfand']],
    ['Yu. A. Manin, I. M. Gelfand', ['Yu. A. Manin', 'I. M. Gelfand']],
    ['Knuth, Donald E., Hopper, Grace B.', ['Donald E. Knuth', 'Grace B. Hopper']],
    ['Lovelace, Ada, Hopper, Grace', ['Ada Lovelace', 'Grace Hopper']],
    ['Ada Lovelace, Grace Hopper', ['Ada Lovelace', 'Grace Hopper']],
    ['One, Ann; Two, Bo', ['Ann One', 'Bo Two']],
    ['Ann One; Bo Two; Plato', ['Ann One', 'Bo Two', 'Plato']],
    ['Garcia Marquez, Gabriel; Borges, Jorge', ['Gabriel Garcia Marquez', 'Jorge Borges']],
    ['Lovelace, Ada and Hopper, Grace', ['Ada Lovelace', 'Grace Hopper']],
    ['Lovelace, Ada, Alan Turing, and Bo Li', ['Ada Lovelace', 'Alan Turing', 'Bo Li']],
    ['{Barnes and Noble} and Doe, Jane', ['Barnes and Noble', 'Jane Doe']],
    ['Smith J, Jones AB, van der Berg P', ['J. Smith', 'A. B. Jones', 'P. van der Berg']],
    ['Müller, Hans und Schmidt, Eva', ['Hans Müller', 'Eva Schmidt']],
    ['Plato, Socrates, Zeno', ['Plato', 'Socrates', 'Zeno']],
    ['Li Wei, Wang Fang', ['Li Wei', 'Wang Fang']],
    ['李小明、王芳', ['李小明', '王芳']],
    ['李小明，王芳 等', ['李小明', '王芳']],
    ['李明, 王芳', ['李明', '王芳']],
    ['Garcia Marquez, Gabriel\r\nLovelace, Ada', ['Gabriel Garcia Marquez', 'Ada Lovelace']],
    ['Ada Lovelace,\n  Bo\n  Li', ['Ada Lovelace', 'Bo Li']],
  ])('%s', (text, names) => expect(parseAuthors([text])).toEqual(names));

  test.each([
    ['Hopper, Grace', 'Grace Hopper'],
    ['de la Cruz, Juan', 'Juan de la Cruz'],
    ['Berg, P.-J. van der', 'P.-J. van der Berg'],
    ['King, Martin Luther, Jr.', 'Martin Luther King Jr.'],
    ['Martin Luther King, Jr.', 'Martin Luther King Jr.'],
    ['Smith, III, John', 'John Smith III'],
    ['李, 小明', '李小明'],
    ['Plato', 'Plato'],
    ['José Ortega y Gasset', 'José Ortega y Gasset'],
    ['Lucas Costa e Silva', 'Lucas Costa e Silva'],
    ['Gloria von Thurn und Taxis', 'Gloria von Thurn und Taxis'],
    ['Marks & Spencer', 'Marks & Spencer'],
    ['Virgo and LIGO Collaborations', 'Virgo and LIGO Collaborations'],
    ['Research and Development Team', 'Research and Development Team'],
    // It may be one, and it may be two: it stays as it is.
    ['Garcia Marquez, Gabriel', 'Garcia Marquez, Gabriel'],
    ['Ada Lovelace, Plato', 'Ada Lovelace, Plato'],
  ])('%s is one', (text, name) => expect(parseAuthors([text])).toEqual([name]));

  test.each([
    ['Li et al.', ['Li']],
    ['Li, X., Wang, Y., et al.', ['X. Li', 'Y. Wang']],
    ['Ada Lovelace and 12 others', ['Ada Lovelace']],
    [
      'Ada Lovelace (MIT, Boston), Bob Kahn [2] and Bo Li (X)',
      ['Ada Lovelace', 'Bob Kahn', 'Bo Li'],
    ],
    ['Wei (Wayne) Zhang, Bo Li', ['Wei (Wayne) Zhang', 'Bo Li']],
    ['Ada Lovelace1,2, Grace Hopper3,*', ['Ada Lovelace', 'Grace Hopper']],
    ['Ada Lovelace, PhD, Grace Hopper, MD', ['Ada Lovelace', 'Grace Hopper']],
    ['Jane Doe <jane@x.example>, Bo Li', ['Jane Doe', 'Bo Li']],
    ['jane@x.example (Jane Doe)', ['Jane Doe']],
    ['Authors: Ada Lovelace, Bo Li', ['Ada Lovelace', 'Bo Li']],
    ['by Ada Lovelace and Bo Li', ['Ada Lovelace', 'Bo Li']],
    ['Byron Lovelace', ['Byron Lovelace']],
    ['Smith J.; Doe A.B.; Li X.-Y.', ['J. Smith', 'A. B. Doe', 'X.-Y. Li']],
    ['Smith J., Doe A.B.', ['J. Smith', 'A. B. Doe']],
    ['Smith JA; de la Cruz M', ['J. A. Smith', 'M. de la Cruz']],
    ['Ada L., Bo K.', ['Ada L.', 'Bo K.']],
    ['Ada Lovelace; Smith J.', ['Ada Lovelace', 'Smith J.']],
    ["Erd\\H{o}s, P., R\\'enyi, A.", ['P. Erdős', 'A. Rényi']],
    [', ;  , :', []],
  ])('%s: what is said beside is left out', (text, names) => {
    expect(parseAuthors([text])).toEqual(names);
  });

  test.each([
    ['ATLAS Collaboration, Aad, G., Abbott, B.', ['ATLAS Collaboration', 'G. Aad', 'B. Abbott']],
    ['J. Doe and the Virgo Collaboration', ['J. Doe', 'the Virgo Collaboration']],
    ['ATLAS Collaboration and CMS Collaboration', ['ATLAS Collaboration', 'CMS Collaboration']],
    [
      'Doe, Jane; Institute of Physics and Chemistry',
      ['Jane Doe', 'Institute of Physics and Chemistry'],
    ],
  ])('%s: groups have one name', (text, names) => expect(parseAuthors([text])).toEqual(names));
});

test('of several texts each may be an author, or hold some', () => {
  expect(parseAuthors(['Garcia Marquez, Gabriel', 'Lovelace, Ada'])).toEqual([
    'Gabriel Garcia Marquez',
    'Ada Lovelace',
  ]);
  expect(parseAuthors(['Ada Lovelace', ' ', 'Bo Li, Wei Wu'])).toEqual([
    'Ada Lovelace',
    'Bo Li',
    'Wei Wu',
  ]);
});

test('where given names are known to be first, every comma stands between two', () => {
  const text = 'Ada Lovelace (MIT, X), Bob, John Smith, Jr., The A Team, 李明 (清华大学)';
  const names = ['Ada Lovelace', 'Bob', 'John Smith Jr.', 'The A Team', '李明'];
  expect(parseGivenFirst(text)).toEqual(names);
});

const family = fc.constantFrom('Li', 'Lovelace', 'Ångström', "O'Neil", 'Abu-Bakr', 'van der Berg');
const given = fc.constantFrom('Ada', 'Xiaoming', 'Émile', 'Jean-Pierre');
const initials = fc.constantFrom('A.', 'P.-J.', 'J. R.', 'Yu.', 'É.');
const people = <T>(first: fc.Arbitrary<T>, minLength: number) =>
  fc.array(fc.record({ first, family }), { minLength, maxLength: 12 });
type Person = { first: string; family: string };
const straight = (all: Person[]) => all.map(({ first, family }) => `${first} ${family}`);
const inverted = (all: Person[]) => all.map(({ first, family }) => `${family}, ${first}`);
const joinLast = (names: string[], and: string) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')}${and}${names.at(-1)}`;

describe('whoever is in it comes out of it', () => {
  const anyFirst = fc.oneof(given, initials);
  test.each<[string, number, fc.Arbitrary<string>, (all: Person[]) => string]>([
    ['inverted, with initials', 1, initials, (all) => inverted(all).join(', ')],
    ['inverted, with names', 1, given, (all) => inverted(all).join(', ')],
    ['inverted, with and', 1, initials, (all) => joinLast(inverted(all), ', and ')],
    ['inverted, with &', 1, initials, (all) => joinLast(inverted(all), ', & ')],
    ['inverted, with semicolons', 2, anyFirst, (all) => inverted(all).join('; ')],
    ['BibTeX', 2, anyFirst, (all) => inverted(all).join(' and ')],
    ['BibTeX, straight', 1, anyFirst, (all) => straight(all).join(' and ')],
    ['straight, with commas', 1, anyFirst, (all) => straight(all).join(', ')],
    ['straight, with and', 1, anyFirst, (all) => joinLast(straight(all), ' and ')],
    ['straight, with comma and and', 1, anyFirst, (all) => joinLast(straight(all), ', and ')],
    ['straight, with semicolons', 1, anyFirst, (all) => straight(all).join(';')],
    [
      'with numbers',
      2,
      anyFirst,
      (all) =>
        straight(all)
          .map((one, n) => `${one}${n + 1}`)
          .join(', '),
    ],
    [
      'with brackets',
      1,
      anyFirst,
      (all) =>
        straight(all)
          .map((one) => `${one} (A, B)`)
          .join(', '),
    ],
    ['and others', 1, initials, (all) => `${inverted(all).join(', ')}, et al.`],
  ])('%s', (_form, least, first, format) => {
    fc.assert(
      fc.property(people(first, least), (all) => {
        expect(parseAuthors([format(all)])).toEqual(straight(all));
      }),
    );
  });
});

test('whatever it is, no word comes from nowhere, and it takes no time', () => {
  const piece = fc.constantFrom(
    ...[
      ', ',
      '; ',
      ' and ',
      ' & ',
      ' ',
      '(',
      ')',
      '{',
      '}',
      '.',
      'et al.',
      '、',
      '*',
      '1',
      '<',
      '@',
    ],
    ...['Li', 'X.', 'Jr.', 'van', 'der', 'Team', '李明', 'Ada', 'III', 'JA', 'the'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      // Braces are TeX, and go.
      const text = cleanText(pieces.join(''));
      for (const name of [...parseAuthors([text]), ...parseGivenFirst(text)]) {
        expect(name.trim()).toBe(name);
        expect(name).toMatch(/\p{L}/u);
        for (const word of name.match(/[\p{L}]+/gu) ?? []) expect(text).toContain(word);
      }
    }),
  );
  for (const one of [
    ',',
    '@',
    '<@',
    '(a)',
    '( ',
    '*',
    ' and a',
    '& ',
    '{a} and ',
    'A.',
    ' ,;',
    ' ',
    '\n',
  ]) {
    parseAuthors([one.repeat(100_000)]);
  }
}, 20_000);
