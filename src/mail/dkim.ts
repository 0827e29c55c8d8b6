import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Message } from './mime.js';

/** A key, and the selector at which its public half is published. */
export interface DkimKey {
  selector: string;
  /** RSA or Ed25519, in PEM. */
  privateKey: string;
}

/** Who signs. Each mail gets a signature by each key. */
export interface DkimIdentity {
  domain: string;
  keys: readonly DkimKey[];
}

/**
 * Signed once more than they occur, also those that no mail of ours has, so that nobody can add one
 * (RFC 6376 §8.15): what is shown of a mail, where answers and requests to leave go, how the body is
 * read, how mails are threaded, and whose complaints are counted. Providers ignore one-click
 * unsubscribing unless both its fields are signed (RFC 8058 §4).
 */
const OVERSIGNED = [
  ...['from', 'sender', 'to', 'cc', 'reply-to', 'subject', 'date', 'message-id'],
  ...['in-reply-to', 'references', 'mime-version', 'content-type', 'content-transfer-encoding'],
  ...['list-id', 'list-unsubscribe', 'list-unsubscribe-post', 'list-help', 'list-archive'],
  ...['list-post', 'list-subscribe', 'list-owner', 'feedback-id', 'auto-submitted'],
] as const;

/** All that Paperboy writes, and what it might. `Precedence` is signed, but gateways may add one. */
const SIGNED: ReadonlySet<string> = new Set([...OVERSIGNED, 'precedence']);

/** What goes into a signature, by its key. */
interface Signer {
  /** The tags up to the one for the header fields. */
  tags: string;
  sign(octets: Buffer): Promise<Buffer>;
}

/**
 * Makes a signer of finished messages (RFC 6376, relaxed/relaxed; RFC 8463 for Ed25519). Nodemailer's
 * signer and mailauth's block the event loop for 2 ms a digest, mostly for parts that all digests
 * share. Here shared pieces are canonicalised once, and signatures are computed in Node's thread pool.
 */
export function createDkimSigner({ domain, keys }: DkimIdentity) {
  const signers = keys
    .map((key) => toSigner(domain, key))
    .sort(byReach)
    .map(({ signer }) => signer);
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
    const covered = fields.map(({ relaxed }) => `${relaxed}\r\n`).join('');
    const common = ` h=${foldNames(names)};\r\n bh=${hash.digest('base64')};\r\n b=`;
    const signatures = await Promise.all(
      signers.map(async (signer) => {
        const unsigned = `${signer.tags}\r\n${common}`;
        // No signature covers another one: each holds where the others are removed.
        const octets = covered + relaxedField('dkim-signature', unsigned);
        const made = await signer.sign(Buffer.from(octets, 'latin1'));
        return `DKIM-Signature: ${unsigned}${folded(made.toString('base64'))}\r\n`;
      }),
    );
    return [Buffer.concat([Buffer.from(signatures.join('')), header]), ...body];
  };
}

function toSigner(domain: string, { selector, privateKey }: DkimKey) {
  const key = createPrivateKey(privateKey);
  const isRsa = key.asymmetricKeyType === 'rsa';
  const algorithm = isRsa ? 'rsa-sha256' : 'ed25519-sha256';
  const tags = `v=1; a=${algorithm}; c=relaxed/relaxed; d=${domain}; s=${selector};`;
  const signer: Signer = { tags, sign: isRsa ? rsaSigner(key) : ed25519Signer(key) };
  return { signer, isRsa };
}

/** RSA on top: some verifiers look at the first signature alone, and all know RSA (RFC 8463 §6). */
function byReach(a: { isRsa: boolean }, b: { isRsa: boolean }): number {
  return Number(b.isRsa) - Number(a.isRsa);
}

function rsaSigner(key: KeyObject): Signer['sign'] {
  return (octets) => signInPool('sha256', octets, key);
}

/** RFC 8463 §3: PureEdDSA over the SHA-256 of what is signed. */
function ed25519Signer(key: KeyObject): Signer['sign'] {
  return (octets) => signInPool(null, createHash('sha256').update(octets).digest(), key);
}

function signInPool(digest: string | null, octets: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(digest, octets, key, (error, signature) => {
      if (error) reject(error);
      else resolve(signature);
    });
  });
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

/** Longest line of the list of names. */
const LINE = 72;

/** White space may stand around the colons of `h=` (RFC 6376 §3.5). */
function foldNames(names: readonly string[]): string {
  const lines: string[] = [];
  let line = '';
  for (const name of names) {
    if (line !== '' && line.length + name.length >= LINE) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? name : `:${name}`;
  }
  return [...lines, line].join(':\r\n  ');
}

/** White space inside `b=` is not part of the value (RFC 6376 §3.5). */
function folded(base64: string): string {
  return base64.replace(/.{72}(?=.)/g, '$&\r\n  ');
}
