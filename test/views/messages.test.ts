import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Catalogues } from '../../src/views/catalogues.js';
import { type Language, Messages } from '../../src/views/messages.js';

const ENGLISH: Language = { code: 'en', name: 'English', direction: 'ltr', locale: 'en-GB' };
const GERMAN: Language = { code: 'de', name: 'Deutsch', direction: 'ltr', locale: 'de' };

const say = (text: string) => new Messages(ENGLISH, new Map([['a.b', text]]));
const missing = { code: 'message_missing' };
const faulty = { code: 'message_fault' };

describe('a message', () => {
  test('counts as its language does', () => {
    const votes = say('{count, plural, one {# vote} other {# votes}}');
    expect([0, 1, 1_234].map((count) => votes.t('a.b', { count }))).toEqual([
      '0 votes',
      '1 vote',
      '1,234 votes',
    ]);
  });

  test('is plain text, in which tags vanish', () => {
    expect(say('See <link>the {what}</link>.').t('a.b', { what: '<i>' })).toBe('See the <i>.');
  });

  test('is HTML, in which a tag becomes the element that stands for it', () => {
    const html = say('{count, plural, other {<link>A <b>{what}</b> & more</link>}}').rich('a.b', {
      ...{ count: 2, what: '<i>"' },
      ...{ link: '<a href="/?a=1&amp;b=2">', b: '<strong>' },
    });
    expect(html).toBe('<a href="/?a=1&amp;b=2">A <strong>&lt;i&gt;&#34;</strong> &amp; more</a>');
  });

  test('never lets a value be more than text', () => {
    const link = say('<link>{what}</link> {what}');
    fc.assert(
      fc.property(fc.string(), (what) => {
        const html = link.rich('a.b', { what, link: '<a href="/">' });
        expect(html.replace('<a href="/">', '').replace('</a>', '')).not.toMatch(/[<>"']/);
      }),
    );
  });

  test('that is not there, or can not be read, names itself', () => {
    expect(() => say('x').t('a.c')).toThrow(expect.objectContaining(missing));
    expect(() => say('{count, plural, one {x}').t('a.b', { count: 1 })).toThrow(
      expect.objectContaining(faulty),
    );
    expect(() => say('{count}').t('a.b')).toThrow(/message a\.b of locales\/en /);
  });

  test('that one language lacks is said in the other, by its rules', () => {
    const german = new Messages(GERMAN, new Map(), say('{n, number} of {n, number}'));
    expect(german.has('a.b')).toBe(true);
    expect(german.t('a.b', { n: 1_234 })).toBe('1,234 of 1,234');
    expect(german.number(1_234)).toBe('1.234');
  });
});

test('days and lists of names are written as the language does', () => {
  const english = say('');
  expect(english.day('2026-08-21')).toBe('Friday 21 August 2026');
  expect(english.day('2026-08-21', 'medium')).toBe('Friday 21 August');
  expect(english.list(['A', 'B', 'C'])).toBe('A, B and C');
  const german = new Messages(GERMAN, new Map());
  expect(german.day('2026-08-21')).toBe('Freitag, 21. August 2026');
  expect(german.list(['A', 'B', 'C'])).toBe('A, B und C');
});

describe('catalogues', () => {
  const all = [say('yes'), new Messages(GERMAN, new Map([['a.b', 'ja']]))];

  test('give the language that is asked for, or the site’s own', () => {
    const catalogues = new Catalogues(all, 'de');
    expect(catalogues.for('en').t('a.b')).toBe('yes');
    expect(catalogues.for(null).t('a.b')).toBe('ja');
    expect(catalogues.for('fr').t('a.b')).toBe('ja');
    expect(catalogues.languages.map(({ code }) => code)).toEqual(['en', 'de']);
  });

  test('don’t begin with a site’s language that is not there', () => {
    expect(() => new Catalogues(all, 'fr')).toThrow(
      expect.objectContaining({ code: 'language_unknown' }),
    );
  });
});
