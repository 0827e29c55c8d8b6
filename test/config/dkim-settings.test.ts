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
    ['of Ed25519', () => pem(generateKeyPairSync('ed25519').privateKey), /the type ed25519/],
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

test.each(['s1; l=0', 's 1', 's1.', '.s1', 's1..x', 'a/b', 'é', 'x'.repeat(64), 's1=2'])(
  'the selector %j is refused',
  (DKIM_SELECTOR) => {
    expect(faultsOf({ ...DKIM, DKIM_SELECTOR })).toMatch(/DKIM_SELECTOR is .*, but must be a name/);
  },
);

test.each(['s1', '2026-11', 'key_1', 'a.b', 'X'])('the selector %s is taken', (DKIM_SELECTOR) => {
  expect(loadConfig({ ...DKIM, DKIM_SELECTOR }).dkim?.selector).toBe(DKIM_SELECTOR);
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
