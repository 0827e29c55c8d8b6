import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  verify as verifyOctets,
} from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createDkimSigner, type DkimKey } from '../../src/mail/dkim.js';
import { digestHeaders, noticeHeaders } from '../../src/mail/headers.js';
import { compileBody, fillPlaceholders } from '../../src/mail/mime.js';
import { octets, pieces } from '../support/octets.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const pem = ({ privateKey }: { privateKey: KeyObject }) =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const RSA = { selector: 's1', privateKey: pem(rsa) };
const ED25519 = { selector: 'e1', privateKey: pem(ed25519) };
const PUBLIC: Record<string, KeyObject> = { s1: rsa.publicKey, e1: ed25519.publicKey };

const signPieces = createDkimSigner({ domain: 'example.org', keys: [RSA, ED25519] });

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

interface Verified {
  good: boolean;
  tags: Map<string, string>;
  signed: string[];
}

/** Checks each DKIM-Signature (RFC 6376 §6.1.3, RFC 8463 §3) and tells which fields it covers. */
function verify(message: Buffer): Verified[] {
  const { head, body: text } = split(message);
  const signatures = head.filter(([name]) => name.toLowerCase() === 'dkim-signature');
  return signatures.map((signature) => verifyOne(signature, head, text));
}

function verifyOne(signature: Field, head: Field[], text: string): Verified {
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
  const octetsSigned = Buffer.from([...covered, own].join('\r\n'), 'latin1');
  const key = PUBLIC[tags.get('s') ?? ''] ?? rsa.publicKey;
  const b = Buffer.from(tags.get('b') ?? '', 'base64');
  const good =
    tags.get('a') === 'rsa-sha256'
      ? verifyOctets('sha256', octetsSigned, key, b)
      : verifyOctets(null, createHash('sha256').update(octetsSigned).digest(), key, b);
  return { good: good && hash === tags.get('bh'), tags, signed };
}

const goods = (message: Buffer) => verify(message).map(({ good }) => good);

describe('a signed message', () => {
  test('is verified by each key, RSA first, and stays as it was behind the signatures', async () => {
    for (const message of [digest, notice]) {
      const signed = await sign(message);
      const found = verify(signed);
      expect(found.map(({ good }) => good)).toEqual([true, true]);
      expect(found.map(({ tags }) => [tags.get('a'), tags.get('d'), tags.get('s')])).toEqual([
        ['rsa-sha256', 'example.org', 's1'],
        ['ed25519-sha256', 'example.org', 'e1'],
      ]);
      expect(signed.subarray(-message.length).equals(message)).toBe(true);
    }
  });

  test('has a signature for each key, in whatever order they are given', async () => {
    const of = async (...keys: DkimKey[]) => {
      const made = await createDkimSigner({ domain: 'example.org', keys })(pieces(digest));
      const found = verify(octets(made));
      expect(found.map(({ good }) => good)).toEqual(keys.map(() => true));
      return found.map(({ tags }) => tags.get('s'));
    };
    expect(await of(RSA)).toEqual(['s1']);
    expect(await of(ED25519)).toEqual(['e1']);
    expect(await of(ED25519, RSA)).toEqual(['s1', 'e1']);
    expect(await of(RSA, ED25519)).toEqual(['s1', 'e1']);
  });

  test('is verified by each signature also where the other one was taken away', async () => {
    const signed = (await sign(digest)).toString('latin1');
    const [first = '', second = ''] =
      signed.match(/^DKIM-Signature:.*\r\n(?:[ \t].*\r\n)*/gm) ?? [];
    for (const one of [first, second]) {
      expect(goods(Buffer.from(signed.replace(one, ''), 'latin1'))).toEqual([true]);
    }
  });

  test('has signatures of lines that no relay folds anew', async () => {
    for (const line of (await sign(digest)).toString('latin1').split('\r\n')) {
      expect(line.length).toBeLessThanOrEqual(78);
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
      expect(goods(Buffer.from(changed, 'latin1'))).toEqual([false, false]);
    }
  });

  test('has every field of a digest signed, one-click unsubscribing included', async () => {
    const { head } = split(digest);
    const names = head.map(([name]) => name.toLowerCase());
    for (const { signed } of verify(await sign(digest))) {
      expect(signed).toEqual(expect.arrayContaining(names));
      expect(signed).toContain('list-unsubscribe-post');
    }
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
    ...['Sender: eve@x.example', 'List-Help: <https://x.example/>', 'References: <a@x.example>'],
    ...['List-Archive: <https://x.example/>', 'List-Post: <mailto:eve@x.example>'],
    ...['List-Subscribe: <https://x.example/>', 'List-Owner: <mailto:eve@x.example>'],
    ...['Feedback-ID: a:b:c:x', 'Auto-Submitted: no', 'Content-Transfer-Encoding: base64'],
    ...['Message-ID: <other@x.example>', 'In-Reply-To: <a@x.example>'],
  ])('is no longer verified when somebody adds %s', async (field) => {
    for (const message of [digest, notice]) {
      const signed = (await sign(message)).toString('latin1');
      const end = signed.indexOf('\r\n\r\n');
      const behind = `${signed.slice(0, end)}\r\n${field}${signed.slice(end)}`;
      const before = signed.replace('\r\nFrom:', () => `\r\n${field}\r\nFrom:`);
      for (const changed of [behind, before]) {
        expect(goods(Buffer.from(changed, 'latin1'))).toEqual([false, false]);
      }
    }
  });

  test('is the same each time', async () => {
    expect((await sign(digest)).equals(await sign(digest))).toBe(true);
  });
});
