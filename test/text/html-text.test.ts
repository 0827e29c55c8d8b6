import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlToText } from '../../src/text/html-text.js';

describe('HTML as text', () => {
  test.each([
    ['<p>One<br>two</p><ul><li>three</li></ul>', 'One two three'],
    ['a&nbsp;&lt;b&gt; &amp; &#955;', 'a <b> & λ'],
    ['x<style>p{}</style><script>alert("<b>")</script>y', 'xy'],
    ['Let a < b and <think>hard</think> <or-not>', 'Let a < b and <think>hard</think> <or-not>'],
    ['<jats:p>Deep <jats:italic>cells</jats:italic></jats:p>', 'Deep cells'],
    ['<math><mi>x</mi><mo>+</mo><mn>1</mn></math>', 'x+1'],
    ['<!-- hidden --><a href="javascript:1" onclick="2">link</a><img src=x onerror=1>', 'link'],
  ])('%s', (html, text) => {
    expect(htmlToText(html).replace(/\s+/g, ' ').trim()).toBe(text);
  });

  test('whatever it is, it ends, and leaves no element of HTML', () => {
    const piece = fc.oneof(
      fc.constantFrom('<', '>', '</', '<b', '<script>', '</script>', '<!--', '-->', '<![CDATA['),
      fc.constantFrom('<img src=x onerror=y>', '&lt;', '&#x3c;', '<svg', '/>', '"', "'", ' ', '='),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = htmlToText(pieces.join(''));
        expect(text.length).toBeLessThanOrEqual(pieces.join('').length * 2 + 10);
      }),
    );
  });

  // The kind: as many elements open as there are letters. A parser looks at all of them at each tag.
  test.each(['<x>', '<b>', '<x></y>', '<ul><li>', '<svg>', '<x><b></x>', '<table><td>'])(
    'as many %s as there is room for take about as long as flat ones',
    (tags) => {
      const toTime = (piece: string) => {
        const html = piece.repeat(400_000 / piece.length);
        const times = Array.from({ length: 3 }, () => {
          const began = performance.now();
          htmlToText(html);
          return performance.now() - began;
        });
        return Math.min(...times);
      };
      expect(toTime(tags)).toBeLessThan(8 * toTime('<x></x>'));
    },
  );

  test('what is nested too deep is text like the rest', () => {
    expect(htmlToText(`a${'<b>'.repeat(1_000)}b${'</b>'.repeat(1_000)}c`)).toBe('abc');
    expect(htmlToText(`${'<svg>'.repeat(300)}x`)).toBe('');
  });
});
