import { createHmac } from 'node:crypto';
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { headerField } from './mime.js';

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
  const phrase = name.replace(/\p{Cc}+/gu, ' ').trim();
  if (phrase === '') return address;
  // RFC 5322 §3.2.4: a quoted string.
  return /^[\x20-\x7E]*$/.test(phrase) && !phrase.includes('=?')
    ? `"${phrase.replace(/["\\]/g, '\\$&')}" <${address}>`
    : `${encodeWord(phrase, 'Q', 52)} <${address}>`;
}

export interface MailHeaders {
  from: Mailbox;
  to: string;
  subject: string;
  /** Milliseconds since the epoch. */
  date: number;
  messageId: string;
}

/** The header fields of every mail. */
function commonHeaders({ from, to, subject, date, messageId }: MailHeaders): string {
  return (
    `${foldLines(`From: ${formatMailbox(from)}`, 76)}\r\n` + // RFC 5322 §3.6.2
    `To: ${to}\r\n` + // RFC 5322 §3.6.3
    headerField('Subject', subject) + // RFC 5322 §3.6.5
    `Date: ${rfc5322Date(date)}\r\n` + // RFC 5322 §3.6.1
    `Message-ID: ${messageId}\r\n` // RFC 5322 §3.6.4
  );
}

export interface ListHeaders {
  /** Without angle brackets. */
  listId: string;
  unsubscribeUrl: string;
}

/** The header fields of a digest: automatic mail to a list. */
export function digestHeaders(mail: MailHeaders, { listId, unsubscribeUrl }: ListHeaders): string {
  return (
    commonHeaders(mail) +
    `List-Id: <${listId}>\r\n` + // RFC 2919 §3
    `List-Unsubscribe: <${unsubscribeUrl}>\r\n` + // RFC 2369 §3.2
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n' + // RFC 8058 §3.1
    'Auto-Submitted: auto-generated\r\n' + // RFC 3834 §5: no vacation replies
    'Precedence: bulk\r\n' // RFC 2076 §3.9: for responders older than RFC 3834
  );
}

/** The header fields of a notice: one person requested it, so it has no list fields. */
export function noticeHeaders(mail: MailHeaders): string {
  return `${commonHeaders(mail)}Auto-Submitted: auto-generated\r\n`; // RFC 3834 §5
}

/**
 * The Message-ID of a mail: the same for every attempt, so that mailboxes can drop a repeated copy,
 * and unguessable, so that nobody can forge a bounce for it.
 * @param kind of the outbox: deliveries, notices, or mails to the operator
 */
export function buildMessageId(
  kind: 'd' | 'n' | 'o',
  id: number,
  { secret, domain }: { secret: string; domain: string },
): string {
  const mac = createHmac('sha256', secret).update(`message-id ${kind}${id}`).digest('hex');
  return `<${kind}${id.toString(36)}.${mac.slice(0, 16)}@${domain}>`;
}

/** `Thu, 20 Aug 2026 06:00:00 +0000` (RFC 5322 §3.3; `GMT` is its obsolete form). */
function rfc5322Date(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
