import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReply, SMTP_STAGES } from '../../../src/mail/replies/reply.js';

const read = (raw: string) => parseReply(raw, 'rcpt');

describe('the code', () => {
  test.each([
    ['550 5.1.1 No such user', 550],
    ['550', 550],
    ['550-', 550],
    ['550-5.7.1 A lone continuation', 550],
    ['550-No\n550 such\n550 user', 550],
    ['550-No\nsuch\n550 user', 550],
    ['\n\n550 No', 550],
    ['550: No', 550],
    ['499', 499],
    ['250-Ok\n550 No', 0],
    ['550-No\n551 No', 0],
    ['Hello\n550 No', 0],
    ['999 What', 0],
    ['199 What', 0],
    ['600 What', 0],
    ['25 What', 0],
    ['5500 What', 0],
    ['550a What', 0],
    ['550.1 What', 0],
    ['No', 0],
    ['', 0],
  ])('of %j is %i', (raw, code) => {
    expect(read(raw).code).toBe(code);
  });
});

describe('the enhanced code', () => {
  test.each([
    ['550 5.1.1 No such user', '5.1.1'],
    ['550-5.1.1 No such user', '5.1.1'],
    ['550 5.1.1', '5.1.1'],
    ['550 5.1.1: No such user', '5.1.1'],
    ['550 5.7.515 Access denied', '5.7.515'],
    ['550 #5.1.0 Address rejected', '5.1.0'],
    ['550 (#5.1.0) Address rejected', '5.1.0'],
    ['550 550 5.1.1 User unknown', '5.1.1'],
    ['554 delivery error: dd 5.1.1 User unknown', '5.1.1'],
    ['550 host x.example said: 550 5.1.1 User unknown', '5.1.1'],
    ['554 Sorry, no mailbox here by that name. (#5.1.1)', '5.1.1'],
    ['550-No such user\n550 5.1.1 here', '5.1.1'],
    ['550-4.1.1 No such user\n550 5.1.1 here', '5.1.1'],
    ['552 5.1.1 5.2.2 mailbox is full', '5.1.1'],
    ['250 2.0.0 Ok', '2.0.0'],
    ['450 4.2.1 Busy', '4.2.1'],
    ['550 4.2.1 Busy', null],
    ['450 5.2.1 Busy', null],
    ['250 5.1.1 Ok', null],
    ['550 No such user', null],
    ['550 5.1 No', null],
    ['5.1.1 No such user', null],
    ['550 3.1.1 No', null],
    ['550 5.1.1111 No', null],
    ['550 5.1.1x No', null],
    ['550 5.1.1.1 No', null],
    ['550 15.1.1 No', null],
    ['550 Error 5.1.1 somewhere in the text', null],
    ['554 Listed (see 5.1.1 at https://example.org)', null],
    ['554 delivery error: dd This user has no account', null],
    ['250-2.0.0 Ok\n550 5.1.1 No', null],
  ])('of %j is %s', (raw, code) => {
    expect(read(raw).enhanced).toBe(code);
  });
});

describe('the text', () => {
  test.each([
    ['550 5.1.1 No such user', '550 5.1.1 No such user'],
    [
      '550-5.1.1 The account does not exist. Try\n550 5.1.1 again',
      '550-5.1.1 The account does not exist. Try 550 5.1.1 again',
    ],
    ['550 \u001b[31mred\u001b[0m\u0000\u0007 bell', '550 [31mred [0m bell'],
    ['550 \u009b31m C1', '550 31m C1'],
    ['550 a\u202egnp.exe\u2066b\u200bc\ufeffd', '550 a gnp.exe b c d'],
    ['550 a\u2028b\u2029c\r\n550 d\te', '550 a b c 550 d e'],
    ['550 half \ud83d of a pair', '550 half of a pair'],
    ['550 Grüße, 推理 😀', '550 Grüße, 推理 😀'],
    ['Hello\nyou', 'Hello you'],
  ])('of %j is %j', (raw, text) => {
    expect(read(raw).text).toBe(text);
  });

  test('has at most 500 characters, none of them halved', () => {
    const { text } = read(`550 ${'a'.repeat(495)}😀 end`);
    expect(text).toBe(`550 ${'a'.repeat(495)}`);
  });
});

describe('whatever comes', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2_000 }),
    fc.string({
      unit: fc.constantFrom('5', '0', '-', ' ', '.', '1', '\n', '\r', '\0', '\u202e', 'a'),
    }),
  );
  const stage = fc.constantFrom(...SMTP_STAGES);

  test('the reply is one clean line with a code or none', () => {
    fc.assert(
      fc.property(anything, stage, (raw, at) => {
        const reply = parseReply(raw, at);
        expect(reply.stage).toBe(at);
        expect(reply.code === 0 || (reply.code >= 200 && reply.code <= 599)).toBe(true);
        expect(reply.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^\s|\s$|\s\s/u);
        expect(reply.text.length).toBeLessThanOrEqual(500);
        if (reply.code !== 0) expect(reply.text.startsWith(String(reply.code))).toBe(true);
        expect(reply.enhanced?.charAt(0) ?? String(reply.code).charAt(0)).toBe(
          String(reply.code).charAt(0),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test('nothing behind 64 KB is read, of whatever it is made', () => {
    const unit = fc.constantFrom(
      '550-5.1.1 no\n',
      '550-',
      '\n',
      ' ',
      'a',
      '5.',
      '<',
      '@',
      '\u200b',
      'said: ',
    );
    fc.assert(
      fc.property(unit, fc.string(), (part, end) => {
        const head = `550-x\n${part.repeat(70_000)}`;
        expect(read(`${head}\n250 ${end}`)).toEqual(read(head.slice(0, 64 * 1024)));
      }),
      { numRuns: 30 },
    );
  });

  test('ten megabytes are read like their beginning', () => {
    expect(read(`550-5.1.1 No\n${'550-such user\n'.repeat(750_000)}`)).toMatchObject({
      code: 550,
      enhanced: '5.1.1',
    });
  });
});
