import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is sent of one body in one encoding. */
interface Representation {
  body: Buffer;
  etag: string;
  headers: Record<string, string>;
  /** Those of an answer that says that nothing has changed. */
  unchanged: Record<string, string>;
}

/** A body that is ready to be sent, as it is and compressed. */
export interface Rendered {
  plain: Representation;
  /** `null` when compressing would not make it smaller. */
  gzipped: Representation | null;
}

/** The type of pages. */
export const HTML = 'text/html; charset=utf-8';

export interface Content {
  type: string;
  body: string | Buffer;
}

/** Smaller bodies fit into one packet either way. */
const SMALLEST = 1_024;
const compress = promisify(gzip);

/**
 * Makes a body ready. Gzip alone: on a page of 55 KB Brotli saves 4 % in the time that gzip takes,
 * and 17 % in a hundred times as long.
 */
export async function toRendered(
  { type, body }: Content,
  cacheControl: string,
): Promise<Rendered> {
  const plain = Buffer.from(body);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  const headers = { 'content-type': type, 'cache-control': cacheControl };
  if (plain.length < SMALLEST) return { plain: represent(plain, `"${hash}"`, headers), gzipped: null };
  const small = await compress(plain, { level: 9 });
  const varying = { ...headers, vary: 'accept-encoding' };
  return {
    plain: represent(plain, `"${hash}"`, varying),
    gzipped:
      small.length < plain.length
        ? represent(small, `"${hash}-gz"`, { ...varying, 'content-encoding': 'gzip' })
        : null,
  };
}

function represent(body: Buffer, etag: string, headers: Record<string, string>): Representation {
  const { 'content-type': _type, 'content-encoding': _encoding, ...rest } = headers;
  return { body, etag, headers: { ...headers, etag }, unchanged: { ...rest, etag } };
}

/** Sends the body, or says that what the client has is still the same (RFC 9110 §13.1.2). */
export function sendRendered(
  request: FastifyRequest,
  reply: FastifyReply,
  { plain, gzipped }: Rendered,
): FastifyReply {
  const chosen = gzipped && takesGzip(request.headers['accept-encoding']) ? gzipped : plain;
  if (hasTag(request.headers['if-none-match'], chosen.etag)) {
    return reply.code(304).headers(chosen.unchanged).send();
  }
  return reply.headers(chosen.headers).send(chosen.body);
}

/** Whether a client takes gzip (RFC 9110 §12.5.3). */
export function takesGzip(accepted: string | undefined): boolean {
  if (accepted === undefined) return false;
  const weights = new Map(
    accepted.split(',').map((part) => {
      const [name = '', ...parameters] = part.toLowerCase().split(';');
      const weight = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean);
      return [name.trim(), weight === undefined ? 1 : Number(weight)];
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/** Whether a tag is among those that a client has; a weak one stands for a strong one here. */
function hasTag(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false;
  if (known === etag || known.trim() === '*') return true;
  return known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
