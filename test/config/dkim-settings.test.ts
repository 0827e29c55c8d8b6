import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { tempDir } from '../support/program.js';
import { faultsOf } from './wrong-settings.js';

const dir = tempDir();
afterAll(() => dir.dispose());

let count = 0;
function file(text: string): string {
  const path = join(dir.path, `key${++count}`);
  writeFileSync(path, text);
  return path;
}
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });
const good = rsa(2_048);
const DKIM = {
  DKIM_DOMAIN: 'example.org',
  DKIM_SELECTOR: 's1',
  DKIM_KEY_FILE: file(pem(good.privateKey)),
  MAIL_FROM: 'papers@example.org',
};

describe('a key that mailboxes would not take', () => {
  test.each<[string, () => string, RegExp]>([
    ['of 512 bits', () => pem(rsa(512).privateKey), /of 2048 bits \(it has 512/],
    ['of 1023 bits', () => pem(rsa(1_023).privateKey), /of 2048 bits \(it has 1023/],
    ['of Ed448', () => pem(generateKeyPairSync('ed448').privateKey), /the type ed448/],
    [
      'of an elliptic curve',
      () => pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
      /the type ec/,
    ],
    [
      'of RSA-PSS',
      () => pem(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).privateKey),
      /rsa-pss/,
    ],
    [
      'that is public',
      () => good.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      /holds the public one/,
    ],
    [
      'with a passphrase',
      () =>
        good.privateKey
          .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'geheim' })
          .toString(),
      /has a passphrase/,
    ],
    ['that was cut', () => pem(good.privateKey).slice(0, 400), /not a key/],
    ['that is empty', () => '', /not a key/],
  ])('%s is refused', (_what, make, sentence) => {
    const told = faultsOf({ ...DKIM, DKIM_KEY_FILE: file(make()) });
    expect(told).toMatch(/DKIM_KEY_FILE is ".*", but must be an? .*RSA private key/);
    expect(told).toMatch(sentence);
    expect(told).not.toMatch(/geheim|BEGIN/);
  });

  test('in a folder, or nowhere, is told by its code', () => {
    expect(faultsOf({ ...DKIM, DKIM_KEY_FILE: dir.path })).toContain('(EISDIR)');
    expect(faultsOf({ ...DKIM, DKIM_KEY_FILE: join(dir.path, 'no') })).toContain('(ENOENT)');
  });
});

test.each([
  ...[
    'example.org; l=0',
    'example.org;',
    'example org',
    'example.org\tx',
    'exa_mple',
    'example.org;s=x',
  ],
  ...[
    'https://example.org',
    'a@example.org',
    '-.org',
    'example..org',
    '\u{1f600}',
    'example.org\u200b.',
  ],
])('the domain %j is refused: it would end or change the signature', (DKIM_DOMAIN) => {
  expect(faultsOf({ ...DKIM, DKIM_DOMAIN })).toMatch(/DKIM_DOMAIN is .*, but must be a domain/);
});

test.each([
  's1; l=0',
  's1 s1',
  's1,S1',
  ',',
  's1 .x',
  's1.',
  '.s1',
  's1..x',
  'a/b',
  'é',
  'x'.repeat(64),
  's1=2',
])('the selector %j is refused', (DKIM_SELECTOR) => {
  expect(faultsOf({ ...DKIM, DKIM_SELECTOR })).toMatch(
    /DKIM_SELECTOR is .*, but must be (a|another) name/,
  );
});

test.each(['s1', '2026-11', 'key_1', 'a.b', 'X'])('the selector %s is taken', (DKIM_SELECTOR) => {
  const [key] = loadConfig({ ...DKIM, DKIM_SELECTOR }).dkim?.keys ?? [];
  expect(key?.selector).toBe(DKIM_SELECTOR);
});

describe('several keys', () => {
  const ed25519 = pem(generateKeyPairSync('ed25519').privateKey);
  const [one, two] = [DKIM.DKIM_KEY_FILE, file(ed25519)];

  test.each([
    ['s1 e1', `${one} ${two}`],
    ['s1,e1', `${one},${two}`],
    [' s1 ,  e1 ', `${one} , ${two} `],
    ['s1\te1', `${one}\n${two}`],
  ])('go with as many selectors: %j', (DKIM_SELECTOR, DKIM_KEY_FILE) => {
    const { dkim, warnings } = loadConfig({ ...DKIM, DKIM_SELECTOR, DKIM_KEY_FILE });
    expect(dkim).toEqual({
      domain: 'example.org',
      keys: [
        { selector: 's1', privateKey: pem(good.privateKey) },
        { selector: 'e1', privateKey: ed25519 },
      ],
    });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['s1', `${one} ${two}`, /DKIM_SELECTOR has 1 selector, but DKIM_KEY_FILE has 2 keys/],
    ['s1 e1 x1', `${one} ${two}`, /DKIM_SELECTOR has 3 selectors, but DKIM_KEY_FILE has 2 keys/],
    ['s1 e1', one, /DKIM_SELECTOR has 2 selectors, but DKIM_KEY_FILE has 1 key:/],
    ['s1 e1', `${one} /no/such`, /DKIM_KEY_FILE is .*\(ENOENT in \/no\/such\)/],
    ['a b c d e', Array(5).fill(one).join(' '), /4 keys at most/],
    ['s1', ',', /must be the file of a private key/],
  ])('selector %s with %s is a fault', (DKIM_SELECTOR, DKIM_KEY_FILE, sentence) => {
    expect(faultsOf({ ...DKIM, DKIM_SELECTOR, DKIM_KEY_FILE })).toMatch(sentence);
  });

  test('of one kind may stand beside each other while they are changed', () => {
    const env = { ...DKIM, DKIM_SELECTOR: 's1 s2', DKIM_KEY_FILE: `${one} ${one}` };
    expect(loadConfig(env).dkim?.keys.map(({ selector }) => selector)).toEqual(['s1', 's2']);
  });

  test('the path of one may hold spaces and commas', () => {
    const path = join(dir.path, 'my key, of papers.pem');
    writeFileSync(path, pem(good.privateKey));
    expect(loadConfig({ ...DKIM, DKIM_KEY_FILE: path }).dkim?.keys).toHaveLength(1);
  });

  test('without an RSA key many mailboxes see no signature: told', () => {
    const { warnings } = loadConfig({ ...DKIM, DKIM_KEY_FILE: two });
    expect(warnings).toEqual([expect.stringMatching(/no RSA key.*RFC 8463/)]);
  });

  test('the weak one is named', () => {
    const weak = file(pem(rsa(1_024).privateKey));
    const env = { ...DKIM, DKIM_SELECTOR: 's1 w1', DKIM_KEY_FILE: `${one} ${weak}` };
    expect(loadConfig(env).warnings).toEqual([
      expect.stringContaining('DKIM_KEY_FILE for w1 has 1024 bits'),
    ]);
  });
});

describe('a signature that does not speak for the sender (DMARC)', () => {
  const warnings = (DKIM_DOMAIN: string, domain: string) =>
    loadConfig({ ...DKIM, DKIM_DOMAIN, MAIL_FROM: `papers@${domain}` }).warnings;

  test.each([
    ['example.net', 'example.org'],
    ['example.org', 'notexample.org'],
    ['mail.example.com', 'example.org'],
    ['provider.co.uk', 'example.co.uk'],
  ])('d=%s, sender at %s: told', (signed, sender) => {
    expect(warnings(signed, sender)).toEqual([expect.stringMatching(/^DKIM_DOMAIN is .*DMARC/)]);
  });

  test.each([
    ['example.org', 'example.org'],
    ['example.org', 'mail.example.org'],
    ['mail.example.org', 'news.example.org'],
    ['EXAMPLE.org', 'example.ORG'],
    ['mail.example.co.uk', 'example.co.uk'],
  ])('d=%s, sender at %s: nothing to tell', (signed, sender) => {
    expect(warnings(signed, sender)).toEqual([]);
  });

  test('a key of 1024 bits works, with a warning', () => {
    const DKIM_KEY_FILE = file(pem(rsa(1_024).privateKey));
    expect(loadConfig({ ...DKIM, DKIM_KEY_FILE }).warnings).toEqual([
      expect.stringContaining('has 1024 bits'),
    ]);
  });
});
