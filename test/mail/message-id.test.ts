import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildMessageId, readMessageId } from '../../src/mail/message-id.js';

describe('the Message-ID', () => {
  const key = { secret: 'a secret', domain: 'example.org' };

  test('is the same each time, and one for each mail', () => {
    const ids = [
      buildMessageId('d', 1, key),
      buildMessageId('d', 2, key),
      buildMessageId('n', 1, key),
    ];
    expect(new Set(ids).size).toBe(3);
    expect(buildMessageId('d', 1, key)).toBe(ids[0]);
  });

  test('can not be guessed without the secret', () => {
    expect(buildMessageId('d', 1, { ...key, secret: 'another' })).not.toBe(
      buildMessageId('d', 1, key),
    );
  });

  test('is one that mail programs take', () => {
    fc.assert(
      fc.property(fc.constantFrom('d' as const, 'n' as const), fc.maxSafeNat(), (kind, id) => {
        expect(buildMessageId(kind, id, key)).toMatch(
          /^<[dn][0-9a-z]+\.[0-9a-f]{16}@example\.org>$/,
        );
      }),
    );
  });

  test('is read again, whatever became of its case and domain; no other is', () => {
    const secrets = ['newest', key.secret];
    fc.assert(
      fc.property(fc.constantFrom('d' as const, 'n' as const), fc.maxSafeNat(), (kind, id) => {
        const ours = buildMessageId(kind, id, key);
        expect(readMessageId(ours, secrets)).toEqual({ kind, id });
        expect(readMessageId(ours.toUpperCase(), secrets)).toEqual({ kind, id });
        expect(readMessageId(ours.replace('example', 'old'), secrets)).toEqual({ kind, id });
        expect(readMessageId(ours, ['newest'])).toBeNull();
        const other = kind === 'd' ? ours.replace('<d', '<n') : ours.replace('<n', '<d');
        expect(readMessageId(other, secrets)).toBeNull();
      }),
    );
    for (const text of ['', '<>', '<d1.0123456789abcdef@example.org>', '<d1@example.org>', 'd1.']) {
      expect(readMessageId(text, secrets)).toBeNull();
    }
  });
});
