import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is sent of one body in one encoding. Headers stand as Node takes them fastest. */
interface Representation {
  body: Buffer;
  etag: string;
  headers: string[];
  /** Those of an answer that says that nothing has changed. */
  unchanged: string[];
}

/** A body that is ready to be sent, as it is and compressed, with all its headers. */
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
  /** Beside those of every page. */
  headers?: Readonly<Record<string, string>>;
}

/** Smaller bodies fit into one packet either way. */
const SMALLEST = 1_024;
const compress = promisify(gzip);

/** What an answer that says that nothing has changed repeats (RFC 9110 §15.4.5). */
const REPEATED = ['cache-control', 'vary', 'etag'];

/**
 * Makes a body ready. Gzip alone: on a page of 55 KB Brotli saves 4 % in the time that gzip takes,
 * and 17 % in a hundred times as long.
 * @param common headers of every answer, the security headers among them
 */
export async function toRendered(
  { type, body, headers: own }: Content,
  common: Readonly<Record<string, string>>,
): Promise<Rendered> {
  const headers = { ...common, ...own };
  const plain = Buffer.from(body);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  const types = { 'content-type': type };
  if (plain.length < SMALLEST) {
    return { plain: represent(plain, `"${hash}"`, headers, types), gzipped: null };
  }
  const small = await compress(plain, { level: 9 });
  const { vary } = headers;
  const varying = { ...headers, vary: vary ? `accept-encoding, ${vary}` : 'accept-encoding' };
  const encoded = { ...types, 'content-encoding': 'gzip' };
  return {
    plain: represent(plain, `"${hash}"`, varying, types),
    gzipped:
      small.length < plain.length ? represent(small, `"${hash}-gz"`, varying, encoded) : null,
  };
}

function represent(
  body: Buffer,
  etag: string,
  headers: Readonly<Record<string, string>>,
  types: Readonly<Record<string, string>>,
): Representation {
  const all: Record<string, string> = {
    ...headers,
    etag,
    ...types,
    'content-length': String(body.length),
  };
  return {
    ...{ body, etag },
    headers: Object.entries(all).flat(),
    unchanged: REPEATED.flatMap((name) => {
      const value = all[name];
      return value === undefined ? [] : [name, value];
    }),
  };
}

/**
 * Sends the body, or says that what the client has is still the same (RFC 9110 §13.1.2). It goes past
 * Fastify's own sending, which would take as long as all the rest: there is nothing left to do to it.
 */
export function sendRendered(
  request: FastifyRequest,
  reply: FastifyReply,
  { plain, gzipped }: Rendered,
): void {
  const { headers } = request.raw;
  const chosen = gzipped && takesGzip(headers['accept-encoding']) ? gzipped : plain;
  const { raw } = reply.hijack();
  if (hasTag(headers['if-none-match'], chosen.etag)) {
    raw.writeHead(304, chosen.unchanged);
    raw.end();
  } else {
    raw.writeHead(200, chosen.headers);
    raw.end(chosen.body);
  }
}

/** Whether a client takes gzip (RFC 9110 §12.5.3). */
export function takesGzip(accepted: string | undefined): boolean {
  if (accepted === undefined) return false;
  // What browsers send: names without weights.
  if (!accepted.includes(';')) return /\bgzip\b|\*/i.test(accepted);
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
