import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { examineDkim } from '../../../src/jobs/doctor/examine-dkim.js';
import { formatTxt } from '../../../src/mail/dkim-record.js';

const pair = (key: { privateKey: import('node:crypto').KeyObject }) =>
  key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsa = (modulusLength: number) => pair(generateKeyPairSync('rsa', { modulusLength }));

/** The strings of a record, joined as a resolver gives them, and its tags. */
function readRecord(told: string) {
  const [, name = '', txt = ''] = /the DNS needs (\S+) TXT (.*)$/.exec(told) ?? [];
  const strings = [...txt.matchAll(/"([^"]*)"/g)].map(([, string = '']) => string);
  const tags = new Map(
    strings
      .join('')
      .split(/;\s*/)
      .map((tag) => {
        const [key = '', ...value] = tag.split('=');
        return [key, value.join('=')] as const;
      }),
  );
  return { name, strings, tags };
}

test('each key is told with the record to paste, in strings that DNS takes', () => {
  const keys = [2_048, 4_096].map((bits) => ({ selector: `s${bits}`, privateKey: rsa(bits) }));
  const findings = examineDkim({ domain: 'example.org', keys });
  for (const [index, { subject, ok, warns, told }] of findings.entries()) {
    const { selector = '', privateKey = '' } = keys[index] ?? {};
    expect([subject, ok, warns]).toEqual([`dkim ${selector}`, true, undefined]);
    expect(told).toContain(`signs for example.org with RSA of ${selector.slice(1)} bits`);
    const { name, strings, tags } = readRecord(told);
    expect(name).toBe(`${selector}._domainkey.example.org`);
    expect(strings.length).toBeGreaterThan(1);
    for (const string of strings) expect(string.length).toBeLessThanOrEqual(255);
    expect([tags.get('v'), tags.get('k')]).toEqual(['DKIM1', 'rsa']);
    const der = Buffer.from(tags.get('p') ?? '', 'base64');
    const published = createPublicKey({ key: der, type: 'spki', format: 'der' });
    expect(published.equals(createPublicKey(privateKey))).toBe(true);
  }
});

// RFC 8463, Appendix A.2: the example's key pair.
test('the record of an Ed25519 key has its 32 octets alone', () => {
  const d = Buffer.from('nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=', 'base64');
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), d]);
  const privateKey = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  const keys = [{ selector: 'brisbane', privateKey }];
  expect(examineDkim({ domain: 'football.example.com', keys })[0]?.told).toBe(
    'signs for football.example.com with Ed25519; the DNS needs brisbane._domainkey.football.example.com TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="',
  );
});

test('a text is divided after 255 octets, and only then', () => {
  expect(formatTxt('x'.repeat(255))).toBe(`"${'x'.repeat(255)}"`);
  expect(formatTxt('x'.repeat(256))).toBe(`"${'x'.repeat(255)}" "x"`);
});

test('without a key it is said who has to sign', () => {
  expect(examineDkim(null)).toEqual([
    { subject: 'dkim', ok: true, told: expect.stringContaining('the relay has to do it') },
  ]);
});
