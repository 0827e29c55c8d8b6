import { describe, expect, test } from 'vitest';
import { readReportMail } from '../../../src/mail/reports/read-report-mail.js';
import { loadMails } from './samples.js';

function read(lines: string[]) {
  return readReportMail(Buffer.from(lines.join('\r\n')));
}

describe('clues', () => {
  test('the addresses that the mail was sent to, as they are written', async () => {
    const { clues } = await read([
      'Delivered-To: Bounces+K1@paper.example',
      'X-Original-To: bounces+k1@paper.example',
      'Envelope-To: <bounces-k2@paper.example>',
      'To: "Papers" <papers@paper.example>',
      'Resent-To: other@paper.example',
      'From: MAILER-DAEMON@mx.example',
      '',
      'Hello',
    ]);
    expect(clues.addressedTo).toEqual([
      'Bounces+K1@paper.example',
      'bounces+k1@paper.example',
      'bounces-k2@paper.example',
      'papers@paper.example',
      'other@paper.example',
    ]);
  });

  test('envelope id and Message-ID of a status report', async () => {
    const { mail = Buffer.alloc(0) } = loadMails().find(({ name }) => name === 'Postfix') ?? {};
    const { clues } = await readReportMail(mail);
    expect(clues.envelopeIds).toEqual(['k1']);
    expect(clues.messageIds).toEqual(['<d1.0123456789abcdef@paper.example>']);
  });

  test('Message-IDs that a reply refers to', async () => {
    const { clues } = await read([
      'From: ada@reader.example',
      'In-Reply-To: <b@paper.example>',
      'References: <a@paper.example> <b@paper.example>',
      '',
      'Hello',
    ]);
    expect(clues.messageIds).toEqual(['<b@paper.example>', '<a@paper.example>']);
  });

  test('the Message-ID of a mail that is returned as text', async () => {
    const { mail = Buffer.alloc(0) } = loadMails().find(({ name }) => name === 'qmail') ?? {};
    const { clues } = await readReportMail(mail);
    expect(clues.messageIds).toEqual(['<d1.0123456789abcdef@paper.example>']);
  });
});

test('a report for each recipient', async () => {
  const { mail = Buffer.alloc(0) } =
    loadMails().find(({ name }) => name === 'qmail, one of three recipients') ?? {};
  const { reports } = await readReportMail(mail);
  expect(reports.map(({ kind, recipient }) => [kind, recipient])).toEqual([
    ['full', 'ada@reader.example'],
    ['temporary', 'grace@reader.example'],
    ['permanent', 'emmy@reader.example'],
  ]);
});

test('a report for each group of a status report, with its own reply', async () => {
  const { reports } = await read([
    'From: MAILER-DAEMON@mx.example',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; ada@reader.example',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 No such',
    '\tuser',
    '',
    'Final-Recipient: rfc822; grace@reader.example',
    'Action: delayed',
    'Status: 4.2.2',
    'Diagnostic-Code: smtp; 452 4.2.2 Full',
  ]);
  expect(reports).toEqual([
    {
      kind: 'permanent',
      recipient: 'ada@reader.example',
      status: '5.1.1',
      reply: '550 5.1.1 No such user',
      isDelay: false,
      feedbackId: null,
    },
    {
      kind: 'full',
      recipient: 'grace@reader.example',
      status: '4.2.2',
      reply: '452 4.2.2 Full',
      isDelay: true,
      feedbackId: null,
    },
  ]);
});

test('the id of a complaint', async () => {
  const { reports } = await read([
    'From: feedback@loop.example',
    'Content-Type: multipart/report; report-type=feedback-report; boundary=b1',
    '',
    '--b1',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'Complaint-ID: 0100-abc',
    'Original-Rcpt-To: ada@reader.example',
    '',
    '--b1--',
  ]);
  expect(reports[0]).toMatchObject({ kind: 'complaint', feedbackId: '0100-abc' });
});

test.each([
  ['CR alone', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('lines that end with %s, behind the line of an mbox file', async (_name, end) => {
  const lines = [
    'From MAILER-DAEMON Tue Aug  4 06:00:00 2026',
    'From: MAILER-DAEMON@mx.example',
    'Subject: failure notice',
    '',
    '<ada@reader.example>:',
    '550 No such user',
    '',
  ];
  const { reports } = await readReportMail(Buffer.from(lines.join(end)));
  expect(reports[0]).toMatchObject({ kind: 'permanent', recipient: 'ada@reader.example' });
});

test.each([
  ['gb2312', 'Recipient: ', Buffer.from('cad5bcfec8cbb2bbb4e6d4da', 'hex')],
  ['koi8-r', 'Error: ', Buffer.from('c1c4d2c5d320cec520d3d5ddc5d3d4d7d5c5d4', 'hex')],
])('words in %s, which the mail does not name', async (_name, before, octets) => {
  const head = 'From: postmaster@reader.example\nSubject: failure notice\n\n<ada@reader.example>\n';
  const { reports } = await readReportMail(
    Buffer.concat([Buffer.from(head + before), octets, Buffer.from('\n')]),
  );
  expect(reports[0]).toMatchObject({ kind: 'permanent', recipient: 'ada@reader.example' });
});

test('nothing at all is a mail of nobody about nothing', async () => {
  expect(await readReportMail(new Uint8Array())).toEqual({
    reports: [{ kind: 'unknown', recipient: null, status: null, reply: '', feedbackId: null }],
    clues: { addressedTo: [], envelopeIds: [], messageIds: [] },
  });
});

test('the mail that a notice of Amazon SES is about', async () => {
  const notice = {
    notificationType: 'Bounce',
    bounce: { bouncedRecipients: [{ emailAddress: 'ada@reader.example' }] },
    mail: { headers: [{ name: 'Message-ID', value: '<d1.0123456789abcdef@paper.example>' }] },
  };
  const { clues } = await read(['From: no-reply@sns.example', '', JSON.stringify(notice)]);
  expect(clues.messageIds).toEqual(['<d1.0123456789abcdef@paper.example>']);
});
