import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlEngine, render, TEMPLATES, textEngine, wrap } from '../../src/views/liquid.js';
import { english } from '../support/words.js';

describe('wrapping', () => {
  const words = fc
    .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 }))
    .map((all) => all.flatMap((word) => word.split(/\s+/)).filter(Boolean));

  test('keeps all words whole and in order, within the width', () => {
    fc.assert(
      fc.property(words, fc.constantFrom('', '     '), (all, indent) => {
        const lines = wrap(all.join('  '), 72, indent).split('\n');
        expect(lines.flatMap((line) => line.split(' ').filter(Boolean))).toEqual(all);
        for (const line of lines) {
          expect(line.startsWith(all.length > 0 ? indent : '')).toBe(true);
          if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(72);
        }
      }),
    );
  });

  test('fills lines as far as they go', () => {
    expect(wrap('aa bb cc dd', 5, '')).toBe('aa bb\ncc dd');
    expect(wrap('aa bb cc dd', 6, ' ')).toBe(' aa bb\n cc dd');
    expect(wrap('', 72, '  ')).toBe('');
  });
});

describe('a link in text', () => {
  const engine = textEngine(TEMPLATES);
  const template = engine.parse('{{ url | link }}');
  const link = (url: unknown) =>
    render(engine, template, { context: { url }, messages: english }, 'x');

  test.each([
    ['https://a.example/wiki/Foo_(bar)', 'https://a.example/wiki/Foo_(bar%29'],
    ['https://a.example/E.T.', 'https://a.example/E.T%2E'],
    ['https://a.example/draft_', 'https://a.example/draft%5F'],
    ['https://a.example/?id=a-b--', 'https://a.example/?id=a-b-%2D'],
    ['https://a.example/', 'https://a.example/'],
    ['https://a.example/?q=', 'https://a.example/?q='],
    [
      'https://doi.org/10.1016/S0140-6736(20)30183-5',
      'https://doi.org/10.1016/S0140-6736(20)30183-5',
    ],
    [null, ''],
  ])('%s is %s', (url, written) => {
    expect(link(url)).toBe(written);
  });

  test('leads to the same place, and ends in nothing that mail programs cut off', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        const { href } = new URL(url);
        const written = new URL(link(href)).href;
        expect(written).not.toMatch(/[-_.~!*'(),;:]$/);
        expect(decodeURIComponent(written)).toBe(decodeURIComponent(href));
      }),
    );
  });
});

describe('the engines', () => {
  const source = '{{ a }} {{ a | upcase }} {% assign b = a %}{{ b }} {{ a | raw }}';
  const context = { a: `<i>"&'` };

  test('escape every output for HTML that is not marked', () => {
    const engine = htmlEngine(TEMPLATES);
    expect(render(engine, engine.parse(source), { context, messages: english }, 'x')).toBe(
      `&lt;i&gt;&#34;&amp;&#39; &lt;I&gt;&#34;&amp;&#39; &lt;i&gt;&#34;&amp;&#39; <i>"&'`,
    );
  });

  test('escape nothing in text', () => {
    const engine = textEngine(TEMPLATES);
    expect(render(engine, engine.parse('{{ a }}'), { context, messages: english }, 'x')).toBe(
      context.a,
    );
  });

  test('read nothing that a text from outside says', () => {
    const engine = htmlEngine(TEMPLATES);
    const evil = { a: '{{ secret }}{% include "digest/card" %}', secret: 'told' };
    expect(
      render(engine, engine.parse('{{ a }}'), { context: evil, messages: english }, 'x'),
    ).not.toContain('told');
  });
});
