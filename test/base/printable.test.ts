import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  printable,
  printableAll,
  printableJson,
  printableLines,
} from '../../src/base/printable.js';

describe('a printable text', () => {
  test.each([
    ['colours and cursors', '550 \u001b[31mNo\u001b[2J', '550 [31mNo[2J'],
    ['the eight-bit form of them', '\u009b31mNo\u0090', '31mNo'],
    ['a backspace, a bell, a delete', 'a\bb\u0007c\u007f', 'abc'],
    ['line breaks of any kind', 'a\r\nb\u2028c\u2029d\u0085e\vf', 'a b c d e f'],
    ['what reorders a line', 'a\u202eb\u2066c\u200f', 'abc'],
    ['what nobody sees', 'a\u200b\u00ad\ufeff\u{e0041}b', 'ab'],
  ])('has no %s', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('is the same where there is nothing of the kind', () => {
    const text = '250 2.0.0 Żółć, 論文 😀 <ok> "quoted" \\n';
    expect(printable(text)).toBe(text);
  });
});

test('all texts of an answer are made printable, and nothing else is changed', () => {
  const answer = { a: ['\u001bx', null, 1], b: { c: 'y\u009b', d: true }, e: undefined };
  expect(printableAll(answer)).toEqual({ a: ['x', null, 1], b: { c: 'y', d: true } });
});

test('what an error says stays, and so does what is no plain object', () => {
  const cause = new Error('the \u001bcause');
  const error = Object.assign(new TypeError('b\u001boom', { cause }), { code: 'E_X' });
  const facts = { event: 'broke', err: error, at: new Date(0), url: new URL('http://x.example/') };
  const { err, ...rest } = printableAll(facts) as typeof facts;
  expect(err).toMatchObject({ type: 'TypeError', message: 'boom', code: 'E_X' });
  expect(err.stack).toContain('\n    at ');
  expect(err.cause).toMatchObject({ type: 'Error', message: 'the cause' });
  expect(JSON.stringify(rest)).toBe(
    '{"event":"broke","at":"1970-01-01T00:00:00.000Z","url":"http://x.example/"}',
  );
});

describe('several lines', () => {
  test('keep their ends and tabs, and lose what commands a terminal', () => {
    expect(printableLines('a\tb\r\n\u001b]0;x\u0007c\n\u202ed\re\u2028f')).toBe(
      'a\tb\r\n]0;xc\ndef',
    );
  });
});

describe('JSON', () => {
  test('reads as the same value, and has nothing unseen in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = printableJson({ text, more: [`\u009b${text}\u202e\u{e0041}`] });
        expect(JSON.parse(json)).toEqual({ text, more: [`\u009b${text}\u202e\u{e0041}`] });
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
