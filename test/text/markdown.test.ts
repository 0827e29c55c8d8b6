import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText } from '../../src/text/clean.js';
import { cases } from './cases.js';

// The kind: marks of Markdown and wikis in texts that are shown as they are; and the same signs where
// they mean something else.

describe('Markdown', () => {
  test.each(
    cases(String.raw`
      we propose **CAPO**, a method || we propose CAPO, a method
      **CAPO**: **C**ost-**A**ware, Lo**R**A || CAPO: Cost-Aware, LoRA
      **45%** better, **+5.2**, **"quoted"**, ***very*** || 45% better, +5.2, "quoted", very
      **$\alpha$-CAPO** and **https://a.example/** || α-CAPO and https://a.example/
      *not* all, *C. elegans*, (*i.e.*, so), *k*-NN || not all, C. elegans, (i.e., so), k-NN
      __Key point__, __x__, __important idea__ || Key point, x, important idea
      ~~old~~ new                   || old new
      see [GitHub](https://github.com/a/b). || see GitHub (https://github.com/a/b).
      [https://a.example/x](https://a.example/x) || https://a.example/x
      ![fig](https://a.example/x_(y).png) [[1]](https://a.example "t") || fig (https://a.example/x_(y).png) [1] (https://a.example)
      a ''glimpse'' of ''what is''  || a “glimpse” of “what is”
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));

  test('code stays as it is', () => {
    expect(cleanText('use `code`, `__init__`, `$x$`, `a**b**c` and `\\alpha`')).toBe(
      'use code, __init__, $x$, a**b**c and \\alpha',
    );
  });

  test.each([
    ['## Summary\nWe do it.\n\n# Method\n\nIt works.', 'Summary We do it. Method It works.'],
    ['We do:\n- one\n- two\n- three', 'We do: • one • two • three'],
    ['* one\n* two\n\nThen', '• one • two Then'],
    ['> quoted\n> text', 'quoted text'],
    ['One\n\n---\n\nTwo', 'One Two'],
    ['Run\n```python\nx = 1\n```\nnow', 'Run x = 1 now'],
  ])('%j takes lines of its own', (sent, read) => expect(cleanText(sent)).toBe(read));

  test.each([
    ['a gain\n- and more\n  of it', 'a gain - and more of it'],
    ['the\n# of papers', 'the # of papers'],
    ['where\n> 5 are', 'where > 5 are'],
  ])('a wrapped line in %j is none', (sent, read) => expect(cleanText(sent)).toBe(read));
});

describe('what is no Markdown', () => {
  test.each(
    cases(`
      __init__, __main__, __FILE__, __getitem__(), __torch_function__
      [1], [CLS], [1, 2], [a](b), f[i](x), [0, 1]
      x**2 + y**2, 2**10, a*b*c, a * b * c, a *b* c, 2 * 3 * 4
      f(**kwargs, *args), **kwargs, def f(*args, **kw)
      A* search, C*-algebra, *-homomorphism, D* Lite and A*, count(*)
      p<0.05*, p<0.01**, **p < .01, ***p < .001
      src/**/*.ts and **/*.js and /** doc **/
      5'' and 6'', f'' and g'', '' and it''s
      snake_case, _private, _x_, a__b__c, __x and __y
      char *s, *t and int **p
      the "*" is special but "*" is not, "**" and "**"
      $HOME/__x__/y, a.__b__.c
      see <http://a.example/> and <think>
    `),
  )('%s', (sent, read) => expect(cleanText(sent)).toBe(read));

  test('quotation marks of TeX are read as such beside code', () => {
    expect(cleanText("`single' one, `other' two, ``double'' and `a`")).toBe(
      '‘single’ one, ‘other’ two, “double” and a',
    );
  });

  test('marks around words never take a letter away', () => {
    const word = fc.stringMatching(/^[A-Za-z]{1,8}$/);
    const sign = fc.constantFrom('**', '*', '__', '_', '`', "''", '~~', '***', '');
    const marked = fc.tuple(sign, word, sign).map((parts) => parts.join(''));
    const letters = (text: string) => text.replace(/[^A-Za-z\d]/g, '');
    fc.assert(
      fc.property(fc.array(marked), (words) => {
        const text = words.join(' ');
        expect(letters(cleanText(text))).toBe(letters(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
