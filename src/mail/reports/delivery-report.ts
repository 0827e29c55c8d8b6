import { findAddresses, isOfMachine, isSameAddress } from './addresses.js';
import { decodeOtherwise } from './charsets.js';
import { isAboutDelay, isAboutDelivery } from './delivery-words.js';
import { type Evidence, readEvidence, sayWhy } from './evidence.js';
import { findField, findFields } from './header-fields.js';
import type { InMail } from './in-mail.js';
import { findReplies } from './quoted-replies.js';
import { isAutoReply, isMarkedAutomatic } from './replies-of-people.js';
import type { Report } from './report.js';
import {
  findFailedRecipients,
  findStatusText,
  parseStatusReport,
  STATUS_TYPES,
  type StatusGroup,
  toRecipient,
} from './status-report.js';
import {
  findAnnounced,
  findBlocks,
  findOthers,
  joinLines,
  type TextBlock,
  toParagraphs,
} from './text-report.js';

const MOST_REPORTS = 100;

/** Reads a mail about what became of a mail of ours; `null` if it is none. */
export function readDelivery(mail: InMail): Report[] | null {
  if (isReceipt(mail) && !isAboutDelivery('', mail.lines)) return null;
  const text =
    mail.parts.find(({ type }) => STATUS_TYPES.includes(type))?.text ?? findStatusText(mail.lines);
  const groups = text === null ? [] : parseStatusReport(text).groups;
  if (groups.length > 0) return readGroups(groups, mail).slice(0, MOST_REPORTS);
  return isBounce(mail) ? readText(mail).slice(0, MOST_REPORTS) : null;
}

const RECEIPT_TYPE = 'message/disposition-notification';

/**
 * Whether a mail tells what became of another one in the mailbox (RFC 8098). Dovecot tells so that it
 * did not put it there.
 */
export function isReceipt({ parts }: InMail): boolean {
  return parts.some(({ type }) => type === RECEIPT_TYPE);
}

/** Whether a mail without a status report is a bounce all the same. */
function isBounce(mail: InMail): boolean {
  const { headers, subject, lines } = mail;
  const from = findField(headers, 'from', 'sender') ?? '';
  if (findFailedRecipients(headers).length > 0) return true;
  const report = /multipart\/report/i.test(findField(headers, 'content-type') ?? '');
  const ofMachine =
    findAddresses(from).some(isOfMachine) ||
    /mailer-?daemon|postmaster|mail (?:delivery|administrator)|system administrator|delivery (?:sub)?system/i.test(
      from,
    );
  const empty = findFields(headers, 'return-path').some((path) =>
    /^<?(?:mailer-daemon)?>?$/i.test(path),
  );
  // A person who answers may keep a subject that speaks of failures: papers do.
  if (!report && !ofMachine && !empty && /^\s*(?:re|aw|sv|vs|antw) ?:/i.test(subject)) return false;
  const aboutDelivery = isAboutDelivery(subject, lines);
  if (!report && !ofMachine && (isMarkedAutomatic(headers) || isAutoReply(subject, lines)))
    return false;
  return (
    report ||
    ((ofMachine || empty) && (aboutDelivery || mail.returned !== null || hasReply(lines))) ||
    aboutDelivery
  );
}

function hasReply(lines: readonly string[]): boolean {
  return findReplies(joinLines(lines.slice(0, 60))).length > 0;
}

/** Addresses that a report names without speaking of them: ours, and those of its servers. */
function findOurs({ headers, returned }: InMail): string[] {
  const to = findFields(
    headers,
    'to',
    'delivered-to',
    'x-original-to',
    'envelope-to',
    'from',
    'sender',
    'reply-to',
    'return-path',
  ).flatMap(findAddresses);
  const from = findFields(
    returned?.headers ?? [],
    'from',
    'sender',
    'reply-to',
    'return-path',
    'errors-to',
  ).flatMap(findAddresses);
  const mailed = returned?.to ?? [];
  return [...to, ...from].filter((one) => !mailed.some((other) => isSameAddress(one, other)));
}

function readGroups(groups: readonly StatusGroup[], mail: InMail): Report[] {
  const returnedTo = mail.returned?.to ?? [];
  const blocks = findBlocks(mail.lines, []);
  const paragraphs = toWords(mail);
  const failed = findFailedRecipients(mail.headers);
  return groups.map((group): Report => {
    const named = toRecipient(group, returnedTo);
    const fallback =
      failed[0] ??
      blocks[0]?.recipient ??
      returnedTo[0] ??
      findOthers(mail.lines, findOurs(mail))[0];
    const recipient = named ?? fallback ?? null;
    const done =
      /^(?:delivered|relayed|expanded)/.test(group.action ?? '') || group.status?.startsWith('2');
    if (done)
      return { kind: 'unknown', recipient, status: group.status, reply: '', feedbackId: null };
    const own = blocks.filter(
      (block) => recipient !== null && isSameAddress(block.recipient, recipient),
    );
    const evidence: Evidence = {
      action: group.action,
      status: group.status,
      replies: group.replies,
      texts: [...own.map(({ text }) => text), ...(groups.length === 1 ? paragraphs : [])],
      isDelayed:
        group.action === 'delayed' ||
        (group.action === null && isAboutDelay(mail.subject, mail.lines)),
    };
    return { ...readEvidence(evidence), recipient, feedbackId: null };
  });
}

/** A report that is only text: a report for each recipient that it names. */
function readText(mail: InMail): Report[] {
  const failed = findFailedRecipients(mail.headers);
  const { blocks, recipients } = findNamed(mail, failed);
  const isDelayed = isAboutDelay(mail.subject, mail.lines);
  const paragraphs = toWords(mail);
  return recipients.map((recipient): Report => {
    const own = blocks.filter((block) => block.recipient === recipient).map(({ text }) => text);
    const texts = [...own, ...(recipients.length === 1 ? paragraphs : orShared(own, paragraphs))];
    return {
      ...readEvidence({ action: null, status: null, replies: [], texts, isDelayed }),
      recipient,
      feedbackId: null,
    };
  });
}

/** The recipients that a text names, by the clearest way in which it does. */
function findNamed(
  mail: InMail,
  failed: readonly string[],
): { blocks: TextBlock[]; recipients: readonly (string | null)[] } {
  const excluded = findOurs(mail);
  const announced = findAnnounced(mail.lines);
  const tail = findBlocks(announced, excluded);
  const blocks = chooseBlocks(tail.length > 0 ? tail : findBlocks(mail.lines, excluded), failed);
  const named = blocks.map(({ recipient }) => recipient);
  if (failed.length > 1) return { blocks, recipients: failed };
  if (named.length > 1) return { blocks, recipients: named };
  const returnedTo = mail.returned?.to ?? [];
  const others = findOthers(announced, excluded);
  const all = findOthers(mail.lines, excluded);
  const single =
    failed[0] ??
    (tail.length > 0 ? named[0] : undefined) ??
    all.find((one) => returnedTo.some((to) => isSameAddress(one, to))) ??
    findBareName(mail) ??
    others[0] ??
    named[0] ??
    all[0] ??
    findOthers(mail.lines, findFields(mail.headers, 'to', 'from').flatMap(findAddresses))[0] ??
    returnedTo[0] ??
    // A mailbox of ours may be the one that failed.
    findBlocks(mail.lines, [])[0]?.recipient;
  return { blocks, recipients: [single ?? null] };
}

/** A mailbox that is named without its domain, on a line of its own, as AOL does it. */
function findBareName({ headers, lines }: InMail): string | undefined {
  const [, ...tail] = findAnnounced(lines);
  if (tail.some((line) => line.includes('@'))) return undefined;
  const name = tail.find((line) => /^ +[\w.-]{2,40}$/.test(line))?.trim();
  const domain = findAddresses(findField(headers, 'from') ?? '')[0]?.split('@')[1];
  return name !== undefined && domain !== undefined ? `${name}@${domain}` : undefined;
}

/** What is said of all recipients, for one of which nothing is said but the address. */
function orShared(own: readonly string[], paragraphs: readonly string[]): readonly string[] {
  return sayWhy(own) ? [] : paragraphs;
}

/** A header field that names recipients counts more than lines that look as if they did. */
function chooseBlocks(blocks: TextBlock[], failed: readonly string[]): TextBlock[] {
  if (failed.length === 0) return blocks;
  return blocks.filter(({ recipient }) => failed.some((one) => isSameAddress(one, recipient)));
}

/** What a mail says to people: its subject first, since some say the reason nowhere else. */
function toWords({ subject, lines, raw }: InMail): string[] {
  const paragraphs = toParagraphs(lines);
  const otherwise =
    raw === null
      ? []
      : decodeOtherwise(raw).flatMap((text) => toParagraphs(text.split('\n').slice(0, 80)));
  return [...paragraphs, subject, ...otherwise];
}
