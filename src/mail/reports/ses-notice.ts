import { toAddress } from './addresses.js';
import { readEvidence } from './evidence.js';
import type { Report, ReportKind } from './report.js';
import { findMessageIds } from './returned-mail.js';
import { readSesSubType } from './ses-bounces.js';

// https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html: what a topic of Amazon SNS
// sends to who subscribed to it by mail.

/** What a notice of Amazon SES says, and of which mail. */
export interface SesNotice {
  reports: Report[];
  messageIds: string[];
}

type Fields = Readonly<Record<string, unknown>>;

const MOST_LINES = 400;
const MOST_REPORTS = 100;

/** Reads a notice that stands in a mail's text; `null` if it holds none. */
export function readSesNotice(lines: readonly string[]): SesNotice | null {
  const notice = parseNotice(lines);
  if (notice === null) return null;
  const mail = toFields(notice['mail']);
  const reports = toReports(notice, mail).slice(0, MOST_REPORTS);
  if (reports.length === 0) return null;
  const headers = toList(mail['headers']).map(toFields);
  const own = headers.find((one) => toText(one['name']).toLowerCase() === 'message-id');
  const id = toText(own?.['value']) || toText(toFields(mail['commonHeaders'])['messageId']);
  return { reports, messageIds: findMessageIds(id) };
}

function parseNotice(lines: readonly string[]): Fields | null {
  const start = lines.findIndex((line) => /^\{(?:"|$)/.test(line));
  if (start < 0) return null;
  const until = lines.slice(start, start + MOST_LINES).findIndex((line) => /^(?:--)?$/.test(line));
  const end = until < 0 ? start + MOST_LINES : start + until;
  // Amazon breaks long lines with an exclamation mark.
  const text = lines.slice(start, end).join('\n').replace(/!\n ?/g, '').replaceAll('\n', '');
  const parsed = parse(text);
  const inner = toText(parsed['Message']);
  const notice = inner.startsWith('{') ? parse(inner) : parsed;
  return toType(notice) === '' ? null : notice;
}

function parse(text: string): Fields {
  try {
    return toFields(JSON.parse(text));
  } catch {
    return {};
  }
}

function toType(notice: Fields): string {
  return toText(notice['notificationType']) || toText(notice['eventType']);
}

function toReports(notice: Fields, mail: Fields): Report[] {
  switch (toType(notice)) {
    case 'Bounce':
      return toBounces(toFields(notice['bounce']));
    case 'Complaint':
      return toComplaints(toFields(notice['complaint']));
    case 'Delivery':
      return toList(mail['destination']).map((one) => toReport('unknown', toText(one)));
    default:
      return [];
  }
}

/** RFC 6591, RFC 5965 §7.3: these are no complaints. */
const FEEDBACK: ReadonlyMap<string, ReportKind> = new Map([
  ['auth-failure', 'policy'],
  ['not-spam', 'unknown'],
]);

function toComplaints(complaint: Fields): Report[] {
  const kind = FEEDBACK.get(toText(complaint['complaintFeedbackType'])) ?? 'complaint';
  const feedbackId = toText(complaint['feedbackId']).slice(0, 300) || null;
  return toList(complaint['complainedRecipients']).map((one) => ({
    ...toReport(kind, toText(toFields(one)['emailAddress'])),
    feedbackId,
  }));
}

function toBounces(bounce: Fields): Report[] {
  return toList(bounce['bouncedRecipients']).map((one) => {
    const { emailAddress, status, diagnosticCode } = toFields(one);
    const reply = toText(diagnosticCode).replace(/^(?:smtp|x-[\w-]{1,30}) ?; ?/i, '');
    const read = readEvidence({
      action: 'failed',
      status: /^[245]\.\d{1,3}\.\d{1,3}$/.exec(toText(status))?.[0] ?? null,
      replies: reply === '' ? [] : [reply],
      texts: [],
      isDelayed: toText(bounce['bounceType']) === 'Transient',
    });
    const kind = toKind(bounce) ?? read.kind;
    return { ...toReport(kind, toText(emailAddress)), status: read.status, reply: read.reply };
  });
}

/** What Amazon knows better than the words of the server, or says where there are none. */
function toKind(bounce: Fields): ReportKind | null {
  const said = readSesSubType(toText(bounce['bounceSubType']));
  if (said !== null) return said;
  const isSilent = toList(bounce['bouncedRecipients']).every(
    (one) => toText(toFields(one)['diagnosticCode']) === '',
  );
  return isSilent && toText(bounce['bounceType']) === 'Permanent' ? 'permanent' : null;
}

function toReport(kind: ReportKind, address: string): Report {
  return { kind, recipient: toAddress(address), status: null, reply: '', feedbackId: null };
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, MOST_REPORTS) : [];
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
