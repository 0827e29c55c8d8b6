import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from '../../src/subscribers/address.js';
import { unwrapAddress } from '../../src/subscribers/pasted-address.js';

test.each([
  ...[
    '\u200Bada@x.example',
    'ada@x.example\u202A',
    '\u202Aada@x.example\u202C',
    '\uFEFFada@x.example',
  ],
  ...[
    'a\u00ADda@x.example',
    'ada\u200B@\u2060x.example',
    '\u00A0ada@x.example\u3000',
    '\u3164ada@x.example',
  ],
  ...['mailto:ada@x.example', 'MAILTO:ada@x.example?subject=Hi', '<mailto:ada@x.example>'],
  ...[
    'Ada Lovelace <ada@x.example>',
    '"Lovelace, Ada" <ada@x.example>',
    '<ada@x.example>',
    'Ada <ada@x.example>;',
  ],
  ...['ada@x.example.', 'ada@x.example,', ', ada@x.example;', 'ada@x.example :', 'ada@x.example>'],
  ...[
    '"ada@x.example"',
    "'ada@x.example'",
    '“ada@x.example”',
    '(ada@x.example)',
    '[ada@x.example]',
  ],
  ...['ada@x.example (Ada Lovelace)', '[ada@x.example](mailto:ada@x.example)'],
  ...['\u200Bmailto:\u200Bada@x.example\u200B.', 'mailto:ad%61@x.example'],
])('%j is one address', (text) => {
  expect(parseAddress(unwrapAddress(text))).toBe('ada@x.example');
});

test.each([
  ...['[ada@x.example](mailto:bob@x.example)', 'ada@x.example (bob@x.example) c@x.example'],
  ...['ada@x.example, bob@x.example', 'ada@x.example;bob@x.example', 'a@x.example ::: b@x.example'],
  ...[
    'ada@x.example\r\nBcc: bob@x.example',
    'ada\0@x.example',
    'ada@x..example',
    '<ada>',
    'mailto:',
  ],
  ...['ada @x.example', 'Ada <ada@x.example> home', 'mailto:ada%0d%0a@x.example'],
])('%j is none', (text) => {
  expect(() => parseAddress(unwrapAddress(text))).toThrow();
});

test('joiners stay in the scripts that need them', () => {
  expect(unwrapAddress('a@نامه\u200Cای.example')).toBe('a@نامه\u200Cای.example');
  expect(unwrapAddress('a\u200C@x\u200D.example')).toBe('a@x.example');
});

test('an address stays as it is, whatever is taken off others, and it takes no time', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (address) => {
      expect(unwrapAddress(address)).toBe(address);
    }),
  );
  for (const sign of ['<', '"', '.', 'mailto:', '\u200B', "'", '(', '< >']) {
    const from = performance.now();
    unwrapAddress(`${sign.repeat(100_000)}ada@x.example`);
    expect(performance.now() - from).toBeLessThan(1_000);
  }
});
