import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/mail/mime.js';
import { smtpServer } from '../../../src/mail/smtp/smtp.js';
import { PHASES } from '../../../src/mail/smtp/smtp-phases.js';
import type { SmtpSession } from '../../../src/mail/smtp/smtp-session.js';
import { octets } from '../../support/octets.js';
import { ROOT } from '../../support/program.js';
import { type RawSmtpStub, type RawSteps, startRawSmtp } from '../../support/raw-smtp.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const pem = readFileSync(join(ROOT, 'test/fixtures/tls/valid.pem'), 'utf8');
const envelope = { from: 'papers@example.org', to: 'ada@example.org' };
const header = Buffer.from('Subject: Papers\r\n\r\n');
const lines = (count: number) => Buffer.from(`${'x'.repeat(75)}\r\n`.repeat(count));

const small: Message = [header, Buffer.from('one\r\n'), Buffer.from('end\r\n')];
/** As a digest: shared pieces, with a reader's own between them. */
const digest: Message = [header, lines(500), Buffer.from('https://example.org/a\r\n'), lines(500)];
const large: Message = [header, lines(15_000)];
/** More than kernel and TLS take at once. */
const huge: Message = [header, lines(60_000)];

async function server(steps: RawSteps): Promise<RawSmtpStub> {
  const stub = await startRawSmtp({ steps, tls: { key: pem, cert: pem } });
  open.push(stub);
  return stub;
}

async function connect({ port }: { port: number }, dot = 10_000): Promise<SmtpSession> {
  const options = { host: '127.0.0.1', port, secure: true, tls: { ca: pem } };
  const smtp = smtpServer(options, 'papers.example.org', { ...PHASES, block: dot, dot });
  const session = await smtp.open(new AbortController().signal);
  open.push(session);
  return session;
}

/** The message, with something to do in the very turn in which it has been handed over. */
function followedBy(act: () => void, message: Message): Message {
  // Its last piece is asked for just before the handing over is put off to the end of the turn.
  return new Proxy(message, {
    get: (target, name) => {
      if (name === 'at') queueMicrotask(() => setImmediate(act));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Drops the connection once so much of the body was read; tells whether that was all of it. */
function dropAfter(bytes: number) {
  const seen = { whole: false };
  const steps: RawSteps = {
    body: ({ body }) => {
      seen.whole = body.subarray(-5).toString('latin1') === '\r\n.\r\n';
      return body.length >= bytes ? 'drop' : undefined;
    },
  };
  return { steps, seen };
}

describe('over TLS', () => {
  test.each([
    ['small', small],
    ['of a digest', digest],
    ['large', large],
  ])('mails arrive octet for octet, one after the other (%s)', async (_size, message) => {
    const stub = await server({});
    const session = await connect(stub);
    for (let n = 0; n < 2; n++) {
      expect(await session.send(envelope, message)).toMatchObject({ kind: 'accepted' });
    }
    expect([stub.connections, stub.accepted.length]).toEqual([1, 2]);
    for (const { raw } of stub.accepted) expect(raw.equals(octets(message))).toBe(true);
  });

  test.each(['mail', 'rcpt', 'data'] as const)(
    'a server that hangs up at %s has no mail',
    async (stage) => {
      const stub = await server({ [stage]: 'drop' });
      const session = await connect(stub);
      expect(await session.send(envelope, digest)).toMatchObject({ kind: 'lost', sent: false });
      expect([session.usable, stub.attempts]).toEqual([false, []]);
    },
  );

  // Chance decides what is heard of first, so each is tried several times.
  const TIMES = 15;

  test.each([
    ['small', small],
    ['of a digest', digest],
  ])('who hangs up after the final dot may have the mail (%s)', async (_size, message) => {
    const stub = await server({ dot: 'drop' });
    for (let n = 1; n <= TIMES; n++) {
      const session = await connect(stub);
      expect(await session.send(envelope, message)).toMatchObject({ kind: 'lost', sent: true });
      expect([session.usable, stub.attempts.length]).toEqual([false, n]);
    }
  });

  const whole = (message: Message) => octets(message).length + 3;
  test.each([
    ['at the first octets of a small mail', small, 1],
    ['at the first octets', digest, 1],
    ['in the middle', digest, whole(digest) / 2],
    ['before the final dot is there', digest, whole(digest) - 20_000],
    ['once all of it is there', digest, whole(digest)],
    ['at the first octets of more than goes at once', huge, 1],
    ['in the middle of more than goes at once', huge, whole(huge) / 2],
  ])(
    'who hangs up in the body %s never has what counts as unsent',
    async (_when, message, bytes) => {
      for (let n = 1; n <= (message === huge ? 2 : TIMES); n++) {
        const { steps, seen } = dropAfter(bytes);
        const stub = await server(steps);
        const session = await connect(stub);
        const result = await session.send(envelope, message);
        expect(result.kind).toBe('lost');
        // What is on its way when the connection ends may still be read.
        if (seen.whole) expect(result).toMatchObject({ sent: true });
        expect([session.usable, stub.accepted]).toEqual([false, []]);
      }
    },
  );

  test('who has read all of it and resets before anybody hears of it may have the mail', async () => {
    const done = new SharedArrayBuffer(4);
    const state = new Int32Array(done);
    const certificate = join(ROOT, 'test/fixtures/tls/valid.pem');
    const script = new URL('./tls-reset-server.js', import.meta.url);
    const thread = new Worker(script, { workerData: { certificate, done } });
    open.push({ close: () => thread.terminate() });
    const port = await new Promise<number>((resolve) => thread.once('message', resolve));
    const session = await connect({ port });
    // Stands still from the moment when the message is with the operating system until the server
    // has reset the connection: so the reset is what is heard of first.
    const stand = () => Atomics.wait(state, 0, 0, 10_000);
    const outcome = await session.send(envelope, followedBy(stand, digest));
    expect([Atomics.load(state, 0), session.usable]).toEqual([1, false]);
    expect(outcome).toMatchObject({ kind: 'lost', sent: true });
  });

  test('who reads on only when nobody waits any more may have the mail', async () => {
    let goOn = () => {};
    const stub = await server({
      body: () =>
        new Promise((resolve) => {
          goOn = () => resolve(undefined);
        }),
    });
    const session = await connect(stub, 300);
    const outcome = await session.send(envelope, digest);
    goOn();
    expect(outcome).toMatchObject({ kind: 'lost', sent: true });
  });
});
