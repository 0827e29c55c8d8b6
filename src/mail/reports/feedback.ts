import { findAddresses, isOfMachine, toAddress } from './addresses.js';
import { isAboutDelivery } from './delivery-words.js';
import { type Field, findField, findFields, parseFields } from './header-fields.js';
import { type MailPart, toLines } from './mail-parts.js';
import type { Report, ReportKind } from './report.js';
import { type ReturnedMail, readReturned } from './returned-mail.js';

export const FEEDBACK_TYPES: readonly string[] = [
  'message/feedback-report',
  'message/x-feedback-report',
];

/**
 * What types of feedback mean (RFC 5965 §7.3, and earlier drafts of it). Any other is a complaint.
 * `auth-failure` (RFC 6591) and `dkim` tell of us, not of what a reader wants.
 */
const KINDS: ReadonlyMap<string, ReportKind> = new Map([
  ['not-spam', 'unknown'],
  ['auth-failure', 'policy'],
  ['dkim', 'policy'],
  ['dmarc', 'policy'],
]);

const MOST_RECIPIENTS = 100;

/** Reads a feedback report (RFC 5965 §3), with the mail that it is about. */
export function readFeedback(
  text: string,
  returned: ReturnedMail,
  headers: readonly Field[],
): Report[] {
  const fields = parseFields(toLines(text).filter((line) => line !== ''));
  const type = findField(fields, 'feedback-type')?.toLowerCase().trim() ?? 'abuse';
  const named = findFields(
    fields,
    'original-rcpt-to',
    'removal-recipient',
    'original-recipient',
    'final-recipient',
  ).flatMap((value) => toAddress(value) ?? []);
  const feedbackId = findFeedbackId([...fields, ...headers, ...returned.headers]);
  return toReports(KINDS.get(type) ?? 'complaint', named, returned, feedbackId);
}

/** A report for each recipient that is named, or for the first that the returned mail has. */
function toReports(
  kind: ReportKind,
  named: readonly string[],
  returned: ReturnedMail,
  feedbackId: string | null,
): Report[] {
  const people = (some: readonly string[]) => some.filter((one) => !isOfMachine(one));
  const recipients: (string | null)[] =
    named.length > 0
      ? [...new Set(named)].slice(0, MOST_RECIPIENTS)
      : people(returned.to).slice(0, 1);
  if (recipients.length === 0) recipients.push(null);
  return recipients.map((recipient) => ({ kind, recipient, status: null, reply: '', feedbackId }));
}

/** A provider's own id of a complaint, or else our `Feedback-ID` in the returned mail. */
function findFeedbackId(fields: readonly Field[]): string | null {
  const id = findField(
    fields,
    'complaint-id',
    'feedback-id',
    'x-complaint-id',
    'x-report-id',
    'report-id',
    'x-abuse-id',
    'x-feedback-id',
    'x-hmxmroriginalid',
    'incident-id',
    'x-yahoo-newman-id',
    'x-arf-id',
    'reported-id',
  );
  return id?.slice(0, 300) ?? null;
}

/** Who sends complaints of readers (addresses of feedback loops), in whatever form. */
const LOOP_SENDER =
  /staff@hotmail\.com|(?:feedbackloop|feedback-loop|fbl|feedback|arf|scomp|spamreport|complaints?|abuse-?report|jmrp)[\w.+-]{0,40}@|@(?:[\w-]{1,40}\.){0,4}(?:feedback|fbl|arf|scomp|abusix|abusehub)\./i;
const LOOP_SUBJECT =
  /complaint about (?:message|mail|e-?mail)|abuse report|spam (?:complaint|report|feedback)|feedback loop|fbl\b|email feedback report|\bfw:? .{0,20}\babuse\b|\[?(?:abuse|spam) (?:complaint|notification|notice)|junk (?:mail|e-?mail) report|client tos notification|email abuse|reported (?:as|for) (?:spam|abuse|junk)|jmrp|xarf|x-arf/i;
const LOOP_TEXT =
  /this is an? (?:e-?mail )?(?:abuse|spam|complaint|feedback) (?:report|notification|message)|(?:reported|marked|flagged|identified|classified) (?:this |your |the |following |attached )*(?:message|mail|e-?mail)?.{0,40}\bas (?:spam|junk|abus|unwanted|unsolicited)|spam complaint|abuse complaint|complained about|complaint (?:from|by|was)|feedback loop|(?:user|recipient|customer|member|subscriber).{0,60}(?:complained|reported|clicked).{0,60}(?:spam|junk|abus)/i;
/** JMRP of Hotmail names the recipient in the returned mail. */
const LOOP_FIELDS = [
  'x-hmxmroriginalrecipient',
  'x-loop-complaint',
  'x-abuse-report',
  'x-yahoo-complaint',
  'complaint-type',
];

/** A complaint without a part of its own kind; `null` if the mail is none. */
export function readBareFeedback(mail: {
  headers: readonly Field[];
  subject: string;
  lines: readonly string[];
  parts: readonly MailPart[];
  returned: ReturnedMail | null;
}): Report[] | null {
  const { headers, subject, lines, parts, returned } = mail;
  const from = findField(headers, 'from') ?? '';
  const text = lines.slice(0, 60).join(' ').slice(0, 5_000);
  const fields = parseFields(lines.filter((line) => line.trim() !== '').slice(0, 60));
  const isForm = /multipart\/report.{0,200}feedback-report/i.test(
    findField(headers, 'content-type') ?? '',
  );
  const hasField = returned !== null && findField(returned.headers, ...LOOP_FIELDS) !== undefined;
  const isOfLoop =
    LOOP_SENDER.test(from) || findField(headers, 'x-hmxmroriginalrecipient') !== undefined;
  const saysSo =
    LOOP_SUBJECT.test(subject) ||
    LOOP_TEXT.test(text) ||
    findField(fields, 'feedback-type') !== undefined;
  // A mail that returns another one says "spam" too if a filter has refused that.
  const isBounce = isAboutDelivery(subject, lines);
  const hasMail = returned !== null && !isBounce;
  // A reader who answers quotes our mail too: its subject may be of spam, as papers are.
  const isAttached = hasMail && parts.length > 0 && !/^\s*re\s*:/i.test(subject);
  const isForwarded = isAttached && /\babuse\b|\bspam\b/i.test(`${subject} ${from}`);
  const isComplaint =
    isForm || hasField || isForwarded || (saysSo && (isOfLoop || hasMail)) || (isOfLoop && hasMail);
  if (!isComplaint) return null;
  const about = returned ?? readReturned(lines);
  const named = [...headers, ...fields, ...about.headers]
    .filter(({ name }) => NAMED.has(name))
    .flatMap(({ value }) => findAddresses(value).slice(0, 1));
  return toReports(
    'complaint',
    named.slice(0, 1),
    about,
    findFeedbackId([...fields, ...headers, ...about.headers]),
  );
}

const NAMED = new Set([
  'x-hmxmroriginalrecipient',
  'original-rcpt-to',
  'removal-recipient',
  'x-original-rcpt-to',
  'reported-recipient',
]);
