import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBounceAddress } from '../../src/config/bounce-settings.js';
import { buildMessageId } from '../../src/mail/message-id.js';
import { ReturnKeys } from '../../src/mail/return-keys.js';
import { ReturnPaths } from '../../src/mail/return-path.js';
import { createTokens } from '../../src/subscribers/tokens.js';

const SECRET = 'a secret of the operator';
const mailFrom = { address: 'papers@example.org' };
const keys = new ReturnKeys([SECRET]);
const octets = (text: string) => new TextEncoder().encode(text);

function paths(
  address: string | null,
  { verp = true, reads = true, secrets = [SECRET] } = {},
): ReturnPaths {
  const bounceAddress = address === null ? null : parseBounceAddress(address);
  return new ReturnPaths(
    { bounceAddress, bounceVerp: verp, readsBounces: reads, mailFrom },
    secrets,
  );
}

const kinds = fc.constantFrom('d', 'n', 'u');
const ids = fc.oneof(fc.maxSafeNat(), fc.nat(2_000_000), fc.constant(Number.MAX_SAFE_INTEGER));

describe('a key', () => {
  test('is read again after its case has changed and up to six letters were cut off', () => {
    fc.assert(
      fc.property(kinds, ids, fc.nat(6), fc.boolean(), (kind, id, cut, upper) => {
        const key = keys.build({ kind, id });
        expect(key).toMatch(/^[a-z0-9]+$/);
        const short = key.slice(0, key.length - cut);
        expect(keys.read(upper ? short.toUpperCase() : short)).toEqual({ kind, id });
        expect(keys.read(key.slice(0, key.length - 7))).toBeNull();
        expect(keys.read(`${key}a`)).toBeNull();
      }),
    );
  });

  test('with anything else changed is none', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
    fc.assert(
      fc.property(
        kinds,
        ids,
        fc.nat(29),
        fc.constantFrom(...letters),
        (kind, id, place, letter) => {
          const key = keys.build({ kind, id });
          const at = place % key.length;
          const other = `${key.slice(0, at)}${letter}${key.slice(at + 1)}`;
          if (other !== key) expect(keys.read(other)).toBeNull();
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('is nothing that a text by chance looks like', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(keys.read(text)).toBeNull();
      }),
    );
    for (const text of ['', 'd', 'd1', 'd11', 'd1100000000000', 'db', `d1${'a'.repeat(99)}`]) {
      expect(keys.read(text)).toBeNull();
    }
  });

  test('has a MAC that nothing else in a mail has', () => {
    const key = keys.build({ kind: 'd', id: 7 });
    const tokens = createTokens(SECRET);
    const seen = [
      buildMessageId('d', 7, { secret: SECRET, domain: 'example.org' }),
      ...[tokens.unsubscribe(7), tokens.preferences(7)],
      keys.build({ kind: 'u', id: 7 }),
      keys.build({ kind: 'n', id: 7 }),
    ];
    for (const text of seen) expect(text.toLowerCase()).not.toContain(key.slice(-10));
    expect(new ReturnKeys(['another']).read(key)).toBeNull();
  });

  test('is made by the newest secret and read by all of them', () => {
    const both = new ReturnKeys(['new', SECRET]);
    const key = { kind: 'd', id: 7 } as const;
    expect(both.build(key)).toBe(new ReturnKeys(['new']).build(key));
    expect(both.read(keys.build(key))).toEqual(key);
  });
});

describe.each([
  ['bounces@example.org', /^bounces\+d17[a-z2-7]{16}@example\.org$/],
  ['bounces-*@example.org', /^bounces-d17[a-z2-7]{16}@example\.org$/],
  ['Bounce*@example.org', /^Bounced17[a-z2-7]{16}@example\.org$/],
  ['*@bounces.example.org', /^d17[a-z2-7]{16}@bounces\.example\.org$/],
])('the return path of BOUNCE_ADDRESS=%s', (address, form) => {
  const all = paths(address);
  const { from, envelopeId } = all.build('d', 7);
  const key = { kind: 'd', id: 7 };

  test('has the key of its mail, the same each time, and so has the id of the envelope', () => {
    expect(from).toMatch(form);
    expect(all.build('d', 7)).toEqual({ from, envelopeId });
    expect(from).toContain(envelopeId);
    expect(all.build('n', 7).from).not.toBe(from);
    expect(all.readEnvelopeId(` ${envelopeId.toUpperCase()} `)).toEqual(key);
  });

  test('is read again in the ways in which servers write it', () => {
    const [local = '', domain = ''] = from.split('@');
    for (const written of [
      from,
      from.toUpperCase(),
      `<${from}>`,
      `"${local}"@${domain}`,
      `${local.slice(0, -5)}@${domain}`,
      `${local}@mx.inside.example`,
      `prvs=1234abcdef=${from}`,
      `SRS0=aB1c=XY=example.org=${local}@forwarder.example`,
    ]) {
      expect([written, all.readAddress(written)]).toEqual([written, key]);
    }
  });

  test('is ours; another domain, a forged key and another local part are not', () => {
    const [local = '', domain = ''] = from.split('@');
    expect(all.isOurs(from)).toBe(true);
    expect(all.isOurs(`<${from.toLowerCase()}>`)).toBe(true);
    expect(all.isOurs(all.build('n', 1).from)).toBe(true);
    for (const other of [
      `${local}@other.example`,
      `${local.slice(0, -1)}${local.endsWith('a') ? 'b' : 'a'}@${domain}`,
      `ada@${domain}`,
      `x${from}`,
      '',
      '@',
    ]) {
      expect([other, all.isOurs(other)]).toEqual([other, false]);
    }
  });

  test('is found in what comes back with it, if it is the only one', () => {
    const mail = (...others: string[]) =>
      octets(`Return-Path: <${from}>\r\n${others.join('\r\n')}\r\nTo: ada@reader.test\r\n`);
    const leave = all.buildUnsubscribeMailto(9) ?? '';
    expect(all.findIn(mail())).toEqual(key);
    expect(
      all.findIn(mail(`Sender: ${from.toUpperCase()}`, `List-Unsubscribe: <${leave}>`)),
    ).toEqual(key);
    expect(all.findIn(mail(all.build('d', 8).from))).toBeNull();
    expect(all.findIn(octets(`List-Unsubscribe: <${leave}>`))).toBeNull();
    expect(paths(address, { secrets: ['other'] }).findIn(mail())).toBeNull();
  });

  test('has one beside it by which a reader leaves', () => {
    const mailto = all.buildUnsubscribeMailto(7) ?? '';
    const { protocol, pathname, search } = new URL(mailto);
    expect([protocol, search]).toEqual(['mailto:', '?subject=unsubscribe']);
    expect(all.readAddress(decodeURIComponent(pathname))).toEqual({ kind: 'u', id: 7 });
    expect(all.isOurs(decodeURIComponent(pathname))).toBe(true);
  });
});

test('no mail can be written to leave where nothing reads it', () => {
  const unread = paths('bounces@example.org', { reads: false });
  expect(unread.buildUnsubscribeMailto(7)).toBeNull();
  expect(unread.build('d', 7).from).toMatch(/^bounces\+/);
});

describe('the plain return path', () => {
  test.each([
    ['without BOUNCE_ADDRESS', paths(null), mailFrom.address],
    ['with BOUNCE_VERP=off', paths('bounces@example.org', { verp: false }), 'bounces@example.org'],
  ])('%s is the same for all mails, with ids of their own', (_how, all, address) => {
    expect(all.build('d', 1).from).toBe(address);
    expect(all.build('n', 2).from).toBe(address);
    expect(all.readEnvelopeId(all.build('n', 2).envelopeId)).toEqual({ kind: 'n', id: 2 });
    expect(all.isOurs(address.toUpperCase())).toBe(true);
    expect(all.isOurs('someone@example.org')).toBe(false);
    expect(all.readAddress(address)).toBeNull();
    expect(all.buildUnsubscribeMailto(1)).toBeNull();
    expect(all.findIn(octets(address))).toBeNull();
  });

  test('is ours beside those with keys', () => {
    expect(paths('bounces@example.org').isOurs('bounces@example.org')).toBe(true);
    expect(paths('bounces-*@example.org').isOurs('bounces@example.org')).toBe(true);
    expect(paths('bounces@example.org').isOurs('papers@example.org')).toBe(false);
  });
});

test('a mail full of addresses costs little', () => {
  const all = paths('*@example.org');
  const { from } = all.build('d', 7);
  expect(all.findIn(octets(`d1${'a'.repeat(20)}@example.org `.repeat(50_000)))).toBeNull();
  expect(all.findIn(octets('a'.repeat(2_000_000)))).toBeNull();
  expect(all.findIn(octets(`${'x '.repeat(1_000)}${from}`))).toEqual({ kind: 'd', id: 7 });
});
