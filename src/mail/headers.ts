import { encodeText, foldField, headerField, isPlain, toHeaderText } from './mime.js';

/** An address and its display name. */
export interface Mailbox {
  name: string;
  address: string;
}

/**
 * `"Daily Papers" <papers@example.org>`. Only the name is encoded: RFC 2047 §5 forbids encoded words
 * in an address.
 */
export function formatMailbox({ name, address }: Mailbox): string {
  const phrase = toHeaderText(name);
  if (phrase === '') return address;
  const quoted = phrase.replace(/["\\]/g, '\\$&');
  // RFC 5322 §3.2.4: a quoted string.
  return `${isPlain(quoted) ? `"${quoted}"` : encodeText(phrase)} <${address}>`;
}

export interface MailHeaders {
  from: Mailbox;
  /** Where answers go, if not to the sender. */
  replyTo?: Mailbox | null | undefined;
  to: string;
  subject: string;
  /** Milliseconds since the epoch. */
  date: number;
  messageId: string;
  /** By which Gmail counts complaints; see `buildFeedbackId`. */
  feedbackId?: string | null;
}

/** The header fields of every mail. */
function commonHeaders({ from, replyTo, to, subject, date, messageId }: MailHeaders): string {
  return (
    foldField('From', formatMailbox(from)) + // RFC 5322 §3.6.2
    (replyTo ? foldField('Reply-To', formatMailbox(replyTo)) : '') + // RFC 5322 §3.6.2
    `To: ${to}\r\n` + // RFC 5322 §3.6.3
    headerField('Subject', subject) + // RFC 5322 §3.6.5
    `Date: ${rfc5322Date(date)}\r\n` + // RFC 5322 §3.6.1
    `Message-ID: ${messageId}\r\n` // RFC 5322 §3.6.4
  );
}

/** URLs without angle brackets. */
export interface ListHeaders {
  listId: string;
  unsubscribeUrl: string;
  /** Leaves by a mail, for programs that can't do it by a request. */
  unsubscribeMailto?: string | null;
  /** Says how to change or end the subscription. */
  helpUrl?: string | null;
  archiveUrl?: string | null;
}

/** The header fields of a digest: automatic mail to a list. */
export function digestHeaders(mail: MailHeaders, list: ListHeaders): string {
  const { listId, unsubscribeUrl, unsubscribeMailto, helpUrl, archiveUrl } = list;
  return (
    commonHeaders(mail) +
    `List-Id: <${listId}>\r\n` + // RFC 2919 §3
    urlsField('List-Unsubscribe', unsubscribeUrl, unsubscribeMailto) + // RFC 2369 §3.2
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n' + // RFC 8058 §3.1
    urlsField('List-Help', helpUrl) + // RFC 2369 §3.1
    urlsField('List-Archive', archiveUrl) + // RFC 2369 §3.6
    feedbackField(mail) +
    'Auto-Submitted: auto-generated\r\n' + // RFC 3834 §5: no vacation replies
    'Precedence: bulk\r\n' // RFC 2076 §3.9: for responders older than RFC 3834
  );
}

/** The header fields of a notice: one person requested it, so it has no list fields. */
export function noticeHeaders(mail: MailHeaders): string {
  return `${commonHeaders(mail)}${feedbackField(mail)}Auto-Submitted: auto-generated\r\n`; // RFC 3834 §5
}

/** The best URL first (RFC 2369 §2). Each stays whole on a line: some programs do not unfold them. */
function urlsField(name: string, ...urls: (string | null | undefined)[]): string {
  const given = urls.filter((url): url is string => typeof url === 'string');
  return given.length === 0 ? '' : `${name}: ${given.map((url) => `<${url}>`).join(',\r\n ')}\r\n`;
}

function feedbackField({ feedbackId }: MailHeaders): string {
  return feedbackId ? `Feedback-ID: ${feedbackId}\r\n` : '';
}

/** The part of a Feedback-ID that is the same in all mails: 5 to 15 characters. */
const SENDER_ID = 'paperboy';

/**
 * By which Gmail's Postmaster Tools count complaints: up to three fields of ours, and whose mail it is
 * (support.google.com/mail/answer/6254652). It says what kind of mail it is, and nothing of the reader.
 */
export function buildFeedbackId(...fields: readonly string[]): string {
  return [...fields, SENDER_ID].join(':');
}

/** `Thu, 20 Aug 2026 06:00:00 +0000` (RFC 5322 §3.3; `GMT` is its obsolete form). */
function rfc5322Date(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
