import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SmtpResult, toFailure } from '../../../src/mail/smtp/smtp-result.js';

/** An error as Nodemailer's connection makes it. */
interface Made {
  /** The beginning of its message; empty where it passes on somebody else's error. */
  message: string;
  code: string;
  /** Whether it may have what the server said. */
  answered: boolean;
  command: string;
}

const SOURCE = join(
  dirname(createRequire(import.meta.url).resolve('nodemailer/package.json')),
  'dist/esm/smtp-connection/index.js',
);

/** All errors in the source of that connection, in the order in which they stand there. */
function readErrors(source: string): { calls: number; errors: Made[] } {
  const lines = source.split('\n').filter((line) => /_(?:formatError|onError)\(/.test(line));
  // The two functions themselves, of which one calls the other.
  const calls = lines.filter((line) => !/\((?:err|message), type, /.test(line));
  const errors = calls.flatMap((line): Made[] => {
    const made = /_(?:formatError|onError)\((.*)/.exec(line)?.[1] ?? '';
    const end = /, '(E[A-Z]+)', (\w+), '([A-Z0-9 -]+)'(?: \+ this\._authMethod)?\)/.exec(made);
    if (!end) return [];
    const [, code = '', response, command = ''] = end;
    const text = /^(?:\w+\()?(?:new Error\()?(['"])(.*?)\1/.exec(made);
    return [{ message: text?.[2] ?? '', code, answered: response !== 'false', command }];
  });
  return { calls: calls.length, errors };
}

const { calls, errors } = readErrors(readFileSync(SOURCE, 'utf8'));

function toError({ message, code, command }: Made, response = ''): Error {
  const error = new Error([message || 'Something else', response].filter(Boolean).join(': '));
  return Object.assign(error, { code, command, ...(response !== '' && { response }) });
}

/** An answer to nothing that was asked. */
const isOutOfStep = (error: Error) =>
  'code' in error && error.code === 'EPROTOCOL' && 'command' in error && error.command === 'CONN';

const REPLIES = ['550 5.1.1 No such user', '421 4.3.2 Closing', '250 Ok', 'not SMTP at all', '999'];
const EVERY = errors.flatMap((made): [string, Error, string][] => {
  const name = `${made.command}, ${made.code}: ${made.message}`;
  const silent: [string, Error, string] = [name, toError(made), ''];
  const answers = REPLIES.map((reply): [string, Error, string] => [
    `${name}: ${reply}`,
    toError(made, reply),
    reply,
  ]);
  return made.answered ? [silent, ...answers] : [silent];
});

describe('an error of Nodemailer’s connection', () => {
  test('is one of those that were looked through when this was written', () => {
    expect(errors).toHaveLength(calls);
    const known = errors.map(({ message, code, answered, command }) =>
      [command, code, answered ? 'answered' : 'silent', message].join(' | '),
    );
    expect([...new Set(known)].sort()).toMatchInlineSnapshot(`
      [
        "API | EAUTH | silent | Missing credentials for "",
        "API | EAUTH | silent | Unknown authentication method "",
        "API | ECONNECTION | silent | ",
        "API | ECONNECTION | silent | Cannot connect - connect() was already called for this connection",
        "API | EENVELOPE | silent | Invalid DSN ",
        "API | EENVELOPE | silent | Invalid recipient ",
        "API | EENVELOPE | silent | Invalid sender ",
        "API | EENVELOPE | silent | No recipients defined",
        "API | EMESSAGE | silent | Empty message",
        "API | ESTREAM | silent | ",
        "AUTH  | EAUTH | answered | ",
        "AUTH  | EAUTH | answered | Invalid login",
        "AUTH CRAM-MD5 | EAUTH | answered | Invalid login sequence while waiting for "235"",
        "AUTH CRAM-MD5 | EAUTH | answered | Invalid login sequence while waiting for server challenge string",
        "AUTH LOGIN | EAUTH | answered | Invalid login sequence while waiting for "334 UGFzc3dvcmQ6"",
        "AUTH LOGIN | EAUTH | answered | Invalid login sequence while waiting for "334 VXNlcm5hbWU6"",
        "AUTH XOAUTH2 | EAUTH | silent | ",
        "CONN | ECONNECTION | answered | Connection closed unexpectedly",
        "CONN | ECONNECTION | answered | Server closed the connection",
        "CONN | ECONNECTION | silent | ",
        "CONN | ECONNECTION | silent | Connection closed unexpectedly",
        "CONN | EDNS | silent | ",
        "CONN | EPROTOCOL | answered | Invalid greeting. response=",
        "CONN | EPROTOCOL | answered | Unexpected Response",
        "CONN | EPROTOCOL | silent | Server response exceeds maximum allowed size",
        "CONN | ESOCKET | silent | ",
        "CONN | ETIMEDOUT | silent | ",
        "CONN | ETIMEDOUT | silent | Timeout",
        "CONN | ETLS | answered | Connection closed unexpectedly",
        "CONN | ETLS | silent | Error initiating TLS - ",
        "DATA | EENVELOPE | answered | Data command failed",
        "DATA | EMESSAGE | answered | Message failed",
        "DATA | EMESSAGE | answered | Message failed for recipient ",
        "EHLO | ECONNECTION | answered | EHLO failed but HELO does not support required STARTTLS. response=",
        "EHLO | ECONNECTION | answered | Server terminates connection. response=",
        "HELO | EPROTOCOL | answered | Invalid HELO. response=",
        "LHLO | EPROTOCOL | answered | Invalid LHLO. response=",
        "MAIL FROM | EENVELOPE | answered | ",
        "MAIL FROM | EMESSAGE | silent | Message size larger than allowed ",
        "MAIL FROM | EREQUIRETLS | silent | REQUIRETLS can only be used over TLS connections (RFC 8689)",
        "MAIL FROM | EREQUIRETLS | silent | Server does not support REQUIRETLS extension (RFC 8689)",
        "RCPT TO | EENVELOPE | answered | ",
        "RCPT TO | EENVELOPE | answered | Can't send mail - all recipients were rejected",
        "RSET | EPROTOCOL | answered | Could not reset session state. response=",
        "STARTTLS | ETLS | answered | Error upgrading connection with STARTTLS",
        "STARTTLS | ETLS | silent | Error initiating TLS - ",
      ]
    `);
  });

  test.each(EVERY)(
    'before the message was sent is a retry or a reply: %s',
    (_name, error, reply) => {
      const { result } = toFailure(error, { sent: false, connecting: false });
      if (error.message.startsWith('Invalid recipient')) {
        expect(result).toEqual({ kind: 'unsendable', reason: error.message.trim() });
      } else if (reply === '' || isOutOfStep(error)) {
        expect(result).toEqual({ kind: 'lost', reason: error.message.trim(), sent: false });
      } else {
        expect(result).toMatchObject({ kind: 'replied', reply: { text: reply } });
      }
    },
  );

  test.each(EVERY)(
    'after the message was sent is uncertain or a reply: %s',
    (_name, error, reply) => {
      const { result } = toFailure(error, { sent: true, connecting: false });
      if (reply === '' || isOutOfStep(error)) {
        expect(result).toEqual({ kind: 'lost', reason: error.message.trim(), sent: true });
      } else {
        expect(result).toMatchObject({ kind: 'replied', reply: { stage: 'dot', text: reply } });
      }
    },
  );
});

/** What an error with that reply comes to. */
function replied(command: string, response: string, at: { sent?: boolean; connecting?: boolean }) {
  const { sent = false, connecting = false } = at;
  const error = toError({ message: 'No', code: 'EENVELOPE', answered: true, command }, response);
  return toFailure(error, { sent, connecting });
}

describe('a reply', () => {
  test.each([
    ['CONN', 'greeting', true],
    ['EHLO', 'ehlo', true],
    ['HELO', 'ehlo', true],
    ['STARTTLS', 'tls', true],
    ['AUTH PLAIN', 'auth', true],
    ['AUTH CRAM-MD5', 'auth', true],
    ['MAIL FROM', 'mail', false],
    ['RCPT TO', 'rcpt', false],
    ['DATA', 'data', false],
    // A 421 comes without the command that it answers.
    ['CONN', 'rcpt', false],
  ] as const)('to %s is one of the stage %s', (command, stage, connecting) => {
    const { result, reply } = replied(command, '550 5.7.1 No', { connecting });
    const told = { stage, code: 550, enhanced: '5.7.1', text: '550 5.7.1 No' };
    expect(reply).toEqual(told);
    expect(result).toEqual({ kind: 'replied', reply: told });
  });

  test('to DATA once the message was sent is one to its final dot', () => {
    expect(replied('DATA', '250 Ok', { sent: true }).reply?.stage).toBe('dot');
  });

  test('is kept in one line of bounded length', () => {
    const long = `550-5.7.1 ${'no '.repeat(5_000)}\r\n550 5.7.1 end`;
    const { reply } = replied('RCPT TO', long, {});
    expect(reply?.text).toMatch(/^550-5\.7\.1 no no [^\r\n]*$/);
    expect(reply?.text.length).toBeLessThanOrEqual(500);
  });

  test('to nothing that was asked leaves both sides out of step, but not while connecting', () => {
    const made = { message: 'Unexpected', code: 'EPROTOCOL', answered: true, command: 'CONN' };
    const error = toError(made, '250 Ok');
    expect(toFailure(error, { sent: false, connecting: false })).toEqual({
      result: { kind: 'lost', reason: error.message.trim(), sent: false },
      reply: null,
    });
    expect(toFailure(error, { sent: false, connecting: true }).reply).toMatchObject({ code: 250 });
  });
});

describe('whatever is thrown', () => {
  const thrown = fc.oneof(
    fc.constantFrom(undefined, null, 7, 'text'),
    fc
      .record({
        message: fc.oneof(fc.string(), fc.constant('Invalid recipient "a"')),
        code: fc.constantFrom('EENVELOPE', 'EPROTOCOL', 'ESOCKET', undefined, 5),
        command: fc.constantFrom('API', 'CONN', 'DATA', 'RCPT TO', undefined, {}),
        response: fc.oneof(fc.string(), fc.constant('550 5.1.1 No'), fc.constant(false)),
      })
      .map((fields) => Object.assign(new Error(fields.message), fields)),
  );

  test('a mail that may have been accepted is never taken for one that was not', () => {
    fc.assert(
      fc.property(thrown, (error) => {
        const { result } = toFailure(error, { sent: true, connecting: false });
        expect(['lost', 'replied']).toContain(result.kind);
        if (result.kind === 'lost') expect(result.sent).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('only an address that our own client refuses is an end without a reply', () => {
    fc.assert(
      fc.property(thrown, (error) => {
        const { result, reply } = toFailure(error, { sent: false, connecting: false });
        if (result.kind !== 'unsendable') return;
        const told: SmtpResult = { kind: 'unsendable', reason: 'Invalid recipient "a"' };
        expect([result, reply]).toEqual([told, null]);
        expect(error).toMatchObject({ code: 'EENVELOPE', command: 'API' });
      }),
      { numRuns: 2_000 },
    );
  });
});
