import { createHmac, timingSafeEqual } from 'node:crypto';

/** A token serves its purpose and no other: the purpose is part of what is authenticated. */
export type TokenPurpose = 'confirm' | 'unsubscribe' | 'preferences';

export interface ConfirmClaim {
  subscriberId: number;
  round: number;
  /** Milliseconds since the epoch, to the minute. */
  expiresAt: number;
}

export interface Tokens {
  confirm(claim: ConfirmClaim): string;
  unsubscribe(subscriberId: number): string;
  preferences(subscriberId: number): string;
  /** What a genuine confirm token says, expired or not; `null` for anything else. */
  readConfirm(token: string): ConfirmClaim | null;
  /** Whose token it is; `null` for a token of another purpose or of nobody's. */
  readUnsubscribe(token: string): number | null;
  readPreferences(token: string): number | null;
}

/**
 * 96 bits of HMAC-SHA-256: beyond guessing over HTTP, and short enough that the URLs in header
 * fields need no folding (long folded list URLs have broken DKIM signatures).
 */
const MAC_BYTES = 12;
const MAX_TOKEN = 64;

/** Tokens keyed by the operator's secret: nothing is stored for them. */
export function createTokens(secret: string): Tokens {
  const key = createHmac('sha256', secret).update('paperboy tokens v1').digest();

  const seal = (purpose: TokenPurpose, numbers: number[]): string => {
    const payload = wellEnding(encode(numbers));
    return Buffer.concat([payload, mac(purpose, payload)]).toString('base64url');
  };
  const open = (purpose: TokenPurpose, token: string, count: number): number[] | null => {
    if (token.length > MAX_TOKEN || !/^[A-Za-z0-9_-]+$/.test(token)) return null;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.toString('base64url') !== token || bytes.length <= MAC_BYTES) return null;
    const payload = bytes.subarray(0, -MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(-MAC_BYTES), mac(purpose, payload))) return null;
    const numbers = decode(payload);
    return numbers.length === count ? numbers : null;
  };
  const mac = (purpose: TokenPurpose, payload: Buffer): Buffer =>
    createHmac('sha256', key).update(`${purpose}:`).update(payload).digest().subarray(0, MAC_BYTES);

  return {
    confirm: ({ subscriberId, round, expiresAt }) =>
      seal('confirm', [subscriberId, round, Math.floor(expiresAt / 60_000)]),
    unsubscribe: (subscriberId) => seal('unsubscribe', [subscriberId]),
    preferences: (subscriberId) => seal('preferences', [subscriberId]),
    readConfirm: (token) => {
      const [subscriberId, round, minutes] = open('confirm', token, 3) ?? [];
      if (subscriberId === undefined || round === undefined || minutes === undefined) return null;
      return { subscriberId, round, expiresAt: minutes * 60_000 };
    },
    readUnsubscribe: (token) => open('unsubscribe', token, 1)?.[0] ?? null,
    readPreferences: (token) => open('preferences', token, 1)?.[0] ?? null,
  };
}

/** Whole numbers in LEB128, seven bits a byte: small ids make short tokens. */
function encode(numbers: number[]): Buffer {
  const bytes: number[] = [];
  for (const number of numbers) {
    let rest = number;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
  }
  return Buffer.from(bytes);
}

/**
 * The same numbers in as many bytes that the last letter of the token is a letter indeed. Bytes that
 * come in threes may end in `-` or `_`, which mail programs take for punctuation behind a link; those
 * left over make `A`, `Q`, `g` and the like (RFC 4648 §4). In LEB128 a last zero adds nothing.
 */
function wellEnding(payload: Buffer): Buffer {
  if ((payload.length + MAC_BYTES) % 3 !== 0) return payload;
  const last = payload.readUInt8(payload.length - 1);
  return Buffer.from([...payload.subarray(0, -1), last + 0x80, 0]);
}

function decode(bytes: Buffer): number[] {
  const numbers: number[] = [];
  let number = 0;
  let scale = 1;
  for (const byte of bytes) {
    number += (byte % 0x80) * scale;
    scale *= 0x80;
    if (byte < 0x80) {
      numbers.push(number);
      number = 0;
      scale = 1;
    }
  }
  return numbers;
}
