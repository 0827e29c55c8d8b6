import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toEhloName, toListId } from '../../src/mail/host-names.js';

const SENDER = 'papers@example.org';

describe('the name in EHLO', () => {
  test.each([
    ['https://papers.example.org', 'papers.example.org'],
    ['https://papers.example.org.', 'papers.example.org'],
    ['https://Bücher.example', 'xn--bcher-kva.example'],
    ['http://192.168.1.10:3000', '[192.168.1.10]'],
    ['http://[::1]:3000', '[IPv6:::1]'],
    ['http://[2001:db8::10]', '[IPv6:2001:db8::10]'],
    ['http://papers:3000', '[127.0.0.1]'],
    ['http://localhost:3000', '[127.0.0.1]'],
    ['http://my_papers.lan', '[127.0.0.1]'],
  ])('of %s is %s', (url, name) => {
    expect(toEhloName(url)).toBe(name);
  });

  test('is a domain of several labels or an address literal, whatever the address', () => {
    fc.assert(
      fc.property(anyHost(), (host) => {
        const name = toEhloName(`http://${host}:3000`);
        expect(name).toMatch(/^(\[\d+(\.\d+){3}\]|\[IPv6:[0-9a-f:]+\]|[a-z0-9-]+(\.[a-z0-9-]+)+)$/);
      }),
    );
  });
});

describe('the id of the list', () => {
  test.each([
    ['https://papers.example.org', SENDER, 'digest.papers.example.org'],
    ['https://papers.example.org.', SENDER, 'digest.papers.example.org'],
    ['http://192.168.1.10:3000', SENDER, 'digest.example.org'],
    ['http://[::1]:3000', SENDER, 'digest.example.org'],
    ['http://papers:3000', SENDER, 'digest.example.org'],
    ['http://localhost:3000', SENDER, 'digest.example.org'],
    ['http://localhost:3000', 'paperboy@paperboy.localhost', 'digest.localhost'],
    ['http://192.168.1.10', 'papers@laptop', 'digest.localhost'],
    ['http://[::1]', 'papers@localhost', 'digest.localhost'],
  ])('of %s with mail from %s is %s', (url, sender, id) => {
    expect(toListId(url, sender)).toBe(id);
  });

  test('is a name (RFC 2919), whatever the address', () => {
    fc.assert(
      fc.property(anyHost(), fc.constantFrom(SENDER, 'papers@laptop'), (host, sender) => {
        const id = toListId(`http://${host}`, sender);
        expect(id).toMatch(/^digest(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/);
      }),
    );
  });
});

function anyHost(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6().map((address) => `[${address}]`),
    fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/),
  );
}
