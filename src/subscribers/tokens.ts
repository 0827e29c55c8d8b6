import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AddressTokens, createAddressTokens } from './address-tokens.js';

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

/** What a link to leave or to the preferences says. */
export interface LinkClaim {
  subscriberId: number;
  /** How often this reader's links had been renewed: only the newest ones are good. */
  links: number;
}

export interface Tokens {
  confirm(claim: ConfirmClaim): string;
  /** For the owner of an address who never wants to hear of us again, subscriber or not. */
  never(email: string): string;
  /** The address. */
  readNever(token: string): string | null;
  /** @param links how often the reader's links were renewed */
  unsubscribe(subscriberId: number, links?: number): string;
  preferences(subscriberId: number, links?: number): string;
  /** Reads a genuine confirm token, expired or not; `null` for anything else. */
  readConfirm(token: string): ConfirmClaim | null;
  /** `null` for a forged token or one for another purpose. The claim may be of a renewed link. */
  readUnsubscribe(token: string): LinkClaim | null;
  readPreferences(token: string): LinkClaim | null;
  /** @param hour hours since the epoch */
  form(hour: number): string;
  /** @param readyAt from when on the address may be sent again, milliseconds since the epoch */
  wait(emailKey: string, readyAt: number): string;
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

/**
 * Makes and reads tokens that are authenticated by the operator's secret. Nothing is stored.
 * @param secrets one, or several, newest first: the first makes tokens, and those of all are read
 */
export function createTokens(secrets: string | readonly string[]): Tokens {
  const [key, ...older] = [secrets].flat().map(toTokenKey);
  const [addresses, ...olderAddresses] = [secrets]
    .flat()
    .map((one) => createAddressTokens(one, 'never'));
  if (key === undefined || addresses === undefined) throw new Error('Tokens need a secret.');

  const seal = (purpose: TokenPurpose, numbers: number[]): string => {
    const payload = padForLinks(encode(numbers));
    return Buffer.concat([payload, toMac(key, purpose, payload)]).toString('base64url');
  };
  const open = (purpose: TokenPurpose, token: string): number[] => {
    if (token.length > MAX_TOKEN || !/^[A-Za-z0-9_-]+$/.test(token)) return [];
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.toString('base64url') !== token || bytes.length <= MAC_BYTES) return [];
    const payload = bytes.subarray(0, -MAC_BYTES);
    const mac = bytes.subarray(-MAC_BYTES);
    const isGood = [key, ...older].some((one) =>
      timingSafeEqual(mac, toMac(one, purpose, payload)),
    );
    return isGood ? decode(payload) : [];
  };
  const sealLink = (purpose: TokenPurpose, subscriberId: number, links: number): string =>
    // The links of a reader who has never renewed them stay as short as they can be.
    seal(purpose, links === 0 ? [subscriberId] : [subscriberId, links]);
  const openNumber = (purpose: TokenPurpose, token: string): number | null => {
    const [number, ...rest] = open(purpose, token);
    return number === undefined || rest.length > 0 ? null : number;
  };
  const openLink = (purpose: TokenPurpose, token: string): LinkClaim | null => {
    const [subscriberId, links = 0, ...rest] = open(purpose, token);
    return subscriberId === undefined || rest.length > 0 ? null : { subscriberId, links };
  };

  return {
    confirm: ({ subscriberId, round, expiresAt, noticeId }) =>
      seal('confirm', [
        ...[subscriberId, round, Math.floor(expiresAt / 60_000)],
        ...(noticeId === undefined ? [] : [noticeId]),
      ]),
    never: addresses.seal,
    unsubscribe: (subscriberId, links = 0) => sealLink('unsubscribe', subscriberId, links),
    preferences: (subscriberId, links = 0) => sealLink('preferences', subscriberId, links),
    readConfirm: (token) => {
      const [subscriberId, round, minutes, noticeId, ...rest] = open('confirm', token);
      if (subscriberId === undefined || round === undefined || minutes === undefined) return null;
      if (rest.length > 0) return null;
      return {
        ...{ subscriberId, round, expiresAt: minutes * 60_000 },
        ...(noticeId !== undefined && { noticeId }),
      };
    },
    readNever: (token) => readWithFirst([addresses, ...olderAddresses], token),
    readUnsubscribe: (token) => openLink('unsubscribe', token),
    readPreferences: (token) => openLink('preferences', token),
    form: (hour) => seal('form', [hour]),
    wait: (emailKey, readyAt) => seal(`wait ${emailKey}`, [readyAt]),
    readForm: (token) => openNumber('form', token),
    readWait: (emailKey, token) => openNumber(`wait ${emailKey}`, token),
  };
}

/** What the first that can read the token says. */
function readWithFirst(readers: readonly AddressTokens[], token: string): string | null {
  for (const reader of readers) {
    const email = reader.open(token);
    if (email !== null) return email;
  }
  return null;
}

function toTokenKey(secret: string): Buffer {
  return createHmac('sha256', secret).update('paperboy tokens v1').digest();
}

function toMac(key: Buffer, purpose: TokenPurpose, payload: Buffer): Buffer {
  const mac = createHmac('sha256', key).update(`${purpose}:`).update(payload).digest();
  return mac.subarray(0, MAC_BYTES);
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
