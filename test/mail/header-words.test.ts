import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { digestHeaders, formatMailbox, type MailHeaders } from '../../src/mail/headers.js';

const ADDRESS = 'papers@example.org';
const mail: MailHeaders = {
  from: { name: 'Daily Papers', address: ADDRESS },
  to: 'ada@reader.example',
  subject: 'Flow matching, and 12 more',
  date: 0,
  messageId: '<d1.0123456789abcdef@example.org>',
};
const list = {
  listId: 'digest.papers.example.org',
  unsubscribeUrl: 'https://papers.example.org/unsubscribe/AbC-_9',
};

/** What two mail programs of different makers read. */
async function parse(headers: string) {
  const octets = `${headers}\r\nHello`;
  const [one, two] = [await simpleParser(octets), await PostalMime.parse(octets)];
  return {
    senders: [one.from?.value ?? [], [two.from]],
    replyTo: [one.replyTo?.value ?? [], two.replyTo ?? []],
    subjects: [one.subject ?? '', two.subject ?? ''],
  };
}

const NAMES: [what: string, name: string][] = [
  ['emoji that a word can’t hold', '👩‍🚀🧪🎉'.repeat(30)],
  ['flags', '🇦🇹🇩🇪🇯🇵'.repeat(20)],
  ['quotes', 'The "Daily" \'Papers\''],
  ['quotes that do not close', '"Papers'],
  ['a backslash at the end', 'Papers\\'],
  ['commas', 'Papers, Daily, and More'],
  ['parentheses', 'Papers (daily) (of (all) kinds'],
  ['a colon and a semicolon', 'Papers: today;'],
  ['Arabic', 'أوراق اليوم البحثية للجميع في كل صباح '.repeat(4).trim()],
  ['Hebrew with digits', 'מאמרים 2026 של היום'],
  ['Chinese, 300 letters', '論'.repeat(300)],
  ['300 letters without a space', 'x'.repeat(300)],
  ['300 letters in words', 'many words '.repeat(28).trim()],
  ['300 letters of which one is odd', `${'many words '.repeat(28)}ß`],
  ['two spaces', 'Daily  Papers'],
  ['eighty spaces', `Daily${' '.repeat(80)}Papers`],
  ['a space that does not break', 'Daily\u00A0Papers'],
  ['an address', 'eve@e.example'],
  ['an address in brackets', '<eve@e.example>'],
  ['an address after a comma', 'Papers, <eve@e.example>'],
  ['what looks like an encoded word', '=?UTF-8?Q?x?='],
  ['the beginning of an encoded word', '=?UTF-8?Q?x'],
  ['an encoded word that looks decoded', '=?UTF-8?B?4pyT?= =?UTF-8?B?4pyT?='],
  ['encoded words between others', 'see =?utf-8?Q?a b?= here'],
  ['the signs of quoted-printable', 'a_b=C3=A4?c'],
  ['a combining mark at the beginning', '\u0301abc'],
  ['percent signs and apostrophes, as RFC 2231 has them', "utf-8'en'%C3%A4"],
  ['a header', 'Papers Bcc: eve@e.example'],
];

describe('whatever the name holds', () => {
  test.each(NAMES)('%s: mail programs read it as it is', async (_what, name) => {
    const from = { name, address: ADDRESS };
    const headers = digestHeaders({ ...mail, from, replyTo: from, subject: name }, list);
    const { senders, replyTo, subjects } = await parse(headers);
    for (const read of [...senders, ...replyTo]) expect(read).toEqual([from]);
    expect(subjects).toEqual([name, name]);
    expectFolded(headers);
  });

  test('it is no other address, no other field and no lost letter', async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (text) => {
        const name = text.replace(/\p{Cc}+/gu, ' ').trim();
        const from = { name: text, address: ADDRESS };
        const headers = digestHeaders({ ...mail, from, subject: text }, list);
        const { senders, subjects } = await parse(headers);
        for (const read of senders) expect(read).toEqual([{ name, address: ADDRESS }]);
        expect(subjects).toEqual([name, name]);
        expectFolded(headers);
      }),
      { numRuns: 400 },
    );
  });

  test('an encoded word is at most 75 characters and begins and ends with whole characters', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const words = formatMailbox({ name, address: ADDRESS }).match(/=\?UTF-8\?Q\?[^?]*\?=/g);
        for (const word of words ?? []) {
          // RFC 2047 §2 and §5 (3)
          expect(word.length).toBeLessThanOrEqual(75);
          expect(word).toMatch(/^=\?UTF-8\?Q\?(?:[A-Za-z0-9!*+/_-]|=[0-9A-F]{2})*\?=$/);
          const octets = Buffer.from(
            word
              .slice(10, -2)
              .replaceAll('_', ' ')
              .replace(/=(..)/g, (_, hex) => unescapeOctet(hex)),
            'latin1',
          );
          expect(octets.toString('utf8')).not.toContain('\uFFFD');
        }
      }),
      { numRuns: 300 },
    );
  });
});

function unescapeOctet(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

/** Text whose letters are whole: half of a pair of surrogates can't be sent. */
const anyName = fc
  .array(
    fc.oneof(
      fc.constantFrom(...NAMES.map(([, name]) => name.slice(0, 80))),
      fc.constantFrom('\r\n', '\n', '\0', '\t', '\r\nBcc: eve@e.example', '\u2028', '\u202E'),
      fc.constantFrom('"', '\\', '<', '>', ',', ':', ';', '@', '(', ')', '=?', '?=', '_', '=20'),
      fc.string({ unit: 'grapheme-composite', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join('').replace(/\p{Cs}/gu, ''))
  .filter((text) => text.replace(/\p{Cc}+/gu, ' ').trim() !== '');

/** RFC 5322 §2.1.1: 998, and better 78; §3.2.2: no line of white space alone. */
function expectFolded(headers: string): void {
  for (const line of headers.trimEnd().split('\r\n')) {
    expect(line.length).toBeLessThanOrEqual(78);
    expect(line.trim()).not.toBe('');
    expect(line).toMatch(/^[ -~]*$/);
  }
}

describe('MAIL_FROM', () => {
  test.each([
    ['Papers (daily) <papers@example.org>', 'Papers (daily)'],
    ['Papers, daily <papers@example.org>', 'Papers, daily'],
    ['"Papers, daily" <papers@example.org>', 'Papers, daily'],
    ['"Papers \\"daily\\" \\\\" <papers@example.org>', 'Papers "daily" \\'],
    ["'Papers' <papers@example.org>", "'Papers'"],
    ['Tägliche 📰 Papers <papers@example.org>', 'Tägliche 📰 Papers'],
    ['"eve@e.example" <papers@example.org>', 'eve@e.example'],
    ['Papers: today <papers@example.org>', 'Papers: today'],
    ['=?UTF-8?Q?x?= <papers@example.org>', '=?UTF-8?Q?x?='],
    ['  Papers  <papers@example.org>  ', 'Papers'],
    ['أوراق اليوم <papers@example.org>', 'أوراق اليوم'],
    [`${'論'.repeat(300)} <papers@example.org>`, '論'.repeat(300)],
    ['papers@example.org', 'Paperboy'],
    ['<papers@example.org>', 'Paperboy'],
    ['"" <papers@example.org>', 'Paperboy'],
  ])('%s has the name that it shows', (MAIL_FROM, name) => {
    expect(loadConfig({ MAIL_FROM }).mailFrom).toEqual({ name, address: ADDRESS });
  });

  test.each([
    'A <a@b.org>, B <b@b.org>',
    'a@b.org, B <b@b.org>',
    'Papers <a@b.org> <c@b.org>',
    'Papers <a@b.org',
    'Papers a@b.org',
    'Papers <a@b.org> x',
    'jürgen@example.org',
    'Jürgen <jürgen@example.org>',
  ])('%s is refused', (MAIL_FROM) => {
    expect(() => loadConfig({ MAIL_FROM })).toThrow(/MAIL_FROM is .*, but must be one address/);
  });
});
