/** What a report says of a mail to somebody. */
export interface Told {
  to?: string;
  recipient?: string | null;
  status?: string | null;
  action?: string;
  reply?: string;
  envelopeId?: string;
  messageId?: string;
  subject?: string;
  /** More lines of the returned header. */
  returned?: string;
}

const WORDS: Record<string, string> = {
  '5.2.2': '552 5.2.2 Mailbox full',
  '5.2.1': '550 5.2.1 The mailbox is disabled',
  '5.7.1': '554 5.7.1 Blocked: your address is on a list of ours (RBL)',
  '4.4.7': '451 4.4.7 Delivery time expired',
  '4.4.1': '451 4.4.1 Connection timed out',
};

/** What a server says beside that status. */
function toWords(status: string | null): string {
  return WORDS[status ?? ''] ?? `550 ${status ?? ''} No such user`;
}

/** A delivery report (RFC 3464). */
export function dsn(told: Told = {}): Uint8Array {
  const { recipient = 'ada@reader.test', status = '5.1.1', action = 'failed' } = told;
  const lines = [
    'From: MAILER-DAEMON@mx.example',
    `To: ${told.to ?? 'postmaster@example.org'}`,
    `Subject: ${told.subject ?? 'Undelivered Mail Returned to Sender'}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    ...(told.envelopeId === undefined ? [] : [`Original-Envelope-Id: ${told.envelopeId}`]),
    '',
    ...(recipient === null ? [] : [`Final-Recipient: rfc822; ${recipient}`]),
    `Action: ${action}`,
    ...(status === null ? [] : [`Status: ${status}`]),
    `Diagnostic-Code: smtp; ${told.reply ?? toWords(status)}`,
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    ...(told.messageId === undefined ? [] : [`Message-ID: ${told.messageId}`]),
    ...(told.returned === undefined ? [] : [told.returned]),
    'Subject: Flow matching',
    '',
    '--b--',
    '',
  ];
  return new TextEncoder().encode(lines.join('\r\n'));
}

/** A feedback report (RFC 5965). */
export function arf({ to = 'fbl@example.org', ...told }: Told & { feedbackId?: string } = {}) {
  const lines = [
    'From: feedback@provider.example',
    `To: ${to}`,
    'Content-Type: multipart/report; report-type=feedback-report; boundary=b',
    '',
    '--b',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: Some/1.0',
    ...(told.recipient ? [`Original-Rcpt-To: <${told.recipient}>`] : []),
    ...(told.feedbackId ? [`Feedback-ID: ${told.feedbackId}`] : []),
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    ...(told.returned === undefined ? [] : [told.returned]),
    ...(told.messageId === undefined ? [] : [`Message-ID: ${told.messageId}`]),
    '',
    '--b--',
    '',
  ];
  return new TextEncoder().encode(lines.join('\r\n'));
}

export function plain(lines: string[]): Uint8Array {
  return new TextEncoder().encode(lines.join('\r\n'));
}
