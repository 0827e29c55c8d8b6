import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitMbox } from '../../src/mail/mbox.js';

async function split(text: string, size = 65_536): Promise<string[]> {
  const octets = Buffer.from(text, 'latin1');
  async function* pieces() {
    for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
  }
  const mails: string[] = [];
  for await (const mail of splitMbox(pieces())) mails.push(Buffer.from(mail).toString('latin1'));
  return mails;
}

const FROM = 'From MAILER-DAEMON Mon Nov 30 08:00:00 2026\n';

describe('a file', () => {
  test.each([
    ['that is one mail', 'Subject: a\n\nFrom x Mon Nov 30 08:00:00 2026\n'],
    ['with other line ends', 'Subject: a\r\n\r\nb\r\n'],
    ['that is empty', ''],
    ['without an end of its last line', 'Subject: a\n\nb'],
    ['with lines that look quoted', 'Subject: a\n\n>From b\n'],
  ])('%s is handed on as it is', async (_what, text) => {
    expect(await split(text)).toEqual([text]);
  });
});

describe('an mbox', () => {
  test('is a mail for each separator', async () => {
    const mails = ['Subject: a\n\none\n\n', 'Subject: b\n\ntwo\n\n', 'Subject: c\n\n'];
    expect(await split(mails.map((mail) => `${FROM}${mail}`).join(''))).toEqual(mails);
    expect(await split(`${FROM}${mails[0]}`)).toEqual([mails[0]]);
    const crlf = (text: string) => text.replace(/\n/g, '\r\n');
    const all = crlf(mails.map((mail) => `${FROM}${mail}`).join(''));
    expect(await split(all)).toEqual(mails.map(crlf));
  });

  test('takes neither quoted lines nor sentences for separators', async () => {
    const body =
      'Subject: a\n\n>From x Mon 08:00\n>>From y\n\nFrom here on it is quiet.\nFrom z 08:00\n';
    expect(await split(`${FROM}${body}`)).toEqual([
      body.replace('>From x', 'From x').replace('>>', '>'),
    ]);
  });

  test('is split in the same way however its octets come', async () => {
    const line = fc.constantFrom(FROM, '\n', '\r\n', '>From a\n', 'From b\n', 'Subject: c\n', 'd');
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const text = lines.join('');
        const whole = await split(text);
        expect(await split(text, size)).toEqual(whole);
        expect(whole.length).toBeGreaterThan(0);
      }),
    );
  });

  test('of any size takes little memory of each mail', async () => {
    const huge = `${FROM}Subject: a\n\n${'x'.repeat(20_000_000)}\n\n${FROM}Subject: b\n\n`;
    const mails = await split(huge);
    expect(mails.map(({ length }) => length)).toEqual([16_777_216, 12]);
  });
});
