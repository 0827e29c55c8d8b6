import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Message } from '../../../src/mail/mime.js';
import { smtpServer } from '../../../src/mail/smtp/smtp.js';
import type { SmtpSession } from '../../../src/mail/smtp/smtp-session.js';
import { octets } from '../../support/octets.js';
import { freePort } from '../../support/program.js';
import { type RawSmtpOptions, type RawSmtpStub, startRawSmtp } from '../../support/raw-smtp.js';
import { type SmtpOptions, startSmtp } from '../../support/smtp.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const envelope = { from: 'papers@example.org', to: 'ada@reader.example' };
const header = Buffer.from('Subject: Hello\r\n\r\n');
const message: Message = [header, Buffer.from('one\r\n'), Buffer.from('a dot.\r\nend\r\n')];
const large: Message = [header, Buffer.from(`${'x'.repeat(75)}\r\n`.repeat(1_200))];
/** More than the kernel takes at once. */
const huge: Message = [header, Buffer.from(`${'x'.repeat(75)}\r\n`.repeat(400_000))];

type Options = Parameters<typeof smtpServer>[0];

async function connect(port: number, options: Options = {}): Promise<SmtpSession> {
  const local = { host: '127.0.0.1', port, secure: false, ignoreTLS: true };
  const session = await smtpServer({ ...local, ...options }, 'papers.example.org').open(
    new AbortController().signal,
  );
  open.push(session);
  return session;
}

async function raw(options?: RawSmtpOptions): Promise<RawSmtpStub> {
  const stub = await startRawSmtp(options);
  open.push(stub);
  return stub;
}

/** What was said, in order. */
const stages = (stub: RawSmtpStub) =>
  stub.visits.map(({ stage }) => stage).filter((stage) => stage !== 'body');

describe('a mail', () => {
  test.each([
    ['small', message],
    ['large', large],
  ])('arrives octet for octet (%s)', async (_size, body) => {
    for (const capabilities of [['8BITMIME'], ['8BITMIME', 'PIPELINING', 'SIZE 1000000']]) {
      const stub = await raw({ capabilities });
      const session = await connect(stub.port);
      const outcome = await session.send(envelope, body);
      expect(outcome).toEqual({ kind: 'accepted', reply: '250 2.0.0 Ok: queued' });
      const [received] = stub.accepted;
      expect(received).toMatchObject({ from: envelope.from, to: [envelope.to] });
      expect(received?.raw.equals(octets(body))).toBe(true);
    }
  });

  test('goes over the same connection as the one before, which ends with QUIT', async () => {
    const stub = await raw();
    const session = await connect(stub.port);
    for (let n = 0; n < 3; n++) {
      expect((await session.send(envelope, message)).kind).toBe('accepted');
      expect(session.usable).toBe(true);
    }
    session.close();
    await stub.waitFor(({ visits }) => visits.some(({ stage }) => stage === 'quit'));
    const mail = ['mail', 'rcpt', 'data', 'dot'];
    expect(stages(stub)).toEqual(['greeting', 'ehlo', ...mail, ...mail, ...mail, 'quit']);
    expect(stub.connections).toBe(1);
    expect(stub.visits.find(({ stage }) => stage === 'ehlo')?.line).toBe('EHLO papers.example.org');
  });
});

describe('an address beyond ASCII', () => {
  const wide = { ...envelope, to: 'jürgen@reader.example' };

  test('goes to a server that offers SMTPUTF8, and the envelope says so', async () => {
    const stub = await raw({ capabilities: ['8BITMIME', 'SMTPUTF8'] });
    const session = await connect(stub.port);
    expect((await session.send(wide, message)).kind).toBe('accepted');
    const lines = stub.visits.map(({ line }) => line);
    expect(lines).toContain('MAIL FROM:<papers@example.org> SMTPUTF8');
    expect(lines).toContain('RCPT TO:<jürgen@reader.example>');
  });

  test('is said to no other server, and the next mail goes on', async () => {
    for (const capabilities of [[], ['8BITMIME', 'PIPELINING']]) {
      const stub = await raw({ capabilities });
      const session = await connect(stub.port);
      expect(await session.send(wide, message)).toEqual({
        kind: 'unsendable',
        reason: expect.stringMatching(/letters beyond ASCII before the @.*SMTPUTF8 \(RFC 6531\)$/),
      });
      expect(stages(stub)).toEqual(['greeting', 'ehlo']);
      expect(session.usable).toBe(true);
      expect((await session.send(envelope, message)).kind).toBe('accepted');
      expect(stub.visits.map(({ line }) => line)).toContain('MAIL FROM:<papers@example.org>');
    }
  });
});

test('no mail is said to have eight bits, since none has', async () => {
  const stub = await raw({ capabilities: ['8BITMIME', 'SMTPUTF8', 'SIZE 1000000', 'DSN'] });
  const session = await connect(stub.port);
  await session.send(envelope, message);
  const said = stub.visits.find(({ stage }) => stage === 'mail')?.line;
  expect(said).toBe('MAIL FROM:<papers@example.org>');
});

type Case = [stage: 'mail' | 'rcpt' | 'data' | 'dot', reply: string, reusable: boolean];

const cases: Case[] = [
  ['mail', '451 4.3.0 Later', true],
  ['mail', '550 5.7.1 Sender refused', true],
  ['mail', '421 4.3.2 Closing', false],
  ['rcpt', '450 4.2.1 Busy', true],
  ['rcpt', '550 5.1.1 No such user', true],
  ['rcpt', '550 No such user', true],
  ['rcpt', '421 4.3.2 Closing', false],
  ['data', '451 4.3.0 Later', true],
  ['data', '554 5.5.1 Refused', true],
  ['data', '421 4.3.2 Closing', false],
  ['dot', '451 4.3.0 Later', true],
  ['dot', '554 5.7.1 Spam', true],
  ['dot', '550 5.1.1 No such user', true],
  ['dot', '421 4.3.2 Closing', false],
];

for (const pipelining of [false, true]) {
  const capabilities = pipelining ? ['PIPELINING'] : [];

  describe(`a server ${pipelining ? 'with' : 'without'} PIPELINING`, () => {
    test.each(cases)('that answers %s with %s', async (stage, reply, reusable) => {
      const stub = await raw({ capabilities, steps: { [stage]: reply } });
      const session = await connect(stub.port);
      const outcome = await session.send(envelope, message);
      expect(outcome).toMatchObject({ kind: 'replied', reply: { text: reply } });
      if (outcome.kind === 'replied' && reusable) expect(outcome.reply.stage).toBe(stage);
      expect(stub.accepted).toEqual([]);
      expect(session.usable).toBe(reusable);
      if (!reusable) return;
      delete stub.steps[stage];
      const said = stages(stub).length;
      expect((await session.send(envelope, message)).kind).toBe('accepted');
      // RFC 5321 §4.1.1.5: what the server still holds of the refused mail is dropped first.
      expect(stages(stub).slice(said)).toEqual(['rset', 'mail', 'rcpt', 'data', 'dot']);
      expect(stub.connections).toBe(1);
    });

    test.each(['mail', 'rcpt', 'data'] as const)(
      'that hangs up at %s has no mail',
      async (stage) => {
        const stub = await raw({ capabilities, steps: { [stage]: 'drop' } });
        const session = await connect(stub.port);
        const outcome = await session.send(envelope, message);
        expect(outcome).toMatchObject({ kind: 'lost', sent: false });
        expect(session.usable).toBe(false);
      },
    );

    test.each(['mail', 'rcpt', 'data', 'dot'] as const)(
      'that answers %s with what SMTP does not know is not asked again over that connection',
      async (stage) => {
        const stub = await raw({ capabilities, steps: { [stage]: '120 What?' } });
        const session = await connect(stub.port);
        const reply = { stage, code: 0, enhanced: null, text: '120 What?' };
        expect(await session.send(envelope, message)).toEqual({ kind: 'replied', reply });
        expect(session.usable).toBe(false);
      },
    );

    test('that hangs up after the final dot leaves it uncertain', async () => {
      const stub = await raw({ capabilities, steps: { dot: 'drop' } });
      const session = await connect(stub.port);
      expect(await session.send(envelope, message)).toMatchObject({ kind: 'lost', sent: true });
      expect(session.usable).toBe(false);
      expect(stub.attempts).toHaveLength(1);
    });

    test('that hangs up in the body has no mail, if not all of it was on its way', async () => {
      const stub = await raw({ capabilities, steps: { body: 'drop' } });
      const session = await connect(stub.port);
      expect(await session.send(envelope, huge)).toMatchObject({ kind: 'lost', sent: false });
      expect(stub.attempts).toEqual([]);
      expect(session.usable).toBe(false);
    });

    test('that hangs up in the body never passes for one that accepted or refused', async () => {
      const stub = await raw({ capabilities, steps: { body: 'drop' } });
      const session = await connect(stub.port);
      // Whatever the kernel had taken may have arrived.
      expect((await session.send(envelope, large)).kind).toBe('lost');
      expect(stub.attempts).toEqual([]);
      expect(session.usable).toBe(false);
    });
  });
}

describe('a connection that the server ended between two mails', () => {
  test('is not used any more, and costs the next mail nothing', async () => {
    const stub = await startSmtp();
    open.push(stub);
    const session = await connect(stub.port);
    expect((await session.send(envelope, message)).kind).toBe('accepted');
    await stub.close();
    await vi.waitUntil(() => !session.usable, { interval: 5, timeout: 5_000 });
    expect(await session.send(envelope, message)).toEqual({
      ...{ kind: 'lost', reason: 'Connection closed', sent: false },
    });
    expect(session.mails).toBe(1);
  });

  test('is not used either where it ended right behind the reply, before that was heard of', async () => {
    const stub = await raw();
    const server = createServer((socket) => {
      const other = createConnection(stub.port, '127.0.0.1');
      // What the stub says goes on, and the side is closed together with the word of acceptance.
      other.on('data', (said) => {
        if (said.toString().includes('queued')) socket.end(said);
        else socket.write(said);
      });
      socket.on('data', (said) => other.write(said));
      for (const one of [socket, other]) one.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    const session = await connect((server.address() as AddressInfo).port);
    expect((await session.send(envelope, message)).kind).toBe('accepted');
    // Both came in one packet, and the end is known a moment later than the reply.
    await vi.waitUntil(() => !session.usable, { interval: 1, timeout: 5_000 });
    expect(await session.send(envelope, message)).toMatchObject({ kind: 'lost', sent: false });
    expect(session.mails).toBe(1);
  });
});

describe('a server that can not be used', () => {
  const opening = (port: number, options?: Options) =>
    connect(port, options).catch((error: unknown) => error);

  test('is not there', async () => {
    const port = await freePort();
    expect(await opening(port)).toMatchObject({
      code: 'smtp_unreachable',
      message: expect.stringMatching(
        new RegExp(`^The SMTP server 127\\.0\\.0\\.1:${port} can't be used: .*ECONNREFUSED`),
      ),
    });
  });

  const greetings: [string, SmtpOptions][] = [
    ['refuses at the greeting', { greeting: 'refuse' }],
    ['is busy at the greeting', { greeting: { code: 421, text: '4.3.2 Too busy' } }],
    ['hangs up at once', { dropAt: 'connect' }],
  ];
  test.each(greetings)('%s', async (_what, options) => {
    const stub = await startSmtp(options);
    open.push(stub);
    expect(await opening(stub.port)).toMatchObject({ code: 'smtp_unreachable' });
  });

  test('never greets', async () => {
    const stub = await raw({ steps: { greeting: 'stall' } });
    const failure = await opening(stub.port, { greetingTimeout: 200 });
    expect(failure).toMatchObject({ code: 'smtp_unreachable' });
  });

  test('never greets, and the client gives up', async () => {
    const stub = await raw({ steps: { greeting: 'stall' } });
    const server = { host: '127.0.0.1', port: stub.port, secure: false, ignoreTLS: true };
    const stop = new AbortController();
    const failing = smtpServer(server, 'papers.example.org').open(stop.signal);
    await stub.waitFor(({ visits }) => visits.length === 1);
    stop.abort();
    await expect(failing).rejects.toMatchObject({ code: 'smtp_unreachable' });
  });

  test('refuses EHLO and HELO', async () => {
    const stub = await raw({ steps: { ehlo: '550 5.7.1 Go away' } });
    expect(await opening(stub.port)).toMatchObject({ code: 'smtp_unreachable' });
  });

  test('refuses the password, which is in no message', async () => {
    const stub = await startSmtp({ auth: { user: 'papers', pass: 'right' } });
    open.push(stub);
    const auth = { user: 'papers', pass: 'wr0ng-s3cret' };
    const failure = await opening(stub.port, { auth });
    expect(failure).toMatchObject({
      code: 'smtp_login',
      message: expect.stringMatching(/refuses the login: .*535.*[^.]\.$/),
    });
    expect(String(failure)).not.toContain('wr0ng-s3cret');
    const session = await connect(stub.port, { auth: { user: 'papers', pass: 'right' } });
    expect((await session.send(envelope, message)).kind).toBe('accepted');
  });
});

describe('the name of a server', () => {
  test.each([
    [{ host: 'mail.example.org' }, 'mail.example.org:587'],
    [{ host: 'mail.example.org', secure: true }, 'mail.example.org:465'],
    [
      { host: 'mail.example.org', port: 25, auth: { user: 'me', pass: 'secret' } },
      'mail.example.org:25',
    ],
  ])('of %j is %s', (options, name) => {
    expect(smtpServer(options, 'papers.example.org').name).toBe(name);
  });
});
