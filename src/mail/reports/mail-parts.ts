import PostalMime, { type Attachment, type Email } from 'postal-mime';
import { htmlToText } from '../../text/html-text.js';
import { type Field, parseFields, toValue } from './header-fields.js';

/** A part that is no text for people: its type, and what it says. */
export interface MailPart {
  type: string;
  text: string;
}

/** A mail, taken apart. */
export interface MailParts {
  headers: Field[];
  /** Its texts for people, as lines. */
  lines: string[];
  /** The parts that aren't texts for people, in their order. */
  parts: MailPart[];
  /** The mail as it is, where its texts may be in another charset than they say. */
  raw: Uint8Array | null;
}

/** What is read of a mail: more than any honest report has in front, and an end of it. */
const MOST_OCTETS = 320 * 1024;
const MOST_TAIL = 64 * 1024;
/** Taking a mail apart costs as much for an empty line as for one of a thousand letters. */
const MOST_MAIL_LINES = 12_000;
const MOST_PARTS = 60;
/** Of a part, of all texts together. */
const MOST_PART = 128 * 1024;
const MOST_LINES = 3_000;
const MOST_LINE = 2_000;

const CR = 13;
const LF = 10;

/** Takes a mail apart. What no reader of mails understands is one text. */
export async function takeApart(octets: Uint8Array): Promise<MailParts> {
  const mail = foldParameters(toLineFeeds(withoutEnvelopeLine(cutOut(octets))));
  try {
    const email = await PostalMime.parse(mail, {
      forceRfc822Attachments: true,
      maxNestingDepth: 40,
      maxHeadersSize: MOST_OCTETS,
    });
    const parts = toParts(email, mail);
    // A multipart without the boundary that it names is one text.
    return isEmpty(parts) ? { ...parts, lines: toOneText(mail).lines } : parts;
  } catch {
    return toOneText(mail);
  }
}

function toParts(email: Email, mail: Uint8Array): MailParts {
  const headers = email.headers
    .slice(0, 500)
    .map(({ key, value }) => ({ name: key, value: toValue(value) }));
  const attached = email.attachments.slice(0, MOST_PARTS).map(toPart);
  const isText = ({ type }: MailPart) => type === 'text/plain' || type === 'text/html';
  const text = email.text ?? (email.html === undefined ? '' : toText(email.html));
  const texts = attached
    .filter(isText)
    .map(({ type, text: one }) => (type === 'text/html' ? toText(one) : one));
  return {
    headers,
    lines: toLines([text, ...texts].join('\n')),
    parts: attached.filter((part) => !isText(part)),
    raw: mail.subarray(0, MOST_PART).some((octet) => octet >= 128 || octet === 27) ? mail : null,
  };
}

function isEmpty({ lines, parts }: MailParts): boolean {
  return parts.length === 0 && lines.every((line) => line === '');
}

function toOneText(mail: Uint8Array): MailParts {
  const lines = toLines(decode(mail.subarray(0, MOST_PART)));
  const headers = parseFields(lines);
  const end = lines.indexOf('');
  return { headers, lines: end < 0 ? lines : lines.slice(end + 1), parts: [], raw: null };
}

function toPart({ mimeType, content }: Attachment): MailPart {
  const octets = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
  // Some servers lose the semicolon behind the type.
  const type = /^[^\s;]{0,100}/.exec(mimeType.toLowerCase())?.[0] ?? '';
  return { type, text: decode(octets.subarray(0, MOST_PART)) };
}

/** Text without a charset: UTF-8, or what every octet has a letter for. */
export function decode(octets: Uint8Array): string {
  const text = new TextDecoder('utf-8').decode(octets);
  return text.includes('\uFFFD') ? new TextDecoder('windows-1252').decode(octets) : text;
}

/** HTML as lines: what stands on a line of its own there does so here. */
function toText(html: string): string {
  return htmlToText(
    html
      .slice(0, MOST_PART)
      .replace(/<(?:br|hr|\/?(?:p|div|tr|li|h\d|table|pre|blockquote))\b/gi, '\n$&'),
  );
}

export function toLines(text: string): string[] {
  return text
    .slice(0, MOST_PART)
    .split(/\r?\n/, MOST_LINES)
    .map((line) =>
      line
        .slice(0, MOST_LINE)
        .replace(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g, '')
        .replace(/[\u00A0\t]/g, ' ')
        .trimEnd(),
    );
}

/** The beginning and the end of a mail that is too long. Its report may stand behind a long one. */
function cutOut(octets: Uint8Array): Uint8Array {
  const head = octets.subarray(0, findLine(octets.subarray(0, MOST_OCTETS), MOST_MAIL_LINES));
  if (head.length === octets.length) return octets;
  const tail = octets.subarray(Math.max(head.length, octets.length - MOST_TAIL));
  return Buffer.concat([head, Buffer.from('\n'), tail.subarray(findLastLines(tail))]);
}

/** Where the last lines begin of which so many are read. */
function findLastLines(octets: Uint8Array): number {
  let start = octets.length;
  for (let line = 0; line < MOST_MAIL_LINES / 4 && start > 0; line++) {
    start = Math.max(octets.lastIndexOf(LF, start - 1), 0);
  }
  return start;
}

/** Where so many lines end, or the text. */
function findLine(octets: Uint8Array, lines: number): number {
  let end = 0;
  for (let line = 0; line < lines; line++) {
    const next = octets.indexOf(LF, end);
    if (next < 0) return octets.length;
    end = next + 1;
  }
  return end;
}

/** Without empty lines and the line of an mbox file (RFC 4155) in front. */
function withoutEnvelopeLine(octets: Uint8Array): Uint8Array {
  let start = 0;
  while (octets[start] === CR || octets[start] === LF) start++;
  const isEnvelope = Buffer.from(octets.subarray(start, start + 6)).toString('latin1');
  if (!/^>?From /.test(isEnvelope)) return octets.subarray(start);
  while (start < octets.length && octets[start] !== CR && octets[start] !== LF) start++;
  while (octets[start] === CR || octets[start] === LF) start++;
  return octets.subarray(start);
}

const LOST_FOLD = /;[ \t]{0,20}\r?\n(?=(?:boundary|charset|report-type|type|name|filename)=)/gi;

/** Parameters whose line has lost the space with which it has to begin (RFC 5322 §2.2.3). */
function foldParameters(octets: Uint8Array): Uint8Array {
  const text = Buffer.from(octets).toString('latin1');
  const folded = text.replace(LOST_FOLD, '; ');
  return folded === text ? octets : Buffer.from(folded, 'latin1');
}

/** Old Macs end lines with CR alone. */
function toLineFeeds(octets: Uint8Array): Uint8Array {
  if (octets.includes(LF) || !octets.includes(CR)) return octets;
  return octets.map((octet) => (octet === CR ? LF : octet));
}
