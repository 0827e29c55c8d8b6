import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

const ANY = 'application/octet-stream';
/** Octets that are looked at; what follows is let go by. */
const MOST_OCTETS = 64 * 1024;
/** Milliseconds for which a body is waited for that does not come to its end. */
const PATIENCE = 3_000;

/**
 * Makes the routes of `app` answer whatever a request brings along: any type or none, nothing or too
 * much, or a body that breaks off. The body is what was read of it, as text.
 */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (_request: unknown, body: Readable) => readBeginning(body));
  // A type that can't be read reaches no parser.
  app.addHook('preParsing', (request, _reply, _body, done) => {
    if (request.method === 'POST') request.raw.headers['content-type'] = ANY;
    done();
  });
}

async function readBeginning(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  const read = new Promise<void>((resolve) => {
    const take = (piece: Buffer) => {
      if (size < MOST_OCTETS) pieces.push(piece);
      size += piece.length;
      if (size >= MOST_OCTETS) resolve();
    };
    for (const end of ['end', 'error', 'close']) body.once(end, () => resolve());
    // It stays: an error that comes later is nobody's.
    body.on('error', () => undefined);
    body.on('data', take);
  });
  const patience = new AbortController();
  await Promise.race([
    read,
    delay(PATIENCE, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  return Buffer.concat(pieces).subarray(0, MOST_OCTETS).toString('latin1');
}
