import { type Field, findField } from './header-fields.js';
import { type MailPart, type MailParts, toLines } from './mail-parts.js';
import { type ReturnedMail, readReturned, splitReturned } from './returned-mail.js';

/** A mail that came in, with what it returns set apart. */
export interface InMail {
  headers: Field[];
  subject: string;
  /** What it says itself, without the mail that it returns. */
  lines: string[];
  parts: MailPart[];
  returned: ReturnedMail | null;
  raw: Uint8Array | null;
}

/** Parts that hold a mail or its header (RFC 6522 §3, RFC 6532 §3.7); some servers say it otherwise. */
const RETURNED_TYPES: ReadonlySet<string> = new Set([
  'message/rfc822',
  'text/rfc822-headers',
  'text/rfc822',
  'text/rfc822-header',
  'message/rfc822-headers',
  'message/global',
  'message/global-headers',
  'message/partial',
]);

export function toInMail({ headers, lines, parts, raw }: MailParts): InMail {
  const [report, cut] = splitReturned(lines);
  const attached = parts.find(({ type }) => RETURNED_TYPES.has(type));
  const found = [
    ...(attached ? [readReturned(toLines(attached.text))] : []),
    ...(cut.length > 0 ? [readReturned(cut)] : []),
  ];
  const subject = findField(headers, 'subject') ?? '';
  return { headers, subject, lines: report, parts, returned: merge(found), raw };
}

function merge(found: readonly ReturnedMail[]): ReturnedMail | null {
  if (found.length === 0) return null;
  return {
    to: found.flatMap(({ to }) => to),
    messageIds: found.flatMap(({ messageIds }) => messageIds),
    headers: found.flatMap(({ headers }) => headers),
  };
}
