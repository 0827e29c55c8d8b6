import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createDkimSigner } from '../../src/mail/dkim.js';
import { digestHeaders, noticeHeaders } from '../../src/mail/headers.js';
import { compileBody, fillPlaceholders } from '../../src/mail/mime.js';
import { octets, pieces } from '../support/octets.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signPieces = createDkimSigner({
  domain: 'example.org',
  selector: 's1',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
});

const sign = async (message: Buffer) => octets(await signPieces(pieces(message)));

const fields = {
  from: { name: 'Tägliche Papers', address: 'papers@example.org' },
  to: 'ada@reader.example',
  subject: `A long title that must be folded somewhere ${'and goes on '.repeat(8)}β`,
  date: 0,
  messageId: '<d1.0123456789abcdef@example.org>',
};
const list = {
  listId: 'digest.papers.example.org',
  unsubscribeUrl: 'https://papers.example.org/u/x',
};
const body = compileBody('<p>Hello  \t world</p>\n\n\n', 'Hello\n.\n..two dots\n\n\n');
const digest = octets(fillPlaceholders(digestHeaders(fields, list), body, {}));
const notice = octets(fillPlaceholders(noticeHeaders(fields), body, {}));

type Field = [name: string, value: string];

function split(message: Buffer): { head: Field[]; body: string } {
  const text = message.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).split(/\r\n(?![ \t])/);
  return {
    head: head.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    body: text.slice(end + 4),
  };
}

/** RFC 6376 §3.4.2 */
function relaxedField([name, value]: Field): string {
  const unfolded = value.replaceAll('\r\n', '').replace(/[ \t]+/g, ' ');
  return `${name.trim().toLowerCase()}:${unfolded.trim()}`;
}

/** RFC 6376 §3.4.4 */
function relaxedBody(text: string): string {
  const lines = text.replace(/[ \t]+(?=\r\n)/g, '').replace(/[ \t]+/g, ' ');
  return lines.replace(/(\r\n)*$/, '\r\n');
}

/** Checks the first DKIM-Signature (RFC 6376 §6.1.3) and tells which fields it covers. */
function verify(message: Buffer): { good: boolean; tags: Map<string, string>; signed: string[] } {
  const { head, body: text } = split(message);
  const signature = head.find(([name]) => name.toLowerCase() === 'dkim-signature');
  if (!signature) throw new Error('The message is not signed.');
  const tags = new Map(
    signature[1].split(';').map((tag): Field => {
      const [name = '', ...value] = tag.split('=');
      return [name.trim(), value.join('=').replace(/\s+/g, '')];
    }),
  );
  const signed = (tags.get('h') ?? '').split(':').map((name) => name.toLowerCase());
  const left = [...head].reverse();
  const covered = signed.flatMap((name) => {
    const at = left.findIndex(([known]) => known.toLowerCase() === name);
    return at === -1 ? [] : left.splice(at, 1).map(relaxedField);
  });
  const own = relaxedField([signature[0], signature[1].replace(/(\bb=)[^;]*/, '$1')]);
  const hash = createHash('sha256').update(relaxedBody(text), 'latin1').digest('base64');
  const good = createVerify('sha256')
    .update([...covered, own].join('\r\n'), 'latin1')
    .verify(publicKey, tags.get('b') ?? '', 'base64');
  return { good: good && hash === tags.get('bh'), tags, signed };
}

describe('a signed message', () => {
  test('is verified by its key, and stays as it was behind the signature', async () => {
    for (const message of [digest, notice]) {
      const signed = await sign(message);
      const { good, tags } = verify(signed);
      expect(good).toBe(true);
      expect([tags.get('a'), tags.get('d'), tags.get('s')]).toEqual([
        'rsa-sha256',
        'example.org',
        's1',
      ]);
      expect(signed.subarray(-message.length).equals(message)).toBe(true);
    }
  });

  test('is no longer verified when a letter of it changes', async () => {
    const signed = (await sign(digest)).toString('latin1');
    for (const [from, to] of [
      ['ada@reader', 'bob@reader'],
      ['One-Click', 'Two-Click'],
      ['/u/x', '/u/y'],
      ['Precedence: bulk', 'Precedence: list'],
      ['Hello', 'Hallo'],
    ] as const) {
      const changed = signed.replace(from, to);
      expect(changed).not.toBe(signed);
      expect(verify(Buffer.from(changed, 'latin1')).good).toBe(false);
    }
  });

  test('has every field of a digest signed, one-click unsubscribing included', async () => {
    const { signed } = verify(await sign(digest));
    const { head } = split(digest);
    expect(signed).toEqual(expect.arrayContaining(head.map(([name]) => name.toLowerCase())));
    expect(signed).toContain('list-unsubscribe-post');
  });

  // RFC 6376 §8.15: whoever passes it on could show another text, or catch answers.
  test.each([
    ...['From: Eve <eve@x.example>', 'To: eve@x.example', 'Cc: eve@x.example', 'Subject: Pay'],
    ...['Reply-To: eve@x.example', 'Date: Thu, 01 Jan 1970 00:00:00 +0000', 'MIME-Version: 1.0'],
    ...['Content-Type: text/html; boundary=other', 'List-Id: <other.x.example>'],
    ...[
      'List-Unsubscribe: <https://x.example/>',
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    ],
  ])('is no longer verified when somebody adds %s', async (field) => {
    for (const message of [digest, notice]) {
      const signed = (await sign(message)).toString('latin1');
      const end = signed.indexOf('\r\n\r\n');
      const behind = `${signed.slice(0, end)}\r\n${field}${signed.slice(end)}`;
      const before = signed.replace('\r\nFrom:', () => `\r\n${field}\r\nFrom:`);
      for (const changed of [behind, before]) {
        expect(verify(Buffer.from(changed, 'latin1')).good).toBe(false);
      }
    }
  });

  test('is the same each time', async () => {
    expect((await sign(digest)).equals(await sign(digest))).toBe(true);
  });
});
