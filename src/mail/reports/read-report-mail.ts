import type { Report, ReportKind, ReportMail } from './report.js';

/** Reads what a mail that came back says, as far as it follows RFC 3464, RFC 5965 and RFC 3834. */
export async function readReportMail(octets: Uint8Array): Promise<ReportMail> {
  const text = Buffer.from(octets).toString('utf8').replace(/\r\n/g, '\n');
  const all = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}:[ \\t]*(.*)$`, 'gim'))].map(([, value = '']) =>
      value.trim(),
    );
  const bare = (value: string | undefined) =>
    value
      ?.replace(/^.*;/, '')
      .replace(/^.*<|>.*$/g, '')
      .trim()
      .toLowerCase() || null;
  const status = all('Status')[0]?.match(/[245]\.\d+\.\d+/)?.[0] ?? null;
  const recipients = [...new Set(all('(?:Final|Original)-Recipient').map(bare))];
  const report: Omit<Report, 'recipient'> = {
    kind: toKind(text, status, all),
    status,
    reply: (all('Diagnostic-Code')[0] ?? '').replace(/^smtp;\s*/i, ''),
    feedbackId: all('Feedback-ID')[0] ?? null,
  };
  const senders = all('Original-Rcpt-To').concat(all('From')).map(bare);
  const named = recipients.length > 0 ? recipients : [senders[0] ?? null];
  return {
    reports: named.map((recipient) => ({ ...report, recipient })),
    clues: {
      addressedTo: all('(?:To|Delivered-To|X-Original-To)').flatMap((value) => bare(value) ?? []),
      envelopeIds: all('Original-Envelope-Id'),
      messageIds: [...text.matchAll(/<[^<>\s]+@[^<>\s]+>/g)].map(([id]) => id),
    },
  };
}

function toKind(text: string, status: string | null, all: (name: string) => string[]): ReportKind {
  if (all('Feedback-Type').length > 0) return 'complaint';
  if (all('Auto-Submitted').some((value) => /^auto-replied/i.test(value)) && !status) {
    return 'auto-reply';
  }
  if (status) {
    if (/\.2\.2$/.test(status)) return 'full';
    if (/^5\.7\./.test(status)) return 'policy';
    if (/^4|\.2\.1$/.test(status)) return 'temporary';
    return 'permanent';
  }
  return /^subject:[ \t]*unsubscribe/im.test(text) ? 'unsubscribe' : 'unknown';
}
