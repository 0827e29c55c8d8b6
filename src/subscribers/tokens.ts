import { createHmac, timingSafeEqual } from 'node:crypto';

/** The purpose is authenticated too, so a token works for its purpose only. */
export type TokenPurpose =
  | 'confirm'
  | 'unsubscribe'
  | 'preferences'
  /** Of our own form: says in which hour the page was made. */
  | 'form'
  /** Of one address that waits for its turn. */
  | `wait ${string}`;

export interface ConfirmClaim {
  subscriberId: number;
  round: number;
  /** Milliseconds since the epoch, to the minute. */
  expiresAt: number;
  /** The notice whose link it is, and with it what was chosen when it was asked for. */
  noticeId?: number;
}

export interface Tokens {
  confirm(claim: ConfirmClaim): string;
  unsubscribe(subscriberId: number): string;
  preferences(subscriberId: number): string;
  /** @param hour hours since the epoch */
  form(hour: number): string;
  /** @param readyAt from when on the address may be sent again, milliseconds since the epoch */
  wait(emailKey: string, readyAt: number): string;
  /** Reads a genuine confirm token, expired or not; `null` for anything else. */
  readConfirm(token: string): ConfirmClaim | null;
  /** The subscriber's id; `null` for a forged token or one for another purpose. */
  readUnsubscribe(token: string): number | null;
  readPreferences(token: string): number | null;
  /** The hour. */
  readForm(token: string): number | null;
  /** The moment from which on this address may be sent again. */
  readWait(emailKey: string, token: string): number | null;
}

/**
 * 96 bits of HMAC-SHA-256 can't be guessed over HTTP, and are short enough that URLs in header fields
 * need no folding. Long folded list URLs have broken DKIM signatures.
 */
const MAC_BYTES = 12;
const MAX_TOKEN = 64;

/** Makes and reads tokens that are authenticated by the operator's secret. Nothing is stored. */
export function createTokens(secret: string): Tokens {
  const key = createHmac('sha256', secret).update('paperboy tokens v1').digest();

  const seal = (purpose: TokenPurpose, numbers: number[]): string => {
    const payload = padForLinks(encode(numbers));
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
    confirm: ({ subscriberId, round, expiresAt, noticeId }) =>
      seal('confirm', [
        ...[subscriberId, round, Math.floor(expiresAt / 60_000)],
        ...(noticeId === undefined ? [] : [noticeId]),
      ]),
    unsubscribe: (subscriberId) => seal('unsubscribe', [subscriberId]),
    preferences: (subscriberId) => seal('preferences', [subscriberId]),
    form: (hour) => seal('form', [hour]),
    wait: (emailKey, readyAt) => seal(`wait ${emailKey}`, [readyAt]),
    readConfirm: (token) => {
      const numbers = open('confirm', token, 4) ?? open('confirm', token, 3) ?? [];
      const [subscriberId, round, minutes, noticeId] = numbers;
      if (subscriberId === undefined || round === undefined || minutes === undefined) return null;
      return {
        ...{ subscriberId, round, expiresAt: minutes * 60_000 },
        ...(noticeId !== undefined && { noticeId }),
      };
    },
    readUnsubscribe: (token) => open('unsubscribe', token, 1)?.[0] ?? null,
    readPreferences: (token) => open('preferences', token, 1)?.[0] ?? null,
    readForm: (token) => open('form', token, 1)?.[0] ?? null,
    readWait: (emailKey, token) => open(`wait ${emailKey}`, token, 1)?.[0] ?? null,
  };
}

/** Encodes numbers in LEB128, seven bits a byte, so that small ids make short tokens. */
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
 * Pads the payload so that the token ends with a letter. If the bytes are a multiple of three, its
 * last character may be `-` or `_`, which mail programs take for punctuation after a link. Otherwise
 * it is a letter or digit (RFC 4648 §4). In LEB128 a trailing zero group adds nothing.
 */
function padForLinks(payload: Buffer): Buffer {
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
