import { isOfMachine, toAddress } from './addresses.js';
import { findClues } from './clues.js';
import { isReceipt, readDelivery } from './delivery-report.js';
import { FEEDBACK_TYPES, readBareFeedback, readFeedback } from './feedback.js';
import { findField, findFields } from './header-fields.js';
import { type InMail, toInMail } from './in-mail.js';
import { type MailPart, takeApart } from './mail-parts.js';
import { isAutoReply, isChallenge, isMarkedAutomatic, isUnsubscribe } from './replies-of-people.js';
import type { Report, ReportKind, ReportMail } from './report.js';
import type { ReturnedMail } from './returned-mail.js';
import { readSesNotice } from './ses-notice.js';
import { parseStatusReport, STATUS_TYPES } from './status-report.js';

const NOTHING: ReportMail = {
  reports: [{ kind: 'unknown', recipient: null, status: null, reply: '', feedbackId: null }],
  clues: { addressedTo: [], envelopeIds: [], messageIds: [] },
};

/**
 * Reads a mail that came back: a bounce, a complaint, an automatic answer, somebody who wants to leave.
 * It believes nothing: whoever uses it has to verify what it says. It never throws, and takes time
 * and memory in proportion to at most 400 KB.
 */
export async function readReportMail(octets: Uint8Array): Promise<ReportMail> {
  try {
    return await readMail(octets, 0);
  } catch {
    // Nobody is there to be told, and a mail that can't be read says nothing.
    return structuredClone(NOTHING);
  }
}

const MOST_DEPTH = 2;

async function readMail(octets: Uint8Array, depth: number): Promise<ReportMail> {
  const mail = toInMail(await takeApart(octets));
  const inner = depth < MOST_DEPTH ? findInnerReport(mail) : undefined;
  if (inner) {
    const found = await readMail(Buffer.from(inner.text), depth + 1);
    if (found.reports.some(({ kind }) => kind !== 'unknown')) return withClues(found, mail);
  }
  const notice = mail.parts.length === 0 ? readSesNotice(mail.lines) : null;
  const clues = toClues(mail);
  if (notice === null) return { reports: readReports(mail), clues };
  const messageIds = [...new Set([...notice.messageIds, ...clues.messageIds])];
  return { reports: notice.reports, clues: { ...clues, messageIds } };
}

/** A report that somebody forwarded as it was: it stands within a mail that says nothing itself. */
function findInnerReport({ parts, lines }: InMail): MailPart | undefined {
  if (parts.some(({ type }) => STATUS_TYPES.includes(type) || FEEDBACK_TYPES.includes(type)))
    return undefined;
  const said = lines.join('').trim().length;
  return parts.find(
    ({ type, text }) =>
      type === 'message/rfc822' &&
      (/^content-type:[^\n]{0,200}(?:\n[ \t][^\n]{0,200}){0,3}report-type=/im.test(
        text.slice(0, 20_000),
      ) ||
        (said < 400 && /^from:.{0,100}(?:mailer-daemon|postmaster)/im.test(text.slice(0, 20_000)))),
  );
}

function withClues({ reports, clues }: ReportMail, outer: InMail): ReportMail {
  const own = toClues(outer);
  return {
    reports,
    clues: {
      addressedTo: [...new Set([...own.addressedTo, ...clues.addressedTo])],
      envelopeIds: [...new Set([...own.envelopeIds, ...clues.envelopeIds])],
      messageIds: [...new Set([...own.messageIds, ...clues.messageIds])],
    },
  };
}

function toClues({ headers, parts, returned }: InMail) {
  const status = parts.filter(({ type }) => STATUS_TYPES.includes(type)).slice(0, 5);
  const envelopeIds = status.flatMap(({ text }) => parseStatusReport(text).envelopeId ?? []);
  return findClues(headers, { envelopeIds, messageIds: returned?.messageIds ?? [] });
}

function readReports(mail: InMail): Report[] {
  const feedback = mail.parts.find(({ type }) => FEEDBACK_TYPES.includes(type));
  const nothing: ReturnedMail = { to: [], messageIds: [], headers: [] };
  if (feedback) return readFeedback(feedback.text, mail.returned ?? nothing, mail.headers);
  const isBare = !mail.parts.some(({ type }) => STATUS_TYPES.includes(type));
  const complaint = isBare ? readBareFeedback(mail) : null;
  if (complaint) return complaint;
  return readDelivery(mail) ?? [ofSender(mail)];
}

/** What a person, or a program for them, wrote to us. */
function ofSender(mail: InMail): Report {
  const address = toAddress(findField(mail.headers, 'from', 'reply-to', 'sender'));
  const recipient =
    address === null || isOfMachine(address) ? (mail.returned?.to[0] ?? address) : address;
  return { kind: toKind(mail), recipient, status: null, reply: '', feedbackId: null };
}

function toKind(mail: InMail): ReportKind {
  const { headers, subject, lines } = mail;
  // Apple's mail programs mark what they write for somebody who leaves as an automatic reply.
  if (isUnsubscribe(subject, lines)) return 'unsubscribe';
  if (isReceipt(mail) || isMarkedAutomatic(headers) || isAutoReply(subject, lines))
    return 'auto-reply';
  // RFC 3834 §3.3: what answers by itself has no return path, so that nothing answers it.
  if (findFields(headers, 'return-path').some((path) => path === '<>')) return 'auto-reply';
  return isChallenge(subject, lines) ? 'auto-reply' : 'unknown';
}
