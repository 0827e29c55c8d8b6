import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { PaperboyError } from '../../base/errors.js';
import { findText } from './hook-fields.js';
import type { HookRequest } from './hook-provider.js';

/** For how long a signed request is good, and how far ahead the clock of its sender may be. */
export const USUAL_AGE = 5 * 60_000;
const LONGEST_PASSWORD = 1_000;

export function forged(): PaperboyError {
  return new PaperboyError('hook_forged', 'The request does not prove that it is the provider’s.');
}

/** Compares in a time that tells nothing of what is right. */
export function isSame(given: string | Buffer, right: string | Buffer): boolean {
  const digest = (value: string | Buffer) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(right));
}

export function hmac(key: string | Buffer, ...parts: (string | Buffer)[]): Buffer {
  const made = createHmac('sha256', key);
  for (const part of parts) made.update(part);
  return made.digest();
}

/**
 * Checks the moment that was signed.
 * @param seconds since the epoch, as it was sent
 * @throws PaperboyError `hook_forged` if it is none, `hook_stale`
 */
export function checkAge(seconds: string, now: number, oldest = USUAL_AGE): void {
  if (!/^\d{1,12}$/.test(seconds)) throw forged();
  checkTime(Number(seconds) * 1_000, now, oldest);
}

/** @throws PaperboyError `hook_stale` */
export function checkTime(time: number, now: number, oldest = USUAL_AGE): void {
  const age = now - time;
  if (age <= oldest && age >= -USUAL_AGE) return;
  throw new PaperboyError('hook_stale', 'The request is too old, or its clock is ahead.');
}

/**
 * For providers that sign nothing: a password in HTTP's basic authentication, with any user name, or
 * a bearer token (RFC 7617, RFC 6750).
 * @throws PaperboyError `hook_forged`
 */
export function checkPassword(request: Omit<HookRequest, 'body'>, right: string): void {
  const header = request.header('authorization');
  const [, scheme = '', rest = ''] = /^(basic|bearer) +(\S+)$/i.exec(header.trim()) ?? [];
  if (rest.length > LONGEST_PASSWORD * 2) throw forged();
  const given = scheme.toLowerCase() === 'basic' ? toPassword(rest) : rest;
  if (scheme === '' || !isSame(given, right)) throw forged();
}

function toPassword(base64: string): string {
  const login = Buffer.from(base64, 'base64').toString('utf8');
  return login.slice(login.indexOf(':') + 1);
}

/** @throws PaperboyError `bad_hook` */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new PaperboyError('bad_hook', 'The body is not JSON.');
  }
}

/** A field that has to be there, since the proof depends on it. */
export function findProof(body: unknown, ...path: string[]): string {
  const text = findText(body, ...path);
  if (text === '') throw forged();
  return text;
}
