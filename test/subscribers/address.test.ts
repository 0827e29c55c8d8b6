import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PaperboyError } from '../../src/base/errors.js';
import { addressKey, parseAddress } from '../../src/subscribers/address.js';

function attempt(text: string): string | null {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof PaperboyError && error.code === 'bad_address') return null;
    throw error;
  }
}

const letters = 'x'.repeat(63);

describe('an address', () => {
  test.each([
    ['ada@example.org', 'ada@example.org'],
    ['  ada@example.org\n', 'ada@example.org'],
    ['Ada.Lovelace@Example.ORG', 'Ada.Lovelace@example.org'],
    ["!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"],
    ['a+b@a-b.c-d.example', 'a+b@a-b.c-d.example'],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@bücher.example', 'a@xn--bcher-kva.example'],
    ['a@BÜCHER.example', 'a@xn--bcher-kva.example'],
    ['a@例え。テスト', 'a@xn--r8jz45g.xn--zckzah'],
    ['a@münchen.xn--vermgensberater-ctb', 'a@xn--mnchen-3ya.xn--vermgensberater-ctb'],
    ['jürgen@example.org', 'jürgen@example.org'],
    ['ju\u0308rgen@example.org', 'jürgen@example.org'],
    ['Jürgen.Müller@BÜCHER.example', 'Jürgen.Müller@xn--bcher-kva.example'],
    ['用户+papers@例子.广告', '用户+papers@xn--fsqu00a.xn--4rr70v'],
    ['пользователь@пример.рф', 'пользователь@xn--e1afmkfd.xn--p1ai'],
    ['بريد@example.org', 'بريد@example.org'],
    ['संपर्क@example.org', 'संपर्क@example.org'],
    [`${'ü'.repeat(32)}@example.org`, `${'ü'.repeat(32)}@example.org`],
    ['1@2.3com', '1@2.3com'],
    [`${letters}y@example.org`, `${letters}y@example.org`],
    [`a@${letters}.example`, `a@${letters}.example`],
  ])('%s is read as %s', (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  test.each([
    ['nothing', ''],
    ['space', '   '],
    ['no @', 'ada'],
    ['nothing before the @', '@example.org'],
    ['nothing behind the @', 'ada@'],
    ['two @', 'ada@home@example.org'],
    ['a domain without a dot', 'ada@localhost'],
    ['an empty label', 'ada@example..org'],
    ['a dot at the beginning of the domain', 'ada@.example.org'],
    ['a dot at the end of the domain', 'ada@example.org.'],
    ['a hyphen at the beginning of a label', 'ada@-example.org'],
    ['a hyphen at the end of a label', 'ada@example-.org'],
    ['an underscore in the domain', 'ada@exam_ple.org'],
    ['a label that is too long', `ada@${letters}y.org`],
    ['broken Punycode', 'ada@xn--a.org'],
    ['an IP address', 'ada@127.0.0.1'],
    ['an IP address in hexadecimal', 'ada@0x7f.1'],
    ['an IP address in brackets', 'ada@[127.0.0.1]'],
    ['an IPv6 address', 'ada@[IPv6:::1]'],
    ['a domain that ends in a number', 'ada@example.123'],
    ['a dot at the beginning', '.ada@example.org'],
    ['a dot before the @', 'ada.@example.org'],
    ['two dots', 'a..da@example.org'],
    ['a quoted local part', '"ada"@example.org'],
    ['a comment', 'ada(home)@example.org'],
    ['a name', 'Ada <ada@example.org>'],
    ['a list', 'ada@example.org,bob@example.org'],
    ['a URL', 'mailto:ada@example.org'],
    ['space within', 'ada lovelace@example.org'],
    ['space in the domain', 'ada@exam ple.org'],
    ['a line break in the local part', 'ada\r\nBcc: bob@example.org'],
    ['a line break in the domain', 'ada@exam\nple.org'],
    ['a tab in the domain', 'ada@exam\tple.org'],
    ['a line break behind the domain', 'ada@example.org\r\nBcc: bob@b.example'],
    ['a null', 'ada@example.org\0'],
    ['a local part of too many octets', `${'ü'.repeat(33)}@example.org`],
    ['letters of another width', 'ａｄａ@example.org'],
    ['a ligature', 'ﬁne@example.org'],
    ['a mark at the beginning', '\u0301ada@example.org'],
    ['a mark at the beginning of an atom', 'ä.\u0301ada@example.org'],
    ['an emoji', '😀@example.org'],
    ['a sign', 'ada™@example.org'],
    ['a space of another kind', 'ä\u00A0da@example.org'],
    ['a line separator', 'ä\u2028da@example.org'],
    ['a letter that nobody sees', 'a\u115Fda@example.org'],
    ['a variation selector', 'ä\uFE0Fda@example.org'],
    ['a joiner', 'ä\u200Dda@example.org'],
    ['half a letter', 'ä\uD800@example.org'],
    ['writing turned round', 'ä\u202Eda@example.org'],
    ['a wide @', 'ä＠da@example.org'],
    ['quotes of print', '“ada”@example.org'],
    ['dots beyond ASCII', 'ä..da@example.org'],
    ['a space of no width', 'a\u200Bda@example.org'],
    ['a path', 'ada@example.org/home'],
    ['a backslash', 'ada@example.org\\home'],
    ['a query', 'ada@example.org?subject=hello'],
    ['a fragment', 'ada@example.org#home'],
    ['a port', 'ada@example.org:25'],
    ['an escape', 'ada@ex%61mple.org'],
    ['an escaped dot', 'ada@example%2eorg'],
    ['an escaped line break', 'ada@example%0d%0a.org'],
    ['a wide slash', 'ada@example.org／home'],
    ['a local part that is too long', `${letters}yz@example.org`],
    ['too many letters', `ada@${`${letters}.`.repeat(4)}org`],
    ['far too many letters', `${'a@'.repeat(100_000)}example.org`],
  ])('with %s is refused', (_what, text) => {
    expect(attempt(text)).toBeNull();
  });

  test('that is refused is named in one short line', () => {
    const sentence = (text: string) => {
      try {
        return parseAddress(text);
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    expect(sentence(' ')).toBe('Please type your email address.');
    expect(sentence(' ada ')).toBe('"ada" is not an email address we can send to.');
    expect(sentence(`${'x'.repeat(5_000)}@y`).length).toBeLessThan(150);
    expect(sentence('a\r\nb\u001B[2J\u202Ec')).toBe(
      '"a b [2J c" is not an email address we can send to.',
    );
  });
});

/** Text that is close to an address, and made of what could do harm in one. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'ada',
        'example',
        '.',
        '@',
        '@example.org',
        'org',
        '-',
        'xn--',
        'ü',
        '。',
        '用',
        'e\u0301',
        '\u0301',
      ),
      fc.constantFrom(
        '\r',
        '\n',
        '\r\nBcc: x@y.zz',
        '\t',
        ' ',
        '\0',
        '<',
        '>',
        '"',
        '\\',
        ',',
        ';',
      ),
      fc.constantFrom('%0d%0a', '%3e', '%00', '/', '?', '#', ':', '[', ']', '(', ')', '\u2028'),
      fc.constantFrom('\u00AD', '\u200B', '\uFEFF', '＠', '．', '／', '％', '\u202E', '\uD800'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(''));

describe('whatever is typed', () => {
  test('an address that is taken can stand in an envelope and in a header', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, complete) => {
        const address = attempt(complete ? `ada@${text}.org` : text);
        if (address === null) return;
        expect(address).toMatch(/^(?:[!-~]|[^\p{ASCII}\p{C}\p{Z}\p{S}])+@[a-z0-9.-]+$/u);
        expect(address).not.toMatch(/[<>()[\]\\,;:"\s]/);
        expect(address.split('@')).toHaveLength(2);
        expect(Buffer.byteLength(address)).toBeLessThanOrEqual(254);
        expect(address.isWellFormed()).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('an address that is taken is taken again as it is', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.emailAddress()), (text) => {
        const address = attempt(text);
        if (address !== null) expect(parseAddress(address)).toBe(address);
      }),
      { numRuns: 3_000 },
    );
  });

  test('what stands before the @ stays as typed', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const address = attempt(text);
        if (address !== null) expect(address).toBe(text.replace(/@.*/, (d) => d.toLowerCase()));
      }),
    );
  });
});

describe('the key of an address', () => {
  test('is the same for every spelling in capitals and small letters', () => {
    expect(addressKey('Ada@Example.org')).toBe(addressKey('aDA@example.ORG'));
    expect(addressKey('JÜRGEN@example.org')).toBe(addressKey('jürgen@example.org'));
    expect(addressKey('jurgen@example.org')).not.toBe(addressKey('jürgen@example.org'));
    expect(addressKey('a.da@example.org')).not.toBe(addressKey('ada@example.org'));
  });
});
