import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlEngine, render, TEMPLATES, textEngine, wrap } from '../../src/digest/liquid.js';

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

describe('the engines', () => {
  const source = '{{ a }} {{ a | upcase }} {% assign b = a %}{{ b }} {{ a | raw }}';
  const context = { a: `<i>"&'` };

  test('escape every output for HTML that is not marked', () => {
    const engine = htmlEngine(TEMPLATES);
    expect(render(engine, engine.parse(source), context, 'x')).toBe(
      `&lt;i&gt;&#34;&amp;&#39; &lt;I&gt;&#34;&amp;&#39; &lt;i&gt;&#34;&amp;&#39; <i>"&'`,
    );
  });

  test('escape nothing in text', () => {
    const engine = textEngine(TEMPLATES);
    expect(render(engine, engine.parse('{{ a }}'), context, 'x')).toBe(context.a);
  });

  test('read nothing that a text from outside says', () => {
    const engine = htmlEngine(TEMPLATES);
    const evil = { a: '{{ secret }}{% include "digest/card" %}', secret: 'told' };
    expect(render(engine, engine.parse('{{ a }}'), evil, 'x')).not.toContain('told');
  });
});
