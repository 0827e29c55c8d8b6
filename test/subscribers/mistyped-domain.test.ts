import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROVIDERS } from '../../src/subscribers/form/mail-providers.js';
import { countSlips, suggestAddress } from '../../src/subscribers/form/mistyped-domain.js';

test.each([
  ...[
    ['gmial.con', 'gmail.com'],
    ['hotnail.com', 'hotmail.com'],
    ['gmail.co', 'gmail.com'],
  ],
  ...[
    ['gamil.com', 'gmail.com'],
    ['gmail.cm', 'gmail.com'],
    ['gmail.fr', 'gmail.com'],
  ],
  ...[
    ['yahooo.com', 'yahoo.com'],
    ['hotmal.co', 'hotmail.com'],
    ['outlok.com', 'outlook.com'],
  ],
  ...[
    ['iclod.com', 'icloud.com'],
    ['gogglemail.com', 'googlemail.com'],
    ['gmx.con', 'gmx.com'],
  ],
  ...[
    ['company.con', 'company.com'],
    ['university.ogr', 'university.org'],
  ],
])('%s may be meant as %s', (typed, meant) => {
  expect(suggestAddress(`Ada.L@${typed}`)).toBe(`Ada.L@${meant}`);
});

test.each([
  ...[
    'gmx.at',
    'gmx.ch',
    'mail.com',
    'ymail.com',
    'email.com',
    'hotmail.com.ar',
    'yahoo.ca',
    'me.com',
  ],
  ...[
    'live.nl',
    'fastmail.fm',
    'mail.de',
    'mail.ru',
    'aol.de',
    'pm.me',
    'qq.com',
    'inbox.lv',
    'bk.ru',
  ],
  ...[
    'rocketmail.com',
    'tuta.io',
    'web.de',
    'uni-wien.ac.at',
    'mit.edu',
    'arxiv.org',
    'x.co',
    'ai.om',
  ],
  ...['huggingface.co', 'small.com', 'reader.test', 'example.org', 'xn--mnchen-3ya.de'],
])('%s is not asked about', (domain) => {
  expect(suggestAddress(`ada@${domain}`)).toBeNull();
});

test('no large provider is asked about, in any case', () => {
  for (const domain of PROVIDERS) expect(suggestAddress(`ada@${domain.toUpperCase()}`)).toBeNull();
});

test('what is suggested is never asked about in turn, whatever was typed', () => {
  const domain = fc.oneof(
    fc.domain(),
    fc
      .tuple(fc.constantFrom(...PROVIDERS), fc.nat(20), fc.constantFrom('', 'x', 'mm', '.'))
      .map(([name, at, put]) => name.slice(0, at) + put + name.slice(at + 1)),
  );
  fc.assert(
    fc.property(domain, (name) => {
      const meant = suggestAddress(`ada@${name}`);
      if (meant !== null) expect(suggestAddress(meant)).toBeNull();
    }),
  );
});

test('slips are letters that are wrong, missing, too many or turned round', () => {
  const slips = [
    ['gmail', 'gmail'],
    ['gmial', 'gmail'],
    ['gmal', 'gmail'],
    ['gmaiil', 'gmail'],
    ['gnail', 'gmail'],
    ['gnial', 'gmail'],
  ];
  expect(slips.map(([a = '', b = '']) => countSlips(a, b))).toEqual([0, 1, 1, 1, 1, 2]);
});
