import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildDkimRecord } from '../../../src/mail/dkim-record.js';
import { lookUpAt } from './looked-up.js';

const toPem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const RSA = toPem(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey);
const OTHER = toPem(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey);
const ED25519 = toPem(generateKeyPairSync('ed25519').privateKey);

const NAME = 's1._domainkey.example.org';
const wanted = (privateKey: string) => {
  const key = { domain: 'example.org', selector: 's1', privateKey };
  return buildDkimRecord(key.domain, key).text;
};
const split = (text: string, at = 255) => text.match(new RegExp(`.{1,${at}}`, 'g')) ?? [''];

/** With these texts at the selector's name; each is divided into strings as it has to be. */
async function look(privateKey: string, ...texts: string[]): Promise<string> {
  const dkim = { domain: 'example.org', selector: 's1', privateKey };
  const names = texts.length > 0 ? { [NAME]: { txt: texts.map((text) => split(text)) } } : {};
  const lines = await lookUpAt('dkim s1', names, { dkim });
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

test('the record of the key is in order, of RSA and of Ed25519', async () => {
  expect(await look(RSA, wanted(RSA))).toBe(
    `ok the record at ${NAME} is that of our key (RSA of 2048 bits)`,
  );
  expect(await look(ED25519, wanted(ED25519))).toBe(
    `ok the record at ${NAME} is that of our key (Ed25519)`,
  );
});

describe('ways to write the same key', () => {
  const p = wanted(RSA).replace(/^.*p=/, '');
  const pkcs1 = createPublicKey(RSA).export({ type: 'pkcs1', format: 'der' }).toString('base64');
  test.each([
    ['without version and kind', `p=${p}`],
    ['with white space', `v = DKIM1 ; k = rsa ; p = ${p.replace(/.{60}/g, '$& ')}`],
    ['with a semicolon at its end', `v=DKIM1; p=${p};`],
    ['with all tags', `v=DKIM1; h=sha1:sha256; k=RSA; n=a note; s=email; t=s; x=y; p=${p}`],
    ['for all services', `v=DKIM1; s=*; p=${p}`],
    ['as PKCS #1', `v=DKIM1; k=rsa; p=${pkcs1}`],
  ])('%s', async (_how, text) => {
    expect(await look(RSA, text)).toMatch(/^ok /);
  });

  test('strings may be divided anywhere', async () => {
    const dkim = { domain: 'example.org', selector: 's1', privateKey: RSA };
    const names = { [NAME]: { txt: [split(wanted(RSA), 33)] } };
    expect(await lookUpAt('dkim s1', names, { dkim })).toEqual([expect.stringMatching(/^ok /)]);
  });
});

describe('records that make signatures worthless', () => {
  const p = wanted(RSA).replace(/^.*p=/, '');
  test.each([
    ['v=DKIM1; k=rsa; p=', 'says that the key was revoked ("p=" is empty)'],
    ['v=DKIM1; k=rsa', 'has no key ("p=")'],
    ['', 'has no key ("p=")'],
    ['v=spf1 -all', 'is none of DKIM'],
    [`v=DKIM2; p=${p}`, 'is none of DKIM'],
    [`p=${p}; v=DKIM1`, 'has "v=" behind other tags'],
    [`v=DKIM1; k=ed25519; p=${p}`, 'is for a key of the type ed25519, and ours is of the type rsa'],
    [`v=DKIM1; h=sha1; p=${p}`, 'does not take SHA-256 ("h="), which we use'],
    [`v=DKIM1; s=tlsrpt; p=${p}`, 'is not for mail ("s=")'],
    [`v=DKIM1; p=${p.slice(0, 60)}" "${p.slice(60)}`, 'has quotation marks inside its key'],
    [`v=DKIM1; p=${p.slice(0, 200)}`, "has a key that can't be read: it may have been cut off"],
    [`v=DKIM1; k=rsa; p=${p}; p=${p}`, 'can\'t be read: "p=" is there twice'],
    [wanted(OTHER), 'has another key than DKIM_KEY_FILE'],
  ])('%s', async (text, why) => {
    const line = await look(RSA, text);
    expect(line).toContain(`FAIL the record at ${NAME} ${why}`);
    const [, , record = ''] = line.split(' -> ');
    expect(record.replaceAll('" "', '')).toBe(`${NAME} TXT "${wanted(RSA)}"`);
  });

  test('an Ed25519 key that is cut off', async () => {
    expect(await look(ED25519, wanted(ED25519).slice(0, -9))).toContain("can't be read");
  });
});

test('a missing record is told with the one to paste, in strings that DNS takes', async () => {
  const line = await look(RSA);
  expect(line).toMatch(/^FAIL s1\._domainkey\.example\.org has no record: nobody can verify/);
  const strings = [...line.matchAll(/"([^"]*)"/g)].map(([, string = '']) => string);
  expect(strings.map(({ length }) => length <= 255)).toEqual([true, true]);
  expect(strings.join('')).toBe(wanted(RSA));
});

test('two records are one too many', async () => {
  expect(await look(RSA, wanted(RSA), wanted(OTHER))).toMatch(
    /^FAIL .* has 2 records, so which one counts is left to chance -> leave this one alone -> /,
  );
});

test('a test flag is a warning', async () => {
  expect(await look(RSA, `${wanted(RSA)}; t=s:y`)).toMatch(/^warn .* says "t=y"/);
});

test('several keys are looked at, each at its selector', async () => {
  const keys = [
    { selector: 's1', privateKey: RSA },
    { selector: 'e1', privateKey: ED25519 },
  ];
  const names = { 'e1._domainkey.example.org': { txt: [split(wanted(RSA))] } };
  const settings = { dkim: { domain: 'example.org', keys } };
  expect(await lookUpAt('dkim s1', names, settings)).toEqual([
    expect.stringMatching(/^FAIL s1\..*has no record/),
  ]);
  expect(await lookUpAt('dkim e1', names, settings)).toEqual([
    expect.stringMatching(/^FAIL .*is for a key of the type rsa, and ours is of the type ed25519/),
  ]);
});

test('a name server in trouble is a warning', async () => {
  const dkim = { domain: 'example.org', selector: 's1', privateKey: RSA };
  expect(await lookUpAt('dkim s1', { [NAME]: 'fails' }, { dkim })).toEqual([
    `warn ${NAME} can't be looked up (SERVFAIL)`,
  ]);
});
