import fc from 'fast-check';
import { type ParsedMail, simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import {
  compileBody,
  fillPlaceholders,
  headerField,
  placeholderMarks,
  toCompiledSize,
} from '../../src/mail/mime.js';
import { octets } from '../support/octets.js';

const LINKS = {
  unsubscribe: 'https://papers.example.org/unsubscribe/AAAAAAAAAAEx_-0123456789abcdef?a=b==',
  preferences: `https://papers.example.org/${'long/'.repeat(60)}?p=1&q=2`,
  confirm: '',
  never: 'https://papers.example.org/never/BBBB',
};
const text = fc.string({ unit: 'binary', maxLength: 200 });
const body = fc
  .array(
    fc.oneof(
      text,
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.constantFrom(...Object.values(placeholderMarks)),
      fc.constantFrom('\n', '\r\n', '\r', ' \n', '\t', '.\n', '\n.', '=', '=3D', '--', '\ufdd0'),
      fc.constantFrom('From ', 'From', '\nFrom the editor: ', '\nfrom ', '\n>From ', '. From . '),
      fc.integer({ min: 60, max: 80 }).map((length) => 'a'.repeat(length)),
      fc.integer({ min: 20, max: 30 }).map((length) => '漢'.repeat(length)),
    ),
    { maxLength: 12 },
  )
  // The parser of the tests takes an empty part for none.
  .map((pieces) => `x${pieces.join('')}`);

/** What a reader's program must show in the end. */
const filled = (part: string) =>
  Object.entries(placeholderMarks)
    .reduce(
      (done, [placeholder, mark]) => done.replaceAll(mark, Reflect.get(LINKS, placeholder)),
      part,
    )
    .toWellFormed();
/** What a field has a space for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const CONTROLS = /[\x00-\x1F\x7F]+/g;
const lines = (part: string) => part.replace(/\r\n?/g, '\n');
const parse = (mail: Buffer): Promise<ParsedMail> =>
  simpleParser(mail, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true });

describe('a body', () => {
  test('decodes to exactly what went in, with the placeholders filled', async () => {
    await fc.assert(
      fc.asyncProperty(body, body, async (html, plain) => {
        const mail = await parse(
          octets(fillPlaceholders('Subject: x\r\n', compileBody(html, plain), LINKS)),
        );
        expect(lines(mail.text ?? '')).toBe(filled(lines(plain)));
        expect(lines(mail.html || '')).toBe(filled(lines(html)));
      }),
      { numRuns: 400 },
    );
  });

  test('is ASCII in lines of at most 76 octets that end with CRLF', () => {
    fc.assert(
      fc.property(body, body, (html, plain) => {
        const message = fillPlaceholders('Subject: x\r\n', compileBody(html, plain), LINKS);
        const mail = octets(message).toString('latin1');
        expect(mail).toMatch(/^[\x20-\x7E\t\r\n]*$/);
        expect(mail).not.toMatch(/[^\r]\n|\r[^\n]|[ \t]\r/);
        expect(mail.endsWith('\r\n')).toBe(true);
        for (const line of mail.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
        // A dot there would have to be escaped (RFC 5321 §4.5.2).
        expect(mail).not.toMatch(/^\./m);
      }),
      { numRuns: 1_000 },
    );
  });

  test('has no line that begins as a mailbox file divides mails', () => {
    // RFC 2049 §3: else programs that keep mails in one file write ">From ", which breaks signatures.
    const placeholders = fc.constantFrom('From x', 'From', 'x'.repeat(72));
    fc.assert(
      fc.property(body, body, placeholders, (html, plain, unsubscribe) => {
        const message = fillPlaceholders('Subject: x\r\n', compileBody(html, plain), {
          ...LINKS,
          unsubscribe,
        });
        expect(octets(message).toString('latin1')).not.toMatch(/^From /m);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['at its beginning', 'From the editor', '=46rom the editor'],
    ['after a line break', 'a\nFrom the editor', 'a\r\n=46rom the editor'],
    [
      'in a line that is broken softly',
      `${'a'.repeat(71)} From b`,
      `${'a'.repeat(71)} =\r\n=46rom b`,
    ],
    ['but not within a line', 'Letters From b', 'Letters From b'],
    ['but not in other words', 'from b\nFrom:\nFromage', 'from b\r\nFrom:\r\nFromage'],
  ])('encodes "From " %s', (_where, plain, encoded) => {
    expect(octets(fillPlaceholders('', compileBody('', plain), {})).toString()).toContain(
      `\r\n\r\n${encoded}\r\n`,
    );
  });

  test('encodes "From " right behind a placeholder, where a line begins', () => {
    const plain = `${placeholderMarks.unsubscribe}From b`;
    const whole = octets(
      fillPlaceholders('', compileBody('', plain), { unsubscribe: 'x' }),
    ).toString();
    expect(whole).toContain('x=\r\n=46rom b\r\n');
  });

  test('has a boundary that neither part holds', () => {
    fc.assert(
      fc.property(body, body, (html, plain) => {
        const { headers } = compileBody(html, plain);
        const boundary = /boundary="([^"]{1,70})"/.exec(headers)?.[1] ?? '';
        // With the boundary itself in both parts, as an attacker would have it.
        for (const part of [
          compileBody(html, plain),
          compileBody(`${html}--${boundary}`, `--${boundary}--`),
        ]) {
          const own = /boundary="([^"]+)"/.exec(part.headers)?.[1] ?? 'none';
          const whole = octets(fillPlaceholders('', part, LINKS)).toString('latin1');
          expect(whole.split(`--${own}`)).toHaveLength(4);
        }
      }),
    );
  });

  test('is made of the same octets each time, and of others for another body', () => {
    fc.assert(
      fc.property(body, body, (html, plain) => {
        const made = (page: string) =>
          octets(fillPlaceholders('', compileBody(page, plain), LINKS));
        const once = made(html);
        expect(made(html).equals(once)).toBe(true);
        expect(made(`${html}.`).equals(once)).toBe(false);
      }),
    );
  });

  test('is plain text first and HTML last, both in UTF-8', async () => {
    const whole = octets(fillPlaceholders('', compileBody('<p>b</p>', 'a'), {})).toString();
    expect(whole).toMatch(
      /^MIME-Version: 1\.0\r\nContent-Type: multipart\/alternative;\r\n boundary="/,
    );
    expect(whole.match(/^Content-Type: .*$|^Content-Transfer-Encoding: .*$/gm)).toEqual([
      'Content-Type: multipart/alternative;',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
    ]);
  });

  test('has the size that it tells, but for the placeholders', () => {
    const one = compileBody('<p>漢</p>', 'plain');
    expect(octets(fillPlaceholders('', one, {})).length).toBe(toCompiledSize(one) + '\r\n'.length);
  });
});

describe('a header field', () => {
  const unfold = (field: string) => field.replace(/\r\n(?=[ \t])/g, '');

  test('comes back as it was, whatever it holds', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc
        .array(fc.constantFrom('=?', '?=', '=?utf-8?Q?a?=', ' ', 'a b', 'é', '_', '=', '?', '"'), {
          maxLength: 20,
        })
        .map((pieces) => pieces.join('')),
    );
    await fc.assert(
      fc.asyncProperty(value, async (subject) => {
        const mail = await parse(
          Buffer.from(`${headerField('Subject', subject)}X-Next: 1\r\n\r\nx`),
        );
        const wanted = subject.toWellFormed().replace(CONTROLS, ' ').trim();
        expect(mail.subject ?? '').toBe(wanted);
        expect(mail.headers.get('x-next')).toBe('1');
      }),
      { numRuns: 2_000 },
    );
  });

  test('is one field of ASCII, folded', () => {
    const words = fc
      .array(fc.string({ unit: 'grapheme', maxLength: 30 }))
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(words, (subject) => {
        const field = headerField('Subject', subject);
        expect(field).toMatch(/^Subject: ?[\x20-\x7E\r\n]*\r\n$/);
        expect(unfold(field).indexOf('\r\n')).toBe(unfold(field).length - 2);
        for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    'x\r\nBcc: victim@example.org',
    'x\nBcc: victim@example.org',
    'x\rBcc: victim@example.org',
    'x\r\n\r\n<script>',
    'x\u2028Bcc: victim@example.org',
    'x\u0085Bcc: victim@example.org',
    '=?utf-8?Q?x=0D=0ABcc:_victim@example.org?=',
    `${'a'.repeat(70)}\r\n Bcc: victim@example.org`,
  ])('lets none be forged by %j', async (subject) => {
    const octets = Buffer.from(`${headerField('Subject', subject)}To: a@example.org\r\n\r\nbody`);
    const mail = await parse(octets);
    expect([...mail.headers.keys()]).toEqual(['subject', 'to']);
    expect(mail.bcc).toBeUndefined();
    expect(mail.text?.trim()).toBe('body');
  });
});
