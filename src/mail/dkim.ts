import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Message } from './mime.js';

export interface DkimKey {
  domain: string;
  selector: string;
  /** RSA, in PEM. */
  privateKey: string;
}

/**
 * Header fields that are signed: all that Paperboy writes. Providers ignore one-click unsubscribing
 * unless `List-Unsubscribe-Post` is signed (RFC 8058 §4).
 */
const SIGNED = new Set([
  'from',
  'to',
  'cc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'auto-submitted',
  'precedence',
]);

/**
 * Signed once more than they occur, so that nobody can add one (RFC 6376 §8.15): what is shown of a
 * mail, where answers and requests to leave go, and how the body is read.
 */
const OVERSIGNED = [
  ...['from', 'to', 'cc', 'reply-to', 'subject', 'date', 'mime-version', 'content-type'],
  ...['list-id', 'list-unsubscribe', 'list-unsubscribe-post'],
];

/**
 * Makes a signer of finished messages (RFC 6376, rsa-sha256, relaxed/relaxed). Nodemailer's signer
 * and mailauth's block the event loop for 2 ms a digest, mostly for parts that all digests share.
 * Here shared pieces are canonicalised once, and signatures are computed in Node's thread pool.
 */
export function createDkimSigner({ domain, selector, privateKey }: DkimKey) {
  const key = createPrivateKey(privateKey);
  const canonical = new WeakMap<Buffer, Buffer>();
  const bodyPiece = (piece: Buffer): Buffer => {
    const known = canonical.get(piece);
    if (known) return known;
    const made = relaxedBody(piece);
    canonical.set(piece, made);
    return made;
  };

  return async ([header, ...body]: Message): Promise<Message> => {
    const hash = createHash('sha256');
    for (const piece of body) hash.update(bodyPiece(piece));
    const fields = headerFields(header.toString('latin1'));
    const names = [...fields.map(({ name }) => name), ...OVERSIGNED];
    const unsigned =
      `v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=${selector};\r\n` +
      ` h=${names.join(':\r\n  ')};\r\n` +
      ` bh=${hash.digest('base64')};\r\n b=`;
    const signature = relaxedField('dkim-signature', unsigned);
    const octets = [...fields.map(({ relaxed }) => `${relaxed}\r\n`), signature].join('');
    const signed = folded(await rsaSha256(Buffer.from(octets, 'latin1'), key));
    return [
      Buffer.concat([Buffer.from(`DKIM-Signature: ${unsigned}${signed}\r\n`), header]),
      ...body,
    ];
  };
}

/** The fields to be signed, canonicalised by RFC 6376 §3.4.2. */
function headerFields(header: string): { name: string; relaxed: string }[] {
  return header
    .trimEnd()
    .split(/\r\n(?![ \t])/)
    .map((field) => {
      const colon = field.indexOf(':');
      const name = field.slice(0, colon).toLowerCase();
      return { name, relaxed: relaxedField(name, field.slice(colon + 1)) };
    })
    .filter(({ name }) => SIGNED.has(name));
}

function relaxedField(name: string, value: string): string {
  return `${name}:${value
    .replaceAll('\r\n', '')
    .replace(/[ \t]+/g, ' ')
    .trim()}`;
}

/**
 * RFC 6376 §3.4.4 for a piece of a body. A piece ends at the end of a line, and the last one has no
 * empty lines at its end.
 */
function relaxedBody(piece: Buffer): Buffer {
  const text = piece.toString('latin1');
  return Buffer.from(text.replace(/[ \t]+(?=\r\n)/g, '').replace(/[ \t]+/g, ' '), 'latin1');
}

/** White space inside `b=` is not part of the value (RFC 6376 §3.5). */
function folded(base64: string): string {
  return base64.replace(/.{72}(?=.)/g, '$&\r\n  ');
}

function rsaSha256(octets: Buffer, key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    sign('sha256', octets, key, (error, signature) => {
      if (error) reject(error);
      else resolve(signature.toString('base64'));
    });
  });
}
