import { createHash } from 'node:crypto';
import { toCleanLine } from '../../mail/replies/reply.js';

// What a provider sent may be anything that JSON can say. Nothing here throws.

/** What stands at the end of a path of fields; `undefined` if nothing does. */
export function findField(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) {
      return undefined;
    }
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** The same as text; empty if it is none. */
export function findText(value: unknown, ...path: string[]): string {
  const found = findField(value, ...path);
  if (typeof found === 'string') return found;
  return typeof found === 'number' && Number.isFinite(found) ? String(found) : '';
}

/** The same as a list; empty if it is none. */
export function findList(value: unknown, ...path: string[]): unknown[] {
  const found = findField(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** As text from a server, in one line. */
export function findLine(value: unknown, ...path: string[]): string {
  return toCleanLine(findText(value, ...path));
}

/** RFC 5321 §4.5.3.1: 64 and 255 octets and the @. */
const LONGEST_ADDRESS = 320;

/** An address, alone or behind a name as in `Ada <ada@example.org>`; `null` if it is none. */
export function toAddress(text: string): string | null {
  const address = (/<([^<>]*)>\s*$/.exec(text.slice(0, 1_000))?.[1] ?? text).trim();
  const isOne = address.length <= LONGEST_ADDRESS && /^[^\s<>]+@[^\s<>@]+$/.test(address);
  return isOne ? address : null;
}

/** A Message-ID in angle brackets; `null` if it is none. */
export function toMessageId(text: string): string | null {
  const bare = text.trim().replace(/^<|>$/g, '');
  return bare.length <= 500 && /^[^\s<>@]+@[^\s<>@]+$/.test(bare) ? `<${bare}>` : null;
}

/** Seconds since the epoch, or milliseconds where they would be too many for seconds. */
const LARGEST_SECONDS = 1e11;

/** A moment as providers write it: a number, or a date. `otherwise` if it is none. */
export function toTime(value: unknown, otherwise: number): number {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > 50) return otherwise;
  const number = /^\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : null;
  const time =
    number === null ? Date.parse(text) : number < LARGEST_SECONDS ? number * 1_000 : number;
  return Number.isFinite(time) && time >= 0 && time < 8.64e15 ? Math.round(time) : otherwise;
}

/** An id for an event to which the provider gives none: the same facts have the same. */
export function buildEventId(...facts: string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('base64url');
  return hash.slice(0, 32);
}
