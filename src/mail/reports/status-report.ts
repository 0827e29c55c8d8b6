import { findAddresses, isSameAddress, toAddress } from './addresses.js';
import { type Field, findField, findFields, parseFields } from './header-fields.js';
import { toLines } from './mail-parts.js';

/** What a status report says of one recipient (RFC 3464 §2.3). */
export interface StatusGroup {
  final: string | null;
  original: string | null;
  action: string | null;
  status: string | null;
  /** `Diagnostic-Code`, and what some servers have in its place. */
  replies: string[];
}

export interface StatusReport {
  envelopeId: string | null;
  groups: StatusGroup[];
}

export const STATUS_TYPES: readonly string[] = [
  'message/delivery-status',
  'message/global-delivery-status',
  'message/x-delivery-status',
];

const MOST_GROUPS = 200;

/** Reads a status report: a group for the mail, and one for each recipient (RFC 3464 §2.1). */
export function parseStatusReport(text: string): StatusReport {
  const groups = toGroups(
    toLines(text).map((line) => line.replace(/^ {1,8}(?=[A-Z][\w-]{2,40}: ?\S)/, '')),
  );
  const id = groups.map((fields) => findField(fields, 'original-envelope-id')).find(Boolean);
  return {
    envelopeId: id?.slice(0, 500) ?? null,
    groups: withRecipients(groups.flatMap(toStatusGroup)).slice(0, MOST_GROUPS),
  };
}

/** A group without a recipient counts only where none has one. */
function withRecipients(groups: StatusGroup[]): StatusGroup[] {
  const named = groups.filter(({ final, original }) => final !== null || original !== null);
  return named.length > 0 ? named : groups.slice(0, 1);
}

const RECIPIENT = /^(?:final|original|x-actual)-recipient$/;

/** Groups are parted by empty lines, which some servers lose or have within a group. */
function toGroups(lines: readonly string[]): Field[][] {
  const groups: Field[][] = [];
  let start = 0;
  for (let i = 0; i <= lines.length && groups.length < 2 * MOST_GROUPS; i++) {
    if (i < lines.length && lines[i] !== '') continue;
    if (i > start) groups.push(...splitGroup(parseFields(lines.slice(start, i))));
    start = i + 1;
  }
  return groups;
}

/** A second `Final-Recipient` begins a new group, if an empty line is lost. */
function splitGroup(fields: Field[]): Field[][] {
  const starts = fields.flatMap(({ name }, i) => (name === 'final-recipient' ? [i] : []));
  if (starts.length < 2) return [fields];
  // `Original-Recipient` and others may stand in front of it.
  return starts.map((start, n) =>
    fields.slice(n === 0 ? 0 : start, starts[n + 1] ?? fields.length),
  );
}

function toStatusGroup(fields: Field[]): StatusGroup[] {
  const isOfRecipient = fields.some(
    ({ name }) => RECIPIENT.test(name) || name === 'action' || name === 'status',
  );
  if (!isOfRecipient) return [];
  const replies = findFields(
    fields,
    'diagnostic-code',
    'x-supplementary-info',
    'x-notes',
    'smtp-response',
    'x-diagnostic',
    'x-postfix',
    'x-smtp-response',
    'x-sendmail-error',
  )
    .map(toReplyText)
    .filter((text) => text !== '');
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(findField(fields, 'status') ?? '')?.[0] ?? null;
  return [
    {
      final: toAddress(findField(fields, 'final-recipient', 'x-actual-recipient')),
      original: toAddress(findField(fields, 'original-recipient')),
      action: /^[a-z]+/.exec(findField(fields, 'action')?.toLowerCase() ?? '')?.[0] ?? null,
      status,
      replies,
    },
  ];
}

/** Without the type of the code in front (RFC 3464 §2.3.6). */
function toReplyText(value: string): string {
  return value.replace(/^(?:smtp|x-[\w-]{1,40}|dns|unknown|500)? ?; ?/i, '').trim();
}

/**
 * The recipient of a group. Where mail was forwarded the final one is a stranger: the original one
 * counts, if the returned mail was addressed to it.
 */
export function toRecipient(
  { final, original }: StatusGroup,
  returnedTo: readonly string[],
): string | null {
  if (final === null || original === null || isSameAddress(final, original))
    return final ?? original;
  const isKnown = (address: string) => returnedTo.some((one) => isSameAddress(one, address));
  return isKnown(original) && !isKnown(final) ? original : final;
}

/** The fields of a status report that stands in a text, or has lost its type. */
export function findStatusText(lines: readonly string[]): string | null {
  const at = lines.findIndex((line) => /^ {0,8}(?:final|original)-recipient ?:/i.test(line));
  if (at < 0 || !lines.slice(at, at + 30).some((line) => /^ {0,8}(?:action|status) ?:/i.test(line)))
    return null;
  const before = lines.slice(0, at).findLastIndex((line) => /^ {0,8}reporting-mta ?:/i.test(line));
  const start = before >= 0 && at - before < 12 ? before : at;
  return lines.slice(start, start + 400).join('\n');
}

/** The addresses that a header field of Exim's, Gmail's and others names (not in an RFC). */
export function findFailedRecipients(headers: readonly Field[]): string[] {
  return findFields(headers, 'x-failed-recipients', 'x-failed-recipient').flatMap(findAddresses);
}
