import { createHash } from 'node:crypto';
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { encode, wrap } from 'nodemailer/lib/qp';

/** What differs from subscriber to subscriber inside an encoded body. */
export const SLOTS = ['unsubscribe', 'preferences', 'confirm'] as const;
export type Slot = (typeof SLOTS)[number];

/** U+FDD0 is no character of any text, and none from outside keeps one: a safe mark for slots. */
const MARK = '\uFDD0';

const ANY_MARK = new RegExp(`${MARK}(${SLOTS.join('|')}|\\d+)${MARK}`);

const INSERT_MARK = new RegExp(`${MARK}(\\d+)${MARK}`, 'g');

/** What stands in a template's context in place of a slot's value. */
export const slotMarks: Record<Slot, string> = {
  unsubscribe: `${MARK}unsubscribe${MARK}`,
  preferences: `${MARK}preferences${MARK}`,
  confirm: `${MARK}confirm${MARK}`,
};

/** What stands in a template's context in place of the insert with this number. */
export function insertMark(number: number): string {
  return `${MARK}${number}${MARK}`;
}

/** Puts inserts in that are not encoded, as for a look at the body. */
export function withInserts(body: string, content: (number: number) => string | undefined): string {
  return body.replace(INSERT_MARK, (mark, number) => content(Number(number)) ?? mark);
}

/** Content that many bodies share, encoded once. */
export interface Insert {
  octets: Buffer;
  /** Stands for the octets where all that matters is whether they are the same. */
  hash: Buffer;
}

/** For each part, what its marks stand for. */
export interface Inserts {
  html: readonly Insert[];
  text: readonly Insert[];
}

/** The encoded body of many mails, with gaps where the slots go. Octets, ready for SMTP. */
export interface Frame {
  /** `MIME-Version` and `Content-Type`, to stand among a mail's header fields. */
  headers: string;
  pieces: readonly (Buffer | Slot)[];
}

/**
 * A whole mail in pieces, which many mails share: the first is the header with the empty line after
 * it. Octets as they go over the wire (RFC 5321 §4.5.2): every line ends with CRLF, and none begins
 * with a dot, so that nothing is left to be escaped.
 */
export type Message = readonly [header: Buffer, ...body: Buffer[]];

/** Columns of a line, the `=` of a soft break included (RFC 2045 §6.7, RFC 5322 §2.1.1). */
const LINE = 76;
/** What leaves room for the `=` before and after a slot, and for a dot that is encoded. */
const BODY_LINE = LINE - 3;

/**
 * Encodes both parts once as multipart/alternative (RFC 2046 §5.1.4: the richest last). The
 * boundary follows from the content, so that the same content gives the same octets again.
 * @param inserts made by `encodeInsert`
 */
export function frame(
  html: string,
  text: string,
  inserts: Inserts = { html: [], text: [] },
): Frame {
  const seed = createHash('sha256');
  for (const part of [text, html]) seed.update(part);
  for (const { hash } of [...inserts.text, ...inserts.html]) seed.update(hash);
  // `=_` is in no part: quoted-printable would have made `=3D_` of it (RFC 2045 §6.7).
  const boundary = `=_paperboy_${seed.digest('hex').slice(0, 24)}`;
  const part = (type: string) =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\n` +
    'Content-Transfer-Encoding: quoted-printable\r\n\r\n';
  return {
    headers:
      'MIME-Version: 1.0\r\n' +
      `Content-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n`,
    pieces: joinBuffers([
      Buffer.from(part('text/plain')),
      ...encodeAround(text, inserts.text),
      Buffer.from(`\r\n${part('text/html')}`),
      ...encodeAround(html, inserts.html),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

/** Encodes what many bodies hold; see `insertMark`. */
export function encodeInsert(content: string): Insert {
  const octets = Buffer.from(encodeLines(content));
  return { octets, hash: createHash('sha256').update(octets).digest() };
}

/** Puts header fields and slot values to an encoded body. */
export function fill(
  headers: string,
  { headers: mimeHeaders, pieces }: Frame,
  slots: Partial<Record<Slot, string>>,
): Message {
  return [
    Buffer.from(`${headers}${mimeHeaders}\r\n`),
    ...pieces.map((piece) =>
      typeof piece === 'string' ? Buffer.from(encodeSlot(slots[piece] ?? '')) : piece,
    ),
  ];
}

/** One header field with a value from outside: encoded (RFC 2047) and folded (RFC 5322 §2.2.3). */
export function headerField(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break here would forge a field
  const safe = value.replace(/[\x00-\x1F\x7F]+/g, ' ').trim();
  const encoded =
    /^[\x20-\x7E]*$/.test(safe) && !safe.includes('=?') ? safe : encodeWord(safe, 'Q', 52);
  return `${foldLines(`${name}: ${encoded}`, LINE)}\r\n`;
}

const SOFT_BREAK = Buffer.from('=\r\n');

/** Quoted-printable around slots and inserts; each begins and ends at a soft line break. */
function encodeAround(body: string, inserts: readonly Insert[]): (Buffer | Slot)[] {
  const pieces: (Buffer | Slot)[] = [];
  body.split(ANY_MARK).forEach((chunk, index) => {
    const marked = index % 2 === 1;
    const slot = SLOTS.find((name) => name === chunk);
    const piece = marked ? (slot ?? inserts[Number(chunk)]?.octets) : null;
    if (piece) pieces.push(SOFT_BREAK, piece, SOFT_BREAK);
    else if (!marked && chunk !== '') pieces.push(Buffer.from(encodeLines(chunk)));
  });
  return pieces;
}

function encodeLines(content: string): string {
  return wrapped(encode(content.replace(/\r\n?|\n/g, '\r\n')));
}

/** A URL as quoted-printable lines. It is ASCII without spaces, so only `=` needs encoding. */
function encodeSlot(value: string): string {
  return wrapped(value.replaceAll('=', '=3D'));
}

/** Soft line breaks, and no dot at the beginning of a line (RFC 2049 §3). */
function wrapped(encoded: string): string {
  return wrap(encoded, BODY_LINE).replace(/^\./gm, '=2E');
}

/** Fewer pieces are fewer to hand to the system for each mail. */
function joinBuffers(pieces: readonly (Buffer | Slot)[]): (Buffer | Slot)[] {
  const joined: (Buffer | Slot)[] = [];
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

/** Octets of a frame without its slots. */
export function frameSize({ headers, pieces }: Frame): number {
  return pieces.reduce(
    (size, piece) => size + (typeof piece === 'string' ? 0 : piece.length),
    headers.length,
  );
}
