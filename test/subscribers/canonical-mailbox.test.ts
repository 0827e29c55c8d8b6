import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/subscribers/address.js';
import {
  isBigDomain,
  toCanonicalMailbox,
  toCountedDomain,
} from '../../src/subscribers/canonical-mailbox.js';
import { toClientNetwork } from '../../src/subscribers/client-network.js';

const mailbox = (address: string) => toCanonicalMailbox(parseAddress(address));

describe('one mailbox', () => {
  test.each([
    ['ada@example.org', ['ADA@example.org', 'ada+papers@EXAMPLE.org', 'ada+a+b@example.org']],
    [
      'adalovelace@gmail.com',
      ['Ada.Lovelace@gmail.com', 'a.d.a.lovelace+x@googlemail.com', 'adalovelace@GoogleMail.com'],
    ],
    ['ada@yahoo.com', ['ada-papers@yahoo.com', 'ADA+papers@yahoo.com']],
    ['adal@proton.me', ['a.dal@protonmail.com', 'adal+1@pm.me']],
    ['ada@icloud.com', ['ada@me.com', 'ada+1@mac.com']],
    ['ada@yandex.ru', ['ada@ya.ru', 'ada+1@yandex.com']],
    ['ada@fastmail.com', ['anything@ada.fastmail.com', 'ada+1@fastmail.com']],
    ['ada@bücher.example', ['ada+1@BÜCHER.example', 'ada@xn--bcher-kva.example']],
  ])('%s is also %j', (address, others) => {
    for (const other of others) expect([other, mailbox(other)]).toEqual([other, mailbox(address)]);
  });

  test.each([
    ['a.da@example.org', 'ada@example.org'],
    ['ada-papers@example.org', 'ada@example.org'],
    ['ada-papers@gmail.com', 'ada@gmail.com'],
    ['+ada@example.org', '+bob@example.org'],
    ['ada@gmail.com', 'ada@outlook.com'],
  ])('%s is not %s', (one, other) => {
    expect(mailbox(one)).not.toBe(mailbox(other));
  });

  test('stays what it is when it is made canonical again', () => {
    const local = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9+.-]{0,9}[a-zA-Z0-9])?$/);
    const domain = fc.constantFrom(
      'gmail.com',
      'googlemail.com',
      'yahoo.com',
      'x.example',
      'pm.me',
    );
    fc.assert(
      fc.property(local, domain, (name, at) => {
        const once = toCanonicalMailbox(`${name}@${at}`);
        expect(toCanonicalMailbox(once)).toBe(once);
      }),
    );
  });
});

test.each([
  ['mail.victim.example', 'victim.example'],
  ['a.b.victim.example', 'victim.example'],
  ['victim.co.uk', 'victim.co.uk'],
  ['a.victim.co.uk', 'victim.co.uk'],
  ['gmail.com', 'gmail.com'],
])('mail to %s is counted for %s', (domain, counted) => {
  expect(toCountedDomain(`ada@${domain}`)).toBe(counted);
});

test('big providers are known as such', () => {
  for (const domain of ['gmail.com', 'outlook.com', 'yahoo.com', 'qq.com', 'web.de']) {
    expect(isBigDomain(domain)).toBe(true);
  }
  expect(isBigDomain('victim.example')).toBe(false);
});

describe('the network of a client', () => {
  test.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.250', '203.0.113.0/24'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2:3::4', '2001:db8:1::/48'],
    ['2001:db8:1:ffff::1', '2001:db8:1::/48'],
  ])('%s is in %s', (ip, network) => {
    expect(toClientNetwork(ip)).toBe(network);
  });

  test.each([
    null,
    'unknown',
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '192.168.1.1',
    'fd00::1',
    '172.18.0.2',
  ])('of %s says nothing', (ip) => {
    expect(toClientNetwork(ip)).toBeNull();
  });
});
