import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTokens } from '../../src/subscribers/tokens.js';

const SECRET = 'a secret of the operator, long enough to keep';
const tokens = createTokens(SECRET);
const others = createTokens(`${SECRET}!`);
const MINUTE = 60_000;

const id = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat().map((n) => n % 2 ** 40),
  fc.constant(2 ** 40),
);
const claim = fc.record({
  subscriberId: id,
  round: fc.integer({ min: 1, max: 100_000 }),
  expiresAt: fc.integer({ min: 0, max: 200_000_000 }).map((minutes) => minutes * MINUTE),
});

/** A token of any purpose. */
const token = fc.oneof(
  id.map((n) => tokens.unsubscribe(n)),
  id.map((n) => tokens.preferences(n)),
  claim.map((c) => tokens.confirm(c)),
);

/** What all readers make of a token; genuine ones are something to exactly one of them. */
function readings(text: string, by = tokens): unknown[] {
  return [by.readConfirm(text), by.readUnsubscribe(text), by.readPreferences(text)];
}
const nothing = [null, null, null];

describe('a token', () => {
  test('of each purpose says what went into it, and serves no other', () => {
    fc.assert(
      fc.property(claim, (c) => {
        expect(readings(tokens.confirm(c))).toEqual([c, null, null]);
        const link = { subscriberId: c.subscriberId, links: 0 };
        expect(readings(tokens.unsubscribe(c.subscriberId))).toEqual([null, link, null]);
        expect(readings(tokens.preferences(c.subscriberId))).toEqual([null, null, link]);
      }),
    );
  });

  test('is short, and of letters that need no encoding in a URL', () => {
    fc.assert(
      fc.property(token, (text) => {
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(text.length).toBeLessThanOrEqual(36);
      }),
    );
    expect(tokens.unsubscribe(1_000_000).length).toBeLessThanOrEqual(22);
  });

  test('of any secret ends in a letter or digit, so that no mail program cuts its link', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), claim, (secret, c) => {
        const made = createTokens(secret);
        const all = [
          made.confirm(c),
          made.unsubscribe(c.subscriberId),
          made.preferences(c.subscriberId),
        ];
        for (const text of all) expect(text).toMatch(/[A-Za-z0-9]$/);
        expect(readings(all[0] ?? '', made)).toEqual([c, null, null]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a mail from before all ended so still works', () => {
    const expiresAt = 29_000_000 * MINUTE;
    expect(readings('kIABSLm-wf4egBp69LT_')).toEqual([
      ...[null, { subscriberId: 16_400, links: 0 }, null],
    ]);
    expect(readings('goEB3KXR61EpcEesZRh_')).toEqual([
      ...[null, null, { subscriberId: 16_514, links: 0 }],
    ]);
    expect(readings('AgHAguoN7G6QiXA7fK3xojz-')).toEqual([
      { subscriberId: 2, round: 1, expiresAt },
      ...[null, null],
    ]);
  });

  test('is the same each time', () => {
    expect(tokens.unsubscribe(7)).toBe(createTokens(SECRET).unsubscribe(7));
  });

  test('of another secret is nobody’s', () => {
    fc.assert(
      fc.property(token, (text) => {
        expect(readings(text, others)).toEqual(nothing);
      }),
    );
  });

  test('with any bit flipped is nobody’s', () => {
    fc.assert(
      fc.property(token, fc.nat(), (text, place) => {
        const bytes = Buffer.from(text, 'base64url');
        const bit = place % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(readings(bytes.toString('base64url'))).toEqual(nothing);
      }),
      { numRuns: 1_000 },
    );
  });

  test('with any letter changed is nobody’s, spare bits of the last one included', () => {
    fc.assert(
      fc.property(token, fc.nat(), fc.constantFrom(...'AZaz09-_ghQw.=+/%é '), (text, n, letter) => {
        const place = n % text.length;
        const changed = text.slice(0, place) + letter + text.slice(place + 1);
        if (changed !== text) expect(readings(changed)).toEqual(nothing);
      }),
      { numRuns: 1_000 },
    );
  });

  test('cut short or made longer is nobody’s', () => {
    fc.assert(
      fc.property(token, fc.nat(), fc.string({ minLength: 1 }), (text, n, more) => {
        expect(readings(text.slice(0, n % text.length))).toEqual(nothing);
        expect(readings(text.slice(1 + (n % text.length)))).toEqual(nothing);
        expect(readings(text + more)).toEqual(nothing);
        expect(readings(more + text)).toEqual(nothing);
      }),
    );
  });

  test('made of anything is nobody’s', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.constantFrom('', 'A'.repeat(64), 'A'.repeat(100_000), '..', '__proto__'),
    );
    fc.assert(
      fc.property(anything, (text) => {
        expect(readings(text)).toEqual(nothing);
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps the moment to the minute', () => {
    const read = (expiresAt: number) =>
      tokens.readConfirm(tokens.confirm({ subscriberId: 1, round: 1, expiresAt }))?.expiresAt;
    expect(read(5 * MINUTE)).toBe(5 * MINUTE);
    expect(read(5 * MINUTE + 59_999)).toBe(5 * MINUTE);
  });
});
