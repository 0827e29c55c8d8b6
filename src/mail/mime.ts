import { createHash } from 'node:crypto';
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { encode, wrap } from 'nodemailer/lib/qp';

import type { InlinePicture } from './inline-picture.js';

/** The values that differ between subscribers inside an encoded body. */
export const PLACEHOLDERS = ['unsubscribe', 'preferences', 'confirm', 'never'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** U+FDD0 is a noncharacter. `cleanText` removes it from texts from outside, so marks are safe. */
const MARK = '\uFDD0';

/** Placeholders and partials: `subject`, `preheader`, `rank`, `reasons`, and cards by number. */
const ANY_MARK = new RegExp(
  `${MARK}(${PLACEHOLDERS.join('|')}|subject|preheader|rank|reasons|\\d+)${MARK}`,
  'g',
);

/** The marks that a template gets instead of the values of placeholders. */
export const placeholderMarks: Record<Placeholder, string> = {
  unsubscribe: `${MARK}unsubscribe${MARK}`,
  preferences: `${MARK}preferences${MARK}`,
  confirm: `${MARK}confirm${MARK}`,
  never: `${MARK}never${MARK}`,
};

/** The mark that a template gets instead of a partial. */
export function partialMark(name: 'subject' | 'preheader' | 'rank' | 'reasons' | number): string {
  return `${MARK}${name}${MARK}`;
}

/** Removes marks from text from outside. */
export function withoutMarks(text: string): string {
  return text.replaceAll(MARK, '');
}

/** Whether a template has cut or changed a mark. */
export function hasCutMark(content: string): boolean {
  return content.replace(ANY_MARK, '').includes(MARK);
}

/** Content that many bodies share, encoded once. */
export interface Encoded {
  readonly content: string;
  /** Octets, and between them the names of marks. */
  pieces: readonly (Buffer | string)[];
  /** SHA-256 of the content. */
  hash: Buffer;
}

/** Partials by the names of their marks. */
export type Partials = Readonly<Record<string, Encoded>>;

/** Inserts partials as text, for previews and tests. */
export function withPartials({ content }: Encoded, partials: Partials): string {
  return content.replace(ANY_MARK, (mark, name) => partials[name]?.content ?? mark);
}

/** The encoded body of many mails, with placeholders between the octets. Ready for SMTP. */
export interface CompiledBody {
  /** The header fields `MIME-Version` and `Content-Type`. */
  headers: string;
  pieces: readonly (Buffer | Placeholder)[];
}

/**
 * A whole mail in pieces. The first piece is the header with the empty line after it; many mails share
 * the others. The octets are ready for the wire (RFC 5321 §4.5.2): every line ends with CRLF and none
 * begins with a dot, so nothing needs escaping.
 */
export type Message = readonly [header: Buffer, ...body: Buffer[]];

/** Longest line, including the `=` of a soft break (RFC 2045 §6.7, RFC 5322 §2.1.1). */
const LINE = 76;
/** Shorter by the `=` before and after a placeholder and an encoded first letter. */
const BODY_LINE = LINE - 3;

/** Compiles a body without partials. */
export function compileBody(html: string, text: string): CompiledBody {
  return assembleBody(
    { part: encodePart(html), partials: {} },
    { part: encodePart(text), partials: {} },
  );
}

/** Compiles a body of plain text alone. It ends with one line end: what signs it relies on that. */
export function compileText(text: string): CompiledBody {
  return {
    headers:
      'MIME-Version: 1.0\r\n' +
      'Content-Type: text/plain; charset=utf-8\r\n' +
      'Content-Transfer-Encoding: quoted-printable\r\n',
    pieces: splitPart({ part: encodePart(`${text.trimEnd()}\n`), partials: {} }),
  };
}

interface Filled {
  part: Encoded;
  partials: Partials;
}

/**
 * Puts a picture beside the HTML that shows it (RFC 2387): multipart/related inside of the alternatives.
 * Its octets are shared by all bodies that have it. Without a picture nothing is done.
 */
function relate(
  html: readonly (Buffer | Placeholder)[],
  htmlHead: string,
  picture: InlinePicture | undefined,
  seed: string,
): { before: (Buffer | Placeholder)[]; picture: Buffer[]; end: string } {
  if (!picture) return { before: [Buffer.from(htmlHead), ...html], picture: [], end: '' };
  // Neither quoted-printable nor base64 holds `=_`.
  const boundary = `=_related_${seed}`;
  const head =
    `Content-Type: multipart/related; type="text/html";\r\n boundary="${boundary}"\r\n\r\n` +
    `--${boundary}\r\n${htmlHead}`;
  const between = Buffer.from(`\r\n--${boundary}\r\n`);
  return {
    before: [Buffer.from(head), ...html, between],
    picture: [picture.part],
    end: `--${boundary}--\r\n`,
  };
}

/**
 * Joins both parts as multipart/alternative (RFC 2046 §5.1.4: the richest part last). The boundary is
 * derived from the content, so that the same content gives the same octets.
 */
export function assembleBody(html: Filled, text: Filled, picture?: InlinePicture): CompiledBody {
  const seed = createHash('sha256');
  for (const { part, partials } of [text, html]) {
    seed.update(part.hash);
    for (const { hash } of Object.values(partials)) seed.update(hash);
  }
  if (picture) seed.update(picture.cid);
  // No part holds `=_`: quoted-printable encodes it as `=3D_` (RFC 2045 §6.7).
  const key = seed.digest('hex').slice(0, 24);
  const boundary = `=_paperboy_${key}`;
  const head = (type: string) =>
    `Content-Type: ${type}; charset=utf-8\r\n` +
    'Content-Transfer-Encoding: quoted-printable\r\n\r\n';
  const shown = relate(splitPart(html), head('text/html'), picture, key);
  const end = Buffer.from(`${shown.end}\r\n--${boundary}--\r\n`);
  return {
    headers:
      'MIME-Version: 1.0\r\n' +
      `Content-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n`,
    pieces: [
      ...joinBuffers([
        Buffer.from(`--${boundary}\r\n${head('text/plain')}`),
        ...splitPart(text),
        Buffer.from(`\r\n--${boundary}\r\n`),
        ...shown.before,
        ...(picture ? [] : [end]),
      ]),
      ...(picture ? [...shown.picture, end] : []),
    ],
  };
}

/** Encodes content as quoted-printable and leaves the marks. */
export function encodePart(content: string): Encoded {
  const chunks = content.split(ANY_MARK);
  return {
    content,
    pieces: chunks.flatMap((chunk, index) => {
      if (index % 2 === 1) return chunk;
      return chunk === '' ? [] : Buffer.from(encodeLines(chunk));
    }),
    hash: createHash('sha256').update(content).digest(),
  };
}

/** Makes a message of header fields, an encoded body and the values of its placeholders. */
export function fillPlaceholders(
  headers: string,
  { headers: mimeHeaders, pieces }: CompiledBody,
  placeholders: Partial<Record<Placeholder, string>>,
): Message {
  return [
    Buffer.from(`${headers}${mimeHeaders}\r\n`),
    ...pieces.map((piece) =>
      typeof piece === 'string' ? Buffer.from(encodePlaceholder(placeholders[piece] ?? '')) : piece,
    ),
  ];
}

/** One header field with a value from outside: encoded (RFC 2047) and folded (RFC 5322 §2.2.3). */
export function headerField(name: string, value: string): string {
  const safe = toHeaderText(value);
  return foldField(name, isPlain(safe) ? safe : encodeText(safe));
}

/** Folds before spaces. */
export function foldField(name: string, value: string): string {
  return `${foldLines(`${name}: ${value}`, LINE)}\r\n`;
}

/** Text on one line: a line break would forge a field. */
export function toHeaderText(value: string): string {
  return value.replace(/\p{Cc}+/gu, ' ').trim();
}

/** Encoded words (RFC 2047 §2), each of whole characters. */
export function encodeText(text: string): string {
  return encodeWord(text, 'Q', 52);
}

/**
 * Whether text may stand in a header as it is: ASCII that nobody takes for an encoded word, with words
 * that fit on a line. Where several spaces are side by side, folding could leave a line of spaces alone,
 * which RFC 5322 §3.2.2 forbids.
 */
export function isPlain(text: string): boolean {
  return /^[\x20-\x7E]*$/.test(text) && !/=\?| {2}|[^ ]{61}/.test(text);
}

/** Inserts partials into content that becomes a partial itself. */
export function insertPartials(part: Encoded, partials: Partials): Encoded {
  const hash = createHash('sha256').update(part.hash);
  for (const partial of Object.values(partials)) hash.update(partial.hash);
  return {
    // Built when read: sending needs the pieces alone.
    get content() {
      return withPartials(part, partials);
    },
    pieces: splitPart({ part, partials }),
    hash: hash.digest(),
  };
}

const SOFT_BREAK = Buffer.from('=\r\n');

/** Puts a soft line break before and after each placeholder and each partial. */
function splitPart({ part, partials }: Filled): (Buffer | Placeholder)[] {
  const pieces: (Buffer | Placeholder)[] = [];
  const add = (piece: Buffer | string) => {
    const placeholder = PLACEHOLDERS.find((name) => name === piece);
    const partial = typeof piece === 'string' ? partials[piece] : undefined;
    if (typeof piece !== 'string') pieces.push(piece);
    else if (placeholder) pieces.push(SOFT_BREAK, placeholder, SOFT_BREAK);
    else if (partial)
      pieces.push(SOFT_BREAK, ...splitPart({ part: partial, partials: {} }), SOFT_BREAK);
  };
  for (const piece of part.pieces) add(piece);
  return pieces;
}

function encodeLines(content: string): string {
  return wrapped(encode(content.replace(/\r\n?|\n/g, '\r\n')));
}

/** Encodes a URL as quoted-printable. It is ASCII without spaces, so only `=` needs encoding. */
function encodePlaceholder(value: string): string {
  return wrapped(value.replaceAll('=', '=3D'));
}

/**
 * Adds soft line breaks. No line begins with a dot, which SMTP would double, or with `From `, which
 * separates mails in mbox files (RFC 2049 §3).
 */
function wrapped(encoded: string): string {
  return wrap(encoded, BODY_LINE).replace(/^(?:\.|F(?=rom ))/gm, (letter) =>
    letter === '.' ? '=2E' : '=46',
  );
}

/** Joins adjacent octets, so that fewer pieces are written for each mail. */
function joinBuffers(pieces: readonly (Buffer | Placeholder)[]): (Buffer | Placeholder)[] {
  const joined: (Buffer | Placeholder)[] = [];
  let run: Buffer[] = [];
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      run.push(piece);
      continue;
    }
    joined.push(Buffer.concat(run), piece);
    run = [];
  }
  return [...joined, Buffer.concat(run)];
}

/** The octets of a body without the values of its placeholders. */
export function toCompiledSize({ headers, pieces }: CompiledBody): number {
  return pieces.reduce(
    (size, piece) => size + (typeof piece === 'string' ? 0 : piece.length),
    headers.length,
  );
}
