import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttemptFailure, enhancedCode, outcomeOf } from '../../src/delivery/outcome.js';

function failure(changes: Partial<AttemptFailure>): AttemptFailure {
  const none = { command: undefined, response: undefined, responseCode: undefined };
  return { message: 'Connection closed', ...none, wholeMessageSent: false, ...changes };
}

/** The failure that a reply to a command is; to the final dot it is a reply to DATA. */
function reply(command: string, response: string, wholeMessageSent = false): AttemptFailure {
  const responseCode = Number(response.slice(0, 3));
  return failure({ command, response, responseCode, wholeMessageSent });
}

type Kind = 'deferred' | 'refused' | 'refused, suppressed' | 'unsent';

const replies: [string, string, Kind][] = [
  // The recipient, refused for now.
  ['RCPT TO', '450 4.2.1 Mailbox busy', 'deferred'],
  ['RCPT TO', '451 4.7.1 Greylisted', 'deferred'],
  ['RCPT TO', '452 4.2.2 Over quota', 'deferred'],
  ['RCPT TO', '421 4.7.0 Too many connections', 'deferred'],
  ['RCPT TO', '499', 'deferred'],
  // The recipient, refused for good: five codes say that there is no such mailbox.
  ['RCPT TO', '550 5.1.1 No such user', 'refused, suppressed'],
  ['RCPT TO', '550 5.1.2 No such domain', 'refused, suppressed'],
  ['RCPT TO', '553 5.1.3 Bad address', 'refused, suppressed'],
  ['RCPT TO', '550 5.1.6 Moved away', 'refused, suppressed'],
  ['RCPT TO', '556 5.1.10 Null MX', 'refused, suppressed'],
  ['RCPT TO', '550-5.1.1 The account does not exist. Try\n550 5.1.1 again', 'refused, suppressed'],
  // The others speak of something else.
  ['RCPT TO', '550 No such user', 'refused'],
  ['RCPT TO', '550 5.1.0 Rejected', 'refused'],
  ['RCPT TO', '550 5.1.4 Ambiguous', 'refused'],
  ['RCPT TO', '550 5.1.7 Bad sender', 'refused'],
  ['RCPT TO', '550 5.1.8 Bad sender domain', 'refused'],
  ['RCPT TO', '550 5.1.11 Unheard of', 'refused'],
  ['RCPT TO', '550 5.1.100 Unheard of', 'refused'],
  ['RCPT TO', '550 5.2.1 Mailbox disabled', 'refused'],
  ['RCPT TO', '552 5.2.2 Mailbox full', 'refused'],
  ['RCPT TO', '550 5.4.1 No route', 'refused'],
  ['RCPT TO', '550 5.7.1 Relaying denied', 'refused'],
  ['RCPT TO', '554 5.7.1 Listed (see 5.1.1 at https://example.org)', 'refused'],
  ['RCPT TO', '550 Error 5.1.1 somewhere in the text', 'refused'],
  ['RCPT TO', '550 15.1.1 No such user', 'refused'],
  ['RCPT TO', '550 5.1.1x No such user', 'refused'],
  ['RCPT TO', '553', 'refused'],
  // The message, before it was sent.
  ['DATA', '451 4.3.0 Later', 'deferred'],
  ['DATA', '554 5.5.1 No valid recipients', 'refused'],
  ['DATA', '550 5.1.1 No such user', 'refused'],
  // The sender: the server as a whole is in trouble with us.
  ['MAIL FROM', '451 4.3.0 Later', 'unsent'],
  ['MAIL FROM', '421 4.7.0 Closing', 'unsent'],
  ['MAIL FROM', '550 5.7.1 Sender rejected', 'unsent'],
  ['MAIL FROM', '530 5.7.0 Authentication required', 'unsent'],
  ['MAIL FROM', '550 5.1.1 Who?', 'unsent'],
  // A reply that ends the connection comes without the command that it answered.
  ['CONN', '421 4.3.2 Shutting down', 'deferred'],
  ['CONN', '554 5.3.2 No service', 'unsent'],
];

describe('a reply', () => {
  test.each(replies)('to %s: %s → %s', (command, text, kind) => {
    const outcome = outcomeOf(reply(command, text));
    expect(outcome).toEqual({
      kind: kind.split(',')[0],
      reply: text.replace('\n', ' '),
      ...(kind === 'unsent' && { lost: false }),
      ...(kind.startsWith('refused') && { suppress: kind.endsWith('suppressed') }),
    });
  });

  test.each([
    ['450 4.2.1 Later', 'deferred'],
    ['421 4.3.2 Shutting down', 'deferred'],
    ['550 5.1.1 No such user', 'refused'],
    ['554 5.7.1 Spam', 'refused'],
  ])('to the final dot: %s → %s, and it never suppresses', (text, kind) => {
    const outcome = outcomeOf(reply('DATA', text, true));
    expect(outcome).toEqual({
      kind,
      reply: text,
      ...(kind === 'refused' && { suppress: false }),
    });
  });

  test('is kept in one line of bounded length', () => {
    const long = `550-5.7.1 ${'no '.repeat(5_000)}\r\n550 5.7.1 end`;
    const outcome = outcomeOf(reply('RCPT TO', long));
    expect(outcome.reply).toMatch(/^550-5\.7\.1 no no [^\r\n]*$/);
    expect(outcome.reply.length).toBeLessThanOrEqual(500);
  });
});

describe('no reply', () => {
  test('to the whole message leaves it uncertain', () => {
    const outcome = outcomeOf(failure({ command: 'CONN', wholeMessageSent: true }));
    expect(outcome).toEqual({ kind: 'uncertain', reply: 'Connection closed' });
  });

  test('before the message was sent means that it was not', () => {
    for (const command of ['CONN', 'MAIL FROM', 'RCPT TO', 'DATA', undefined]) {
      const outcome = outcomeOf(failure({ command }));
      expect(outcome).toEqual({ kind: 'unsent', reply: 'Connection closed', lost: true });
    }
  });

  test('because our own client would not ask is a refusal', () => {
    const outcome = outcomeOf(failure({ command: 'API', message: 'Invalid recipient' }));
    expect(outcome).toEqual({ kind: 'refused', reply: 'Invalid recipient', suppress: false });
  });
});

describe('whatever happens', () => {
  const command = fc.constantFrom('CONN', 'MAIL FROM', 'RCPT TO', 'DATA', 'API', undefined);

  test('a mail that may have been accepted is never taken for unsent', () => {
    fc.assert(
      fc.property(command, fc.string(), fc.option(fc.nat(599)), (asked, text, code) => {
        const outcome = outcomeOf(
          failure({
            command: asked,
            message: text,
            responseCode: code ?? undefined,
            wholeMessageSent: true,
          }),
        );
        expect(outcome.kind).not.toBe('unsent');
        if (code === null) expect(outcome.kind).toBe('uncertain');
      }),
    );
  });

  test('only a reply to RCPT with one of the five codes suppresses', () => {
    const digit = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(command, digit, digit, fc.boolean(), (asked, subject, detail, whole) => {
        const text = `550 5.${subject}.${detail} No`;
        const outcome = outcomeOf(reply(asked ?? '', text, whole));
        const none = subject === 1 && [1, 2, 3, 6, 10].includes(detail) && asked === 'RCPT TO';
        expect(outcome.kind === 'refused' && outcome.suppress).toBe(none);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the enhanced code', () => {
  test.each([
    ['550 5.1.1 No such user', '5.1.1'],
    ['550-5.1.1 No such user', '5.1.1'],
    ['550 5.1.1', '5.1.1'],
    ['250 2.0.0 Ok', '2.0.0'],
    ['550 No such user', undefined],
    ['550 5.1 No', undefined],
    ['5.1.1 No such user', undefined],
    ['550 3.1.1 No', undefined],
    ['550 5.1.1111 No', undefined],
  ])('of %s is %s', (text, code) => {
    expect(enhancedCode(text)).toBe(code);
  });
});
