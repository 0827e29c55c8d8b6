import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskReply, parseReply } from '../../../src/mail/replies/reply.js';

const read = (raw: string) => parseReply(raw, 'rcpt');

describe('the mask', () => {
  test.each([
    [
      '550 5.1.1 <ada@x.example>: Recipient address rejected: User unknown in virtual alias table',
      '550 5.1.1 <bob.b+c@sub.y.example>: Recipient address rejected: User unknown in virtual alias table',
    ],
    [
      '550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 double-checking. https://support.google.com/mail/?p=NoSuchUser abc123-20020a05600c.45 - gsmtp',
      '550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 double-checking. https://support.google.com/mail/?p=NoSuchUser x9-def.7 - gsmtp',
    ],
    ['550 5.2.1 Inactive. abcdef-ghi - gsmtp', '550 5.2.1 Inactive. xyz - gsmtp'],
    ['550-5.1.1 <a@x.example>\n550 5.1.1 is unknown', '550 5.1.1 <abc@x.example> is unknown'].map(
      (one) => one.replace('550-', '550 '),
    ),
    ['550 No such user ada', '550 No such user bob'],
    ['550 Unknown user: ada', '550 Unknown user: bob'],
    ['550 Mailbox ada is full', '550 Mailbox bob is full'],
    ["550 User 'ada' not found", "550 User 'bob' not found"],
    ['550 5.1.1 ada... User unknown', '550 5.1.1 bob.c... User unknown'],
    [
      "554 dd This user doesn't have a x.example account (ada@x.example) [-5] - m1",
      "554 dd This user doesn't have a y.example account (bob@y.example) [0] - m2",
    ],
    ['554 5.7.1 Client host [192.0.2.1] blocked', '554 5.7.1 Client host [2001:db8::1] blocked'],
    ['451 4.7.1 Queued as 4ZzXyW1', '451 4.7.1 Queued as 8AbCdE2'],
    ['550 5.7.1 Refused, id QwErTyUiOp', '550 5.7.1 Refused, id AsDfGhJkLz'],
    ['550 5.7.1 Refused [deadbeefcafe]', '550 5.7.1 Refused [0123456789ab]'],
    [
      '421 4.7.0 Later, Mon, 05 Mar 2018 13:43:29 -0500',
      '421 4.7.0 Later, Sun, 1 Apr 2018 1:43:29 +0000',
    ],
    ['452 4.2.2 Quota of 100 MB exceeded', '452 4.2.2 QUOTA of 2500 MB exceeded'],
    ["550 5.7.1 Rejected by x.example's rules", "550 5.7.1 Rejected by yy.example's rules"],
    [
      '550 5.4.1 [ada@x.example]: No [A1.prod.x.example]',
      '550 5.4.1 [b@y.example]: No [B2.prod.x.example]',
    ],
    [
      '421 4.7.0 Mail from <digest@x.example> to <ada@y.example> later',
      '421 4.7.0 Mail from <d@z.example> to <b@y.example> later',
    ],
    ['550 <ada  b@x.example> unknown', '550 <c@x.example> unknown'],
  ])('of %j is that of %j', (one, other) => {
    expect(maskReply(read(one).text)).toBe(maskReply(read(other).text));
  });

  test('is the same however long the address in a long refusal is', () => {
    const why =
      'as nobody of that name is known to this server or to any other that we have asked. ';
    const refusal = (name: string) =>
      read(`550 5.1.1 <${name}@x.example> is refused, ${why.repeat(10)}`);
    expect(maskReply(refusal('a').text)).toBe(maskReply(refusal('a'.repeat(64)).text));
  });

  test.each([
    ['550 5.1.1 User unknown', '550 5.2.1 User unknown'],
    ['550 5.1.1 User unknown', '551 5.1.1 User unknown'],
    ['550 Mailbox is full', '550 Mailbox is disabled'],
    ['550 <ada@x.example>: User unknown', '550 <ada@x.example>: Relaying denied'],
    ['550 User unknown', '450 User unknown'],
  ])('of %j is not that of %j', (one, other) => {
    expect(maskReply(read(one).text)).not.toBe(maskReply(read(other).text));
  });

  test('keeps the words, in lower case', () => {
    expect(maskReply('550 5.1.1 <ada@x.example>: Recipient address rejected: User unknown')).toBe(
      '550 5.1.1 <*>: recipient address rejected: user unknown',
    );
  });

  test('forgets addresses and numbers in any sentence', () => {
    const word = fc.constantFrom('refused', 'mail', 'for', 'the', 'host', 'policy', 'later', 'by');
    const private_ = fc.oneof(
      fc.emailAddress(),
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      fc.uuid(),
      fc.nat().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(
        fc.array(word),
        private_,
        private_,
        fc.array(word),
        (before, one, other, after) => {
          const say = (what: string) => ['550 5.7.1', ...before, what, ...after].join(' ');
          expect(maskReply(say(one))).toBe(maskReply(say(other)));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('is bounded and never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
        const mask = maskReply(text);
        expect(mask.length).toBeLessThanOrEqual(500);
        expect(mask).toBe(mask.toLowerCase());
        expect(mask.split(' ').length).toBeLessThanOrEqual(24);
      }),
    );
    expect(maskReply('<'.repeat(5_000_000)).length).toBeLessThanOrEqual(500);
  });
});
