import { describe, expect, test } from 'vitest';
import { readReportMail } from '../../../src/mail/reports/read-report-mail.js';
import { REPORT_KINDS } from '../../../src/mail/reports/report.js';
import { loadMails } from './samples.js';

const MAILS = loadMails();

test('every kind has a sample', () => {
  expect(new Set(MAILS.map(({ kind }) => kind))).toEqual(new Set(REPORT_KINDS));
});

describe.each([...new Set(MAILS.map(({ file }) => file))])('%s', (file) => {
  const mails = MAILS.filter((one) => one.file === file);

  test.each(mails.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { reports } = await readReportMail(one.mail);
    const { kind, recipient, status } = reports[0] ?? {};
    expect({ kind, recipient }).toEqual({ kind: one.kind, recipient: one.recipient });
    if (one.status !== null) expect(status).toBe(one.status);
  });
});
