import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readReportMail } from '../../../src/mail/reports/read-report-mail.js';
import { expectLinear } from '../../support/growth.js';
import { loadMails } from './samples.js';

const HEAD = 'From: MAILER-DAEMON@mx.example\nTo: bounces@paper.example\nSubject: failure notice\n';

/** A mail of a part that is repeated. Four times as much is about as much as is read of any mail. */
function many(part: string): (parts: number) => Promise<unknown> {
  const lines = part.split('\n').length - 1;
  const times = Math.min(70_000 / Buffer.byteLength(part), 2_800 / Math.max(lines, 0.01));
  return (parts) => readReportMail(Buffer.from(`${HEAD}${part.repeat(times * parts)}`));
}

describe('time grows no faster than the mail', () => {
  test.each([
    ['header fields', 'X-A: b\n'],
    ['folded lines', ' folded\n'],
    ['parts', '\n--b1\nContent-Type: text/plain\n\na\n'],
    ['parts that are mails', '\n--b1\nContent-Type: message/rfc822\n\nTo: a@b.example\n\n'],
    ['multiparts within each other', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'],
    ['mails within each other', 'Content-Type: message/rfc822\n\n'],
    ['addresses', '\n<ada@reader.example>: user unknown\n'],
    ['one long address', 'a'],
    ['signs @', '@'],
    ['replies', '\n550 5.1.1 '],
    ['groups of a status report', '\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n'],
    ['open brackets', '<'],
    ['encoded words', ' =?utf-8?q?a?=\n'],
    ['empty lines', '\n'],
    ['spaces', ' '],
    ['letters beyond ASCII', '\n宛先が'],
    ['open tags of HTML', '<p>'],
  ])('%s', async (_name, part) => {
    await expectLinear(many(part));
  });

  test('header fields that are boundaries', async () => {
    const head = `${HEAD}Content-Type: multipart/report; boundary=b1\n`;
    await expectLinear((parts) =>
      readReportMail(
        Buffer.from(
          `${head}\n${'--b1\n\nFinal-Recipient: rfc822; a@b.example\n'.repeat(900 * parts)}`,
        ),
      ),
    );
  });
});

test('100,000 parts, and a boundary that never ends', async () => {
  const head = `${HEAD}Content-Type: multipart/report; boundary=b1\n\n`;
  const { reports } = await readReportMail(Buffer.from(head + '--b1\n\na\n'.repeat(100_000)));
  expect(reports).toHaveLength(1);
});

test('a report of 10,000 recipients tells of so many that they can be worked through', async () => {
  const groups = Array.from(
    { length: 10_000 },
    (_, i) => `\nFinal-Recipient: rfc822; r${i}@b.example\nAction: failed\nStatus: 5.1.1\n`,
  );
  const mail = `${HEAD}Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n${groups.join('')}`;
  const { reports } = await readReportMail(Buffer.from(mail));
  expect(reports.length).toBeGreaterThan(1);
  expect(reports.length).toBeLessThanOrEqual(100);
});

test('a report behind a mail of many megabytes is found', async () => {
  const { mail = Buffer.alloc(0) } =
    loadMails().find(({ name }) => name.startsWith('parts in')) ?? {};
  const text = mail.toString().replace('Hello\n', `${'Hello, hello, hello\n'.repeat(300_000)}`);
  const { reports } = await readReportMail(Buffer.from(text));
  expect(reports[0]).toMatchObject({ kind: 'permanent', recipient: 'ada@reader.example' });
});

test('whatever octets come, there is a report and nothing is thrown', async () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    fc
      .array(
        fc.constantFrom(
          'From: ',
          'To: ',
          '@',
          '\n',
          '\r\n',
          '--b',
          ';',
          'b=',
          '550 ',
          '5.1.1',
          '<',
          '>',
          ' ',
          'a',
          'é',
          '\0',
        ),
      )
      .map((pieces) => Buffer.from(pieces.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(octets, async (mail) => {
      const { reports } = await readReportMail(mail);
      expect(reports.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

/** Beginnings of a mail that are tried. Where they end differs from mail to mail. */
const BEGINNINGS = 4;

test('the beginnings of every mail are read', async () => {
  for (const [n, { mail }] of loadMails().entries()) {
    const step = Math.ceil(mail.length / BEGINNINGS);
    for (let end = (37 * n) % step; end < mail.length; end += step) {
      const { reports } = await readReportMail(mail.subarray(0, end));
      expect(reports.length).toBeGreaterThan(0);
    }
  }
});
