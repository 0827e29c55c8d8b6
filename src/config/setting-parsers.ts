import { isIP } from 'node:net';
import { validate as isCron } from 'node-cron';
import type { LogLevel } from '../base/logger.js';
import { parseTimezone as parseZone } from '../base/timezones.js';
import { parseUrl } from '../base/url.js';
import { toMailDomain } from '../delivery/throttle/rate-limits.js';
import type { Mailbox } from '../mail/headers.js';
import { isAscii, parseAddress } from '../subscribers/address.js';
import { InvalidValue } from './setting.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export function integerParser(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidValue(`a whole number from ${min} to ${max}`);
  };
}

/** A domain as subscribers' addresses have it, or `null`. */
export function parseDomain(text: string): string | null {
  try {
    return toMailDomain(parseAddress(`someone@${text}`));
  } catch {
    return null;
  }
}

const QUOTED = /"((?:[^"\\]|\\.)*)"/gs;

/**
 * `Name <address>` or an address. People write names without the quotes that RFC 5322 wants around
 * commas and parentheses, so all that stands before the address is the name.
 */
export function parseMailbox(text: string): Mailbox {
  const [, phrase = '', inner] = /^(.*)<([^<>]*)>$/s.exec(text.trim()) ?? [];
  const unquoted = phrase.replace(QUOTED, '');
  const several = /[<>]/.test(unquoted) || (unquoted.includes('@') && /[,;]/.test(unquoted));
  const address = toSenderAddress(inner ?? text);
  if (several || address === null) {
    throw new InvalidValue('one address, like "Daily Papers <papers@example.org>"');
  }
  const name = phrase.replace(QUOTED, (_, quoted: string) => quoted.replace(/\\(.)/gs, '$1'));
  return { name: name.trim(), address };
}

function toSenderAddress(text: string): string | null {
  // A name without dots is no address on the internet, but one on a laptop.
  if (/^[\w.+-]+@[a-z0-9-]+$/i.test(text)) return text;
  // Few servers take a sender that needs SMTPUTF8 (RFC 6531).
  if (!isAscii(text.slice(0, text.lastIndexOf('@')))) return null;
  try {
    return parseAddress(text);
  } catch {
    return null;
  }
}

/** Addresses with commas or spaces between them. */
export function parseAddresses(text: string): string[] {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  const addresses = [...new Set(parts.map(parseOneAddress))];
  if (addresses.length > 0) return addresses;
  throw new InvalidValue('one or more addresses, like you@example.org');
}

function parseOneAddress(text: string): string {
  try {
    return parseMailbox(text).address;
  } catch {
    throw new InvalidValue('one or more addresses with commas between them, like you@example.org');
  }
}

export function parseWebUrl(text: string): URL {
  const url = /^https?:\/\//i.test(text) ? parseUrl(text) : null;
  if (url && !url.username && !url.password) return url;
  throw new InvalidValue('a URL that begins with http:// or https://, without a password');
}

/** As curl takes it: without a scheme it is http. */
export function parseProxy(text: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = /^https?:/i.test(address) ? parseUrl(address) : null;
  if (url?.pathname === '/' && url.search === '' && url.hash === '') return url.href;
  throw new InvalidValue('the address of an HTTP proxy, like http://proxy.example.org:3128');
}

/** Links in mails are this with a path behind it. */
export function parsePublicUrl(text: string): string {
  const url = parseWebUrl(text);
  if (url.search || url.hash || url.pathname !== '/') {
    throw new InvalidValue(
      'a URL without a path, query or password, like https://papers.example.org',
    );
  }
  return url.origin;
}

/** Addresses between commas or spaces. */
export function parseWebUrls(text: string): URL[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(parseWebUrl);
}

/**
 * A name or an address, without brackets or port.
 * @param portSetting the setting into which the port goes
 */
export function listenHostParser(portSetting: string): (text: string) => string {
  return (text) => {
    const bare = text.replace(/^\[(.*)\]$/, '$1');
    if (isIP(bare) !== 0 || /^[\w.-]{1,253}$/.test(text)) return bare;
    throw new InvalidValue(
      `a name or an address of this machine, like localhost or 0.0.0.0; the port goes into ${portSetting}`,
    );
  };
}

export function parseSwitch(text: string): boolean {
  if (/^(off|no|false|0)$/i.test(text)) return false;
  if (/^(on|yes|true|1)$/i.test(text)) return true;
  throw new InvalidValue('on or off');
}

export function parseTimezone(text: string): string {
  const zone = parseZone(text);
  if (zone !== null) return zone;
  throw new InvalidValue('a time zone, like Europe/Vienna');
}

export function parseCron(text: string): string {
  if (isCron(text)) return text;
  throw new InvalidValue('a cron expression, like "0 16 * * *"');
}

/** Networks that Fastify knows by name. */
const FASTIFY_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

export function parseTrustProxy(text: string): boolean | string | number {
  if (/^(off|no|false|0)$/i.test(text)) return false;
  if (/^(on|yes|true)$/i.test(text)) return true;
  if (/^[1-9]$/.test(text)) return Number(text);
  const isProxy = (part: string) => FASTIFY_NETWORKS.includes(part) || isNetwork(part);
  if (text.split(',').every((part) => isProxy(part.trim()))) return text;
  throw new InvalidValue(
    'on, off, how many proxies there are, or their addresses, like 10.0.0.0/8',
  );
}

/** An address, or a network like `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return bits > 0 && Number(prefix ?? 0) <= bits;
}

export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (level) return level;
  throw new InvalidValue(`one of ${LOG_LEVELS.join(', ')}`);
}
