import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PaperboyError } from '../../src/base/errors.js';
import { readFileText } from '../../src/base/file-text.js';
import { type TempDir, tempDir } from '../support/program.js';

let dir: TempDir;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.dispose());

async function read(bytes: Buffer, encoding?: string): Promise<string> {
  const file = join(dir.path, 'list.csv');
  writeFileSync(file, bytes);
  let text = '';
  for await (const piece of readFileText(file, { encoding, option: '--encoding' })) text += piece;
  return text;
}

async function refusal(bytes: Buffer, encoding?: string): Promise<string> {
  const error: unknown = await read(bytes, encoding).catch((thrown: unknown) => thrown);
  if (error instanceof PaperboyError) return `${error.code}: ${error.message}`;
  throw new Error(`It was read, or failed in another way: ${String(error)}`);
}

const TEXT = 'email,name\r\nzoë@x.example,“Łukasz” 例え 🦉 €\r\n';

describe('the text of a file', () => {
  test.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', iconv.encode(TEXT, 'utf-8', { addBOM: true })],
    ['UTF-16LE, which Excel calls Unicode text', iconv.encode(TEXT, 'utf-16le', { addBOM: true })],
    ['UTF-16BE', iconv.encode(TEXT, 'utf-16be', { addBOM: true })],
  ])('in %s is read by itself', async (_what, bytes) => {
    expect(await read(bytes)).toBe(TEXT);
    // The mark has the last word.
    if (bytes[0] !== 0x65) expect(await read(bytes, 'windows-1252')).toBe(TEXT);
  });

  test.each([
    ['windows-1252', 'é€“x”'],
    ['latin1', 'é€“x”'],
    ['iso-8859-1', 'André'],
    ['iso-8859-2', 'Łukasz'],
    ['iso-8859-15', 'é€'],
    ['macintosh', 'André'],
    ['windows-1251', 'Анна'],
    ['koi8-r', 'Анна'],
    ['shift_jis', 'メール'],
    ['gb18030', '邮箱'],
    ['euc-kr', '이메일'],
    ['utf-16le', 'Zoë'],
    ['utf-16be', 'Zoë'],
  ])('in %s has to be told', async (encoding, text) => {
    const bytes = iconv.encode(
      text,
      encoding === 'latin1' || encoding === 'iso-8859-1' ? 'windows-1252' : encoding,
    );
    expect(await read(bytes, encoding)).toBe(text);
    expect(await refusal(bytes)).toMatch(/^bad_encoding: .*--encoding/);
  });

  test.each([
    [
      'an Excel workbook',
      Buffer.from([0x50, 0x4b, 3, 4, 1]),
      /Excel workbook; unpack it, or save it as CSV/,
    ],
    ['an old one', Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), /old Excel workbook/],
    ['a compressed file', Buffer.from([0x1f, 0x8b, 8]), /compressed/],
    ['zero bytes', Buffer.from('a\0b'), /zero bytes/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /zero bytes/],
    [
      'a mark of UTF-8 and Latin-1 behind it',
      Buffer.from([0xef, 0xbb, 0xbf, 0xe9, 0x20]),
      /is not UTF-8/,
    ],
    ['a UTF-16 that breaks off', Buffer.from([0xff, 0xfe, 0x61]), /is not utf-16le/],
  ])('is refused for %s', async (_what, bytes, sentence) => {
    expect(await refusal(bytes)).toMatch(sentence);
  });

  test('is refused with the line, far into a file', async () => {
    const bytes = Buffer.concat([Buffer.from('a@x.example\n'.repeat(20_000)), Buffer.from([0xe9])]);
    expect(await refusal(bytes)).toMatch(/behind line \d{4,}/);
  });

  test('has no encoding that nobody knows', async () => {
    for (const name of ['klingon', 'base64', 'hex', 'utf-7', '']) {
      expect(await refusal(Buffer.from('a'), name)).toMatch(/^bad_usage: .* is no encoding/);
    }
  });

  test('comes back as it was or is refused, never changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
        const buffer = Buffer.from(bytes);
        const text = await read(buffer).catch((error: unknown) => error);
        if (text instanceof PaperboyError) return;
        const isMarked = [0xef, 0xfe, 0xff].includes(buffer[0] ?? 0);
        if (!isMarked) expect(Buffer.from(String(text))).toEqual(buffer);
      }),
    );
  });
});
