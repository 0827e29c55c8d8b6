import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import {
  buildFeedbackId,
  digestHeaders,
  formatMailbox,
  type MailHeaders,
  noticeHeaders,
} from '../../src/mail/headers.js';

const mail: MailHeaders = {
  from: { name: 'Daily Papers', address: 'papers@example.org' },
  to: 'ada@reader.example',
  subject: 'Flow matching, and 12 more',
  date: Date.UTC(2026, 7, 20, 6),
  messageId: '<d1.0123456789abcdef@example.org>',
};
const list = {
  listId: 'digest.papers.example.org',
  unsubscribeUrl: 'https://papers.example.org/unsubscribe/AbC-_9',
};

const lines = (...all: string[]) => all.map((line) => `${line}\r\n`).join('');

/** Reads header fields as a mail program does. */
async function parse(headers: string) {
  const { from, to, subject, headerLines } = await simpleParser(`${headers}\r\nHello`);
  const [sender] = from?.value ?? [];
  const [reader] = (Array.isArray(to) ? to[0] : to)?.value ?? [];
  return { sender, reader, subject, names: headerLines.map(({ key }) => key) };
}

const DIGEST_FIELDS = [
  'from',
  'to',
  'subject',
  'date',
  'message-id',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'auto-submitted',
  'precedence',
];

describe('the header fields', () => {
  test('of a digest', () => {
    expect(digestHeaders(mail, list)).toBe(
      lines(
        'From: "Daily Papers" <papers@example.org>',
        'To: ada@reader.example',
        'Subject: Flow matching, and 12 more',
        'Date: Thu, 20 Aug 2026 06:00:00 +0000',
        'Message-ID: <d1.0123456789abcdef@example.org>',
        'List-Id: <digest.papers.example.org>',
        'List-Unsubscribe: <https://papers.example.org/unsubscribe/AbC-_9>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        'Auto-Submitted: auto-generated',
        'Precedence: bulk',
      ),
    );
  });

  test('of a digest that leads to all there is', () => {
    const replyTo = { name: 'Desk, of Papers', address: 'desk@example.org' };
    const unsubscribeMailto = `mailto:leave+${'k'.repeat(120)}@example.org?subject=unsubscribe`;
    const help = {
      helpUrl: 'https://papers.example.org/preferences',
      archiveUrl: 'https://papers.example.org/archive',
    };
    const feedbackId = buildFeedbackId('2026-08-20', 'daily', 'digest');
    const all = { ...list, unsubscribeMailto, ...help };
    expect(digestHeaders({ ...mail, replyTo, feedbackId }, all)).toBe(
      lines(
        'From: "Daily Papers" <papers@example.org>',
        'Reply-To: "Desk, of Papers" <desk@example.org>',
        'To: ada@reader.example',
        'Subject: Flow matching, and 12 more',
        'Date: Thu, 20 Aug 2026 06:00:00 +0000',
        'Message-ID: <d1.0123456789abcdef@example.org>',
        'List-Id: <digest.papers.example.org>',
        'List-Unsubscribe: <https://papers.example.org/unsubscribe/AbC-_9>,',
        ` <${unsubscribeMailto}>`,
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        'List-Help: <https://papers.example.org/preferences>',
        'List-Archive: <https://papers.example.org/archive>',
        'Feedback-ID: 2026-08-20:daily:digest:paperboy',
        'Auto-Submitted: auto-generated',
        'Precedence: bulk',
      ),
    );
  });

  test('have a Feedback-ID as Gmail wants it: four fields, the last one the sender’s', () => {
    for (const kind of ['daily', 'weekly', 'sample']) {
      const id = buildFeedbackId('2026-08-20', kind, 'digest');
      // support.google.com/mail/answer/6254652: 5 to 15 characters at the end
      expect(id).toMatch(/^[a-z0-9-]+(?::[a-z0-9-]+){2}:[a-z]{5,15}$/);
      const fields = id.split(':');
      expect(new Set(fields).size).toBe(fields.length);
    }
  });

  test('of a notice, which is no list’s', () => {
    expect(noticeHeaders(mail)).toBe(
      lines(
        'From: "Daily Papers" <papers@example.org>',
        'To: ada@reader.example',
        'Subject: Flow matching, and 12 more',
        'Date: Thu, 20 Aug 2026 06:00:00 +0000',
        'Message-ID: <d1.0123456789abcdef@example.org>',
        'Auto-Submitted: auto-generated',
      ),
    );
  });

  test('fold a long subject and encode what is not ASCII', async () => {
    const subject = `β-Flow für Größen: ${'ein sehr langer Titel '.repeat(8)}“Ende” 😀`;
    const headers = digestHeaders({ ...mail, subject }, list);
    const folded = headers.slice(headers.indexOf('Subject:'), headers.indexOf('Date:'));
    expect(folded).toMatch(/^Subject: =\?UTF-8\?Q\?[^ ]+\?=\r\n( =\?UTF-8\?Q\?[^ ]+\?=\r\n)+$/);
    for (const line of folded.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
    expect((await parse(headers)).subject).toBe(subject);
  });

  test('fold a long subject of ASCII between its words', async () => {
    const subject = 'A title of many words '.repeat(12).trim();
    const headers = digestHeaders({ ...mail, subject }, list);
    for (const line of headers.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
    expect((await parse(headers)).subject).toBe(subject);
  });

  test('give the day and the hour in UTC', () => {
    const date = (ms: number) => /Date: (.*)\r/.exec(noticeHeaders({ ...mail, date: ms }))?.[1];
    expect(date(0)).toBe('Thu, 01 Jan 1970 00:00:00 +0000');
    expect(date(Date.UTC(2026, 11, 31, 23, 59, 59, 999))).toBe('Thu, 31 Dec 2026 23:59:59 +0000');
  });
});

describe('the sender', () => {
  test.each([
    ['', 'papers@example.org'],
    ['Daily Papers', '"Daily Papers" <papers@example.org>'],
    ['Papers, "daily" \\ more', '"Papers, \\"daily\\" \\\\ more" <papers@example.org>'],
    ['Tägliche Papers', '=?UTF-8?Q?T=C3=A4gliche_Papers?= <papers@example.org>'],
    ['=?UTF-8?Q?x?=', '=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?= <papers@example.org>'],
    ['a\r\nBcc: bob@b.example', '"a Bcc: bob@b.example" <papers@example.org>'],
    ['<eve@e.example>', '"<eve@e.example>" <papers@example.org>'],
  ])('named %j is written %s', (name, written) => {
    expect(formatMailbox({ name, address: 'papers@example.org' })).toBe(written);
  });

  test('is found by mail programs whatever the name', async () => {
    for (const name of [
      'Daily Papers',
      'Tägliche Papers',
      '論文'.repeat(30),
      'a "b" <c@d.example>',
    ]) {
      const from = { name, address: 'papers@example.org' };
      expect((await parse(digestHeaders({ ...mail, from }, list))).sender).toEqual(from);
    }
  });
});

/** Text that tries to break out of its field. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r\n', '\n', '\r', '\r\nBcc: eve@e.example', '\r\n\r\n<b>', '\0', '\u2028'),
      fc.constantFrom('"', '\\', '<', '>', ',', ':', ';', '@', '=?', '?=', '=?utf-8?q?=0D=0A?='),
      fc.constantFrom('Größe ', 'β', '😀', 'e\u0301', 'word ', 'x'.repeat(90), ' '.repeat(80)),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('whatever subject and name hold', () => {
  test('no field is added, lost or broken', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (subject, name) => {
        const from = { name, address: 'papers@example.org' };
        const headers = digestHeaders({ ...mail, subject, from }, list);
        expect(headers).toMatch(/^([A-Za-z-]+:.*\r\n( .*\r\n)*)+$/);
        expect(headers.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
        const read = await parse(headers);
        expect([...read.names].sort()).toEqual([...DIGEST_FIELDS].sort());
        expect(read.sender?.address).toBe('papers@example.org');
        expect(read.reader?.address).toBe('ada@reader.example');
      }),
      { numRuns: 500 },
    );
  });

  test('a subject without line breaks arrives as it is', async () => {
    const plain = fc.string({ unit: 'grapheme-composite', maxLength: 200 });
    const text = plain.map((all) => all.replace(/[\p{C}\s]+/gu, ' ').trim());
    await fc.assert(
      fc.asyncProperty(text, async (subject) => {
        const read = await parse(noticeHeaders({ ...mail, subject }));
        expect(read.subject ?? '').toBe(subject);
      }),
      { numRuns: 500 },
    );
  });
});
