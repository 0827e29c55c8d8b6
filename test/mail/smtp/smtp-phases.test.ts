import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/mail/mime.js';
import { smtpServer } from '../../../src/mail/smtp/smtp.js';
import { PHASES, type SmtpPhases } from '../../../src/mail/smtp/smtp-phases.js';
import type { SmtpSession } from '../../../src/mail/smtp/smtp-session.js';
import { type RawSteps, startRawSmtp } from '../../support/raw-smtp.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const envelope = { from: 'papers@example.org', to: 'ada@reader.example' };
const message: Message = [Buffer.from('Subject: Hello\r\n\r\n'), Buffer.from('end\r\n')];
/** More than the kernel takes at once. */
const huge: Message = [Buffer.from(`${'x'.repeat(75)}\r\n`.repeat(400_000))];

/** Longer than any test, but for what is said: whatever ends, ends by that. */
function phases(short: Partial<SmtpPhases>): SmtpPhases {
  const long = Object.fromEntries(Object.keys(PHASES).map((phase) => [phase, 600_000]));
  return { ...PHASES, ...long, ...short };
}

type Options = Parameters<typeof smtpServer>[0];

function opening(port: number, limits: SmtpPhases, options: Options = {}): Promise<SmtpSession> {
  const local = { host: '127.0.0.1', port, secure: false, ignoreTLS: true };
  const server = smtpServer({ ...local, ...options }, 'papers.example.org', limits);
  return server.open(new AbortController().signal);
}

async function connect(steps: RawSteps, limits: SmtpPhases, capabilities: string[] = []) {
  const stub = await startRawSmtp({ steps, capabilities });
  open.push(stub);
  const session = await opening(stub.port, limits);
  open.push(session);
  return { stub, session };
}

describe('a server that falls silent', () => {
  test.each([
    ['greeting', 'greeting'],
    ['ehlo', 'command'],
  ] as const)(
    'at %s while connecting is given up after the time for the %s',
    async (stage, phase) => {
      const failing = connect({ [stage]: 'stall' }, phases({ [phase]: 40 }));
      await expect(failing).rejects.toMatchObject({ code: 'smtp_unreachable', reply: null });
    },
  );

  test('before it can be spoken to is given up after the time to connect', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: () => server.close() }, { close: () => sockets.map((s) => s.destroy()) });
    const { port } = server.address() as AddressInfo;
    const failing = opening(port, phases({ connect: 40 }), { secure: true });
    await expect(failing).rejects.toMatchObject({ code: 'smtp_unreachable', reply: null });
  });

  for (const capabilities of [[], ['PIPELINING']]) {
    const kind = capabilities.length > 0 ? 'with' : 'without';
    test.each([
      ['mail', 'command', false],
      ['rcpt', 'command', false],
      ['data', 'data', false],
      ['dot', 'dot', true],
    ] as const)(
      `at %s, ${kind} PIPELINING, is left after the time for the %s`,
      async (stage, phase, sent) => {
        const limits = phases({ [phase]: 40 });
        const { session, stub } = await connect({ [stage]: 'stall' }, limits, capabilities);
        expect(await session.send(envelope, message)).toMatchObject({ kind: 'lost', sent });
        expect([session.usable, stub.accepted]).toEqual([false, []]);
      },
    );
  }

  test('in the message, of which it reads no more, is left after the time for a block', async () => {
    const { session, stub } = await connect({ body: 'stall' }, phases({ block: 40 }));
    const result = await session.send(envelope, huge);
    expect(result).toMatchObject({ kind: 'lost', sent: false });
    expect([session.usable, stub.attempts]).toEqual([false, []]);
  });

  test('at RSET is left after the time for that, and the mail was not begun', async () => {
    const limits = phases({ reset: 40 });
    const { session, stub } = await connect({ rcpt: '450 Later', rset: 'stall' }, limits);
    expect((await session.send(envelope, message)).kind).toBe('replied');
    expect(await session.send(envelope, message)).toMatchObject({ kind: 'lost', sent: false });
    expect([session.usable, session.mails, stub.attempts]).toEqual([false, 1, []]);
  });
});

describe('a server that takes its time', () => {
  const slow: RawSteps['dot'] = async () => {
    await setTimeout(1_200);
    return undefined;
  };

  test.each(['data', 'dot'] as const)(
    'at %s is waited for, however short the time for commands is',
    async (stage) => {
      const limits = phases({ command: 600 });
      const { session } = await connect({ [stage]: slow }, limits);
      expect((await session.send(envelope, message)).kind).toBe('accepted');
      expect(session.usable).toBe(true);
    },
  );

  test('at MAIL is waited for, however short the time of what follows was for the one before', async () => {
    const limits = phases({ data: 600, dot: 600, block: 600 });
    const { session, stub } = await connect({}, limits);
    expect((await session.send(envelope, message)).kind).toBe('accepted');
    stub.steps.mail = slow;
    expect((await session.send(envelope, message)).kind).toBe('accepted');
  });
});

describe('the times of the phases', () => {
  test('are those of RFC 5321 §4.5.3.2', () => {
    const minutes = Object.entries(PHASES).map(([phase, ms]) => [phase, ms / 60_000]);
    expect(Object.fromEntries(minutes)).toMatchObject({
      ...{ greeting: 5, command: 5, data: 2, block: 3, dot: 10 },
    });
  });
});
