import { createHash } from 'node:crypto';
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { encode, wrap } from 'nodemailer/lib/qp';

/** What differs from subscriber to subscriber inside an encoded body. */
export const PLACEHOLDERS = ['unsubscribe', 'preferences', 'confirm'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** U+FDD0 is no character of any text, and none from outside keeps one: a safe mark. */
const MARK = '\uFDD0';

/** Placeholders, and partials: `subject`, `preheader`, `rank`, `reasons`, and cards by number. */
const ANY_MARK = new RegExp(
  `${MARK}(${PLACEHOLDERS.join('|')}|subject|preheader|rank|reasons|\\d+)${MARK}`,
  'g',
);

/** What stands in a template's context in place of a placeholder's value. */
export const placeholderMarks: Record<Placeholder, string> = {
  unsubscribe: `${MARK}unsubscribe${MARK}`,
  preferences: `${MARK}preferences${MARK}`,
  confirm: `${MARK}confirm${MARK}`,
};

/** What stands in a template's context in place of an partial. */
export function partialMark(name: 'subject' | 'preheader' | 'rank' | 'reasons' | number): string {
  return `${MARK}${name}${MARK}`;
}

/** Text from outside, which might be taken for a mark. */
export function withoutMarks(text: string): string {
  return text.replaceAll(MARK, '');
}

/** Whether a template has treated a mark like text, and left pieces of it. */
export function hasCutMark(content: string): boolean {
  return content.replace(ANY_MARK, '').includes(MARK);
}

/** Content that many bodies share, encoded once. */
export interface Encoded {
  readonly content: string;
  /** Octets, and the names of marks between them. */
  pieces: readonly (Buffer | string)[];
  /** Stands for the content where all that matters is whether it is the same. */
  hash: Buffer;
}

/** By the names of their marks. */
export type Partials = Readonly<Record<string, Encoded>>;

/** Puts partials in as text, for whoever wants to look at the body. */
export function withPartials({ content }: Encoded, partials: Partials): string {
  return content.replace(ANY_MARK, (mark, name) => partials[name]?.content ?? mark);
}

/** The encoded body of many mails, with gaps where the placeholders go. Octets, ready for SMTP. */
export interface CompiledBody {
  /** `MIME-Version` and `Content-Type`, to stand among a mail's header fields. */
  headers: string;
  pieces: readonly (Buffer | Placeholder)[];
}

/**
 * A whole mail in pieces, which many mails share: the first is the header with the empty line after
 * it. Octets as they go over the wire (RFC 5321 §4.5.2): every line ends with CRLF, and none begins
 * with a dot, so that nothing is left to be escaped.
 */
export type Message = readonly [header: Buffer, ...body: Buffer[]];

/** Columns of a line, the `=` of a soft break included (RFC 2045 §6.7, RFC 5322 §2.1.1). */
const LINE = 76;
/** What leaves room for the `=` before and after a placeholder, and for a letter that is encoded. */
const BODY_LINE = LINE - 3;

/** A body of two parts that nothing is put into but placeholders. */
export function compileBody(html: string, text: string): CompiledBody {
  return assembleBody(
    { part: encodePart(html), partials: {} },
    { part: encodePart(text), partials: {} },
  );
}

interface Filled {
  part: Encoded;
  partials: Partials;
}

/**
 * Puts both parts together as multipart/alternative (RFC 2046 §5.1.4: the richest last). The
 * boundary follows from the content, so that the same content gives the same octets again.
 */
export function assembleBody(html: Filled, text: Filled): CompiledBody {
  const seed = createHash('sha256');
  for (const { part, partials } of [text, html]) {
    seed.update(part.hash);
    for (const { hash } of Object.values(partials)) seed.update(hash);
  }
  // `=_` is in no part: quoted-printable would have made `=3D_` of it (RFC 2045 §6.7).
  const boundary = `=_paperboy_${seed.digest('hex').slice(0, 24)}`;
  const head = (type: string) =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\n` +
    'Content-Transfer-Encoding: quoted-printable\r\n\r\n';
  return {
    headers:
      'MIME-Version: 1.0\r\n' +
      `Content-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n`,
    pieces: joinBuffers([
      Buffer.from(head('text/plain')),
      ...splitPart(text),
      Buffer.from(`\r\n${head('text/html')}`),
      ...splitPart(html),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

/** Quoted-printable around the marks. */
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

/** Puts header fields and placeholder values to an encoded body. */
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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break here would forge a field
  const safe = value.replace(/[\x00-\x1F\x7F]+/g, ' ').trim();
  const encoded =
    /^[\x20-\x7E]*$/.test(safe) && !safe.includes('=?') ? safe : encodeWord(safe, 'Q', 52);
  return `${foldLines(`${name}: ${encoded}`, LINE)}\r\n`;
}

/** Puts partials into content that is itself going to be one. */
export function insertPartials(part: Encoded, partials: Partials): Encoded {
  const hash = createHash('sha256').update(part.hash);
  for (const partial of Object.values(partials)) hash.update(partial.hash);
  return {
    // Put together when asked for: a mail needs only the pieces.
    get content() {
      return withPartials(part, partials);
    },
    pieces: splitPart({ part, partials }),
    hash: hash.digest(),
  };
}

const SOFT_BREAK = Buffer.from('=\r\n');

/** Each placeholder and each partial begins and ends at a soft line break. */
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

/** A URL as quoted-printable lines. It is ASCII without spaces, so only `=` needs encoding. */
function encodePlaceholder(value: string): string {
  return wrapped(value.replaceAll('=', '=3D'));
}

/**
 * Soft line breaks, and at the beginning of a line neither a dot, which SMTP doubles, nor `From `,
 * which divides the mails of a file (RFC 2049 §3).
 */
function wrapped(encoded: string): string {
  return wrap(encoded, BODY_LINE).replace(/^(?:\.|F(?=rom ))/gm, (letter) =>
    letter === '.' ? '=2E' : '=46',
  );
}

/** Fewer pieces are fewer to hand to the system for each mail. */
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

/** Octets of a compiled without its placeholders. */
export function toCompiledSize({ headers, pieces }: CompiledBody): number {
  return pieces.reduce(
    (size, piece) => size + (typeof piece === 'string' ? 0 : piece.length),
    headers.length,
  );
}
