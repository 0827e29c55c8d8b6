import { afterEach, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/mail/mime.js';
import { readMeaning } from '../../../src/mail/replies/meaning.js';
import { type ConnectError, smtpServer } from '../../../src/mail/smtp/smtp.js';
import { PHASES } from '../../../src/mail/smtp/smtp-phases.js';
import type { SmtpResult } from '../../../src/mail/smtp/smtp-result.js';
import type { SmtpSession } from '../../../src/mail/smtp/smtp-session.js';
import { type RawSmtpStub, type RawSteps, startRawSmtp } from '../../support/raw-smtp.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const envelope = { from: 'papers@example.org', to: 'ada@reader.example' };
const message: Message = [Buffer.from('Subject: Hello\r\n\r\n'), Buffer.from('end\r\n')];
/** So that a step without an answer ends soon; whatever is answered ends before. */
const phases = { ...PHASES, greeting: 500, command: 500, data: 500, dot: 500 };

async function start(steps: RawSteps): Promise<RawSmtpStub> {
  const stub = await startRawSmtp({ steps });
  open.push(stub);
  return stub;
}

async function connect({ port }: RawSmtpStub): Promise<SmtpSession> {
  const options = { host: '127.0.0.1', port, secure: false, ignoreTLS: true };
  const server = smtpServer(options, 'papers.example.org', phases);
  const session = await server.open(new AbortController().signal);
  open.push(session);
  return session;
}

const NUL = String.fromCharCode(0);
const ESC = String.fromCharCode(27);

/** What no server should say, and what it may still be. */
const ODD: [what: string, said: string][] = [
  ['a line of 10 MB', `550 ${'x'.repeat(10_000_000)}`],
  ['10 MB without an end', 'x'.repeat(10_000_000)],
  ['10 MB of lines', '550-5.7.1 no\r\n'.repeat(700_000)],
  ['NUL', `550 5.1.1 No${NUL}such${NUL} user`],
  ['NUL alone', NUL],
  ['ESC and other controls', `${ESC}[2J${ESC}]0;title 5\b5\b0 no`],
  ['a code that there is not', '999 What?'],
  ['a code of one more digit', '5500 What?'],
  ['a code that is none of SMTP', '100 Continue'],
  ['no code', 'Go away'],
  ['nothing but an end of line', ''],
  ['a code alone', '550'],
  ['an enhanced code alone', '5.1.1 No such user'],
  ['codes that disagree', '550-No such user\r\n450 Later'],
  ['a yes with a no behind it', '250-Ok\r\n550 5.1.1 No such user'],
  ['a no with a yes behind it', '550-5.1.1 No such user\r\n250 Ok'],
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n'],
];

/** What the stages answer by themselves. */
const STAGES = ['mail', 'rcpt', 'data', 'dot'] as const;

/** Whether a result ends the mail for good; a no with a code is one, whatever stands around it. */
function isEnd(result: SmtpResult): boolean {
  if (result.kind === 'unsendable') return true;
  if (result.kind !== 'replied') return false;
  const meaning = readMeaning(result.reply);
  return meaning.of === 'reader' && !['later', 'greylisted'].includes(meaning.kind);
}

function textOf(result: SmtpResult): string {
  if (result.kind === 'replied') return result.reply.text;
  return result.kind === 'accepted' ? result.reply : result.reason;
}

describe.each(STAGES)('at %s, a server', (stage) => {
  test.each(ODD)(
    'that says %s is no more than tried again, and costs little',
    async (what, said) => {
      const stub = await start({ [stage]: said });
      const session = await connect(stub);
      const result = await session.send(envelope, message);
      const text = textOf(result);
      expect(text.length).toBeLessThanOrEqual(500);
      expect(text).toMatch(/^[^\p{Cc}]*$/u);
      // A no that begins with a code of its own is a no.
      const isNo = ['NUL', 'a code alone'].includes(what);
      expect(isEnd(result)).toBe(isNo && stage !== 'mail');
      if (stage === 'dot' && !isNo) {
        // It had the whole message: no reply that is none may make it unsent.
        expect(result).not.toMatchObject({ kind: 'lost', sent: false });
      }
      if (result.kind === 'accepted') {
        expect([what, stage === 'dot']).toEqual(['a yes with a no behind it', false]);
      } else {
        expect(session.usable).toBe(isNo);
        // What begins with a yes is one for the stub itself.
        if (!said.startsWith('2')) expect(stub.accepted).toEqual([]);
      }
    },
  );
});

describe('while connecting, a server', () => {
  test.each(ODD)('that says %s can not be used, whoever is to blame', async (what, said) => {
    for (const stage of ['greeting', 'ehlo'] as const) {
      // A yes is one while nobody depends on it.
      if (what === 'a yes with a no behind it' || (stage === 'ehlo' && said === '')) continue;
      const stub = await start({ [stage]: said });
      const failure = await connect(stub).then(
        (): ConnectError => expect.fail(`It is connected at ${stage}.`),
        (error: ConnectError) => error,
      );
      expect(failure).toMatchObject({ code: 'smtp_unreachable' });
      expect(failure.message.length).toBeLessThanOrEqual(1_000);
      expect(failure.message).toMatch(/^[^\p{Cc}]*$/u);
    }
  });
});

describe('a server that sends unexpected replies', () => {
  const twice = (reply: string) => `${reply}\r\n${reply}`;

  test.each([
    ['mail', '250 2.1.0 Ok'],
    ['rcpt', '250 2.1.5 Ok'],
  ] as const)('with one more acceptance at %s is noticed as out of step', async (stage, reply) => {
    const stub = await start({ [stage]: twice(reply) });
    const session = await connect(stub);
    const result = await session.send(envelope, message);
    expect(result).toMatchObject({ kind: 'lost', sent: false });
    expect([session.usable, stub.accepted]).toEqual([false, []]);
  });

  test('with two more of them has accepted nothing, whatever they stand for', async () => {
    const stub = await start({ mail: '250 Ok\r\n250 Ok\r\n250 Ok', dot: '550 5.7.1 No' });
    const session = await connect(stub);
    const result = await session.send(envelope, message);
    expect(result).toMatchObject({ kind: 'lost', sent: false });
    expect([session.usable, stub.accepted]).toEqual([false, []]);
  });

  test('with a yes ahead of the final dot has accepted nothing that it has not read', async () => {
    const stub = await start({ data: '354 Go ahead\r\n250 Ok', body: 'stall' });
    const session = await connect(stub);
    const huge: Message = [Buffer.from(`${'x'.repeat(75)}\r\n`.repeat(400_000))];
    const result = await session.send(envelope, huge);
    expect(result.kind).not.toBe('accepted');
    expect(isEnd(result)).toBe(false);
    expect(session.usable).toBe(false);
  });

  test('after its last reply is not used again', async () => {
    const stub = await start({ dot: '250 Ok\r\n250 Ok\r\n550 No' });
    const session = await connect(stub);
    expect((await session.send(envelope, message)).kind).toBe('accepted');
    const next = await session.send(envelope, message);
    expect(isEnd(next)).toBe(false);
    expect(session.usable).toBe(false);
  });
});
