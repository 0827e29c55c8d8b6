import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { validate as isCron } from 'node-cron';
import parseMailboxes from 'nodemailer/lib/addressparser';
import { isTimezone } from '../base/day.js';
import { toErrorCode } from '../base/errors.js';
import type { LogLevel } from '../base/logger.js';
import { toMailDomain } from '../delivery/throttle/rate-limits.js';
import type { Mailbox } from '../mail/headers.js';
import { SCORE_WEIGHTS, type ScoreWeights } from '../papers/score.js';
import { CATEGORY } from '../sources/arxiv/arxiv-entry.js';
import { SOURCE_NAMES, type SourceName } from '../sources/source.js';
import type { StoreLocation } from '../store/open.js';
import { parseAddress } from '../subscribers/address.js';
import { cleanLine } from '../text/clean.js';

/**
 * Thrown by the readers below, each of which turns the text of one setting into its value: what is
 * wanted instead.
 */
export class Wanted extends Error {}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What may stand behind the question mark: where the server is and how it proves that. */
const DATABASE_OPTIONS = new Set([
  'host',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'uselibpqcompat',
]);

export function parseDatabase(text: string): StoreLocation {
  const [, file] = /^sqlite:(?:\/\/)?(.+)$/.exec(text) ?? [];
  if (file !== undefined) return { kind: 'sqlite', file };
  if (!/^postgres(ql)?:/i.test(text)) {
    throw new Wanted('sqlite:PATH or postgres://USER:PASSWORD@HOST[:PORT]/DATABASE');
  }
  return { kind: 'postgres', url: parsePostgresUrl(text) };
}

function parsePostgresUrl(text: string): string {
  const wanted = 'postgres://USER:PASSWORD@HOST[:PORT]/DATABASE, special letters %-encoded';
  if (!/^\w+:\/\//.test(text) || !URL.canParse(text)) throw new Wanted(wanted);
  const url = new URL(text);
  if (!/^\/[^/]+$/.test(url.pathname) || url.hash || isMalformed(url)) throw new Wanted(wanted);
  if (!url.hostname && !url.searchParams.has('host')) throw new Wanted(wanted);
  const unknown = [...url.searchParams.keys()].find((key) => !DATABASE_OPTIONS.has(key));
  if (unknown) throw new Wanted(`without ${unknown}; it takes ${[...DATABASE_OPTIONS].join(', ')}`);
  // What `pg` 8 makes of it anyway, only that it would warn at every start.
  const mode = url.searchParams.get('sslmode');
  if (mode === 'require' && !url.searchParams.has('uselibpqcompat')) {
    url.searchParams.set('sslmode', 'verify-full');
  }
  return url.href;
}

/** Whether a `%` in it stands for nothing. */
function isMalformed({ username, password, hostname, pathname }: URL): boolean {
  try {
    [username, password, hostname, pathname].map(decodeURIComponent);
    return false;
  } catch {
    return true;
  }
}

export function integerParser(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new Wanted(`a whole number from ${min} to ${max}`);
  };
}

/** A domain as subscribers' addresses have it, or `null`. */
export function domainOfText(text: string): string | null {
  try {
    return toMailDomain(parseAddress(`someone@${text}`));
  } catch {
    return null;
  }
}

/** With a guessed key anybody can unsubscribe anybody. */
export function parseSecret(text: string): string {
  if (text.length >= 8) return text;
  throw new Wanted('at least 8 characters, better 32 random ones');
}

export function parseMailbox(text: string): Mailbox {
  const wanted = 'one address, like "Daily Papers <papers@example.org>"';
  const [mailbox, ...others] = parseMailboxes(text);
  if (!mailbox || others.length > 0 || !('address' in mailbox) || !mailbox.address) {
    throw new Wanted(wanted);
  }
  const name = mailbox.name || 'Paperboy';
  // A name without dots is no address on the internet, but one on a laptop.
  if (/^[\w.+-]+@[a-z0-9-]+$/i.test(mailbox.address)) return { name, address: mailbox.address };
  try {
    return { name, address: parseAddress(mailbox.address) };
  } catch {
    throw new Wanted(wanted);
  }
}

export function parseWebUrl(text: string): URL {
  if (URL.canParse(text) && /^https?:\/\//i.test(text)) {
    const url = new URL(text);
    if (!url.username && !url.password) return url;
  }
  throw new Wanted('a URL that begins with http:// or https://, without a password');
}

/** Links in mails are this with a path behind it. */
export function parsePublicUrl(text: string): string {
  const url = parseWebUrl(text);
  if (url.search || url.hash || url.pathname !== '/') {
    throw new Wanted('a URL without a path, query or password, like https://papers.example.org');
  }
  return url.origin;
}

export function parseSources(text: string): SourceName[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const known = SOURCE_NAMES.filter((name) => names.includes(name));
  if (names.length > 0 && known.length === names.length) return known;
  throw new Wanted(`a list of ${SOURCE_NAMES.join(', ')}`);
}

const MAX_BYLINE = 100;

/** Stands behind "by". */
export function parseByline(text: string): string {
  const line = cleanLine(text);
  if (line !== '' && line.length <= MAX_BYLINE) return line;
  throw new Wanted(`names to stand behind "by", of at most ${MAX_BYLINE} characters`);
}

/** Addresses between commas or spaces. */
export function parseWebUrls(text: string): URL[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(parseWebUrl);
}

export function parseCategories(text: string): string[] {
  const names = text.split(/[\s,]+/).filter(Boolean);
  if (names.length > 0 && names.every((name) => CATEGORY.test(name))) return names;
  throw new Wanted('categories of arXiv between commas, like cs.CL,stat.ML');
}

const MOST_WEIGHT = 10;

/** What is not named keeps its default. */
export function parseWeights(text: string): ScoreWeights {
  const weights: ScoreWeights = { ...SCORE_WEIGHTS };
  for (const part of text.split(',')) {
    const [name = '', number = '', ...rest] = part.split('=').map((side) => side.trim());
    const isWeight = Object.hasOwn(weights, name) && rest.length === 0;
    const least = name === 'fade' ? 0 : -MOST_WEIGHT;
    const isNumber = /^-?\d+(\.\d+)?$/.test(number) && Number(number) >= least;
    if (!isWeight || !isNumber || Number(number) > MOST_WEIGHT) throw new Wanted(WEIGHTS);
    weights[name as keyof ScoreWeights] = Number(number);
  }
  return weights;
}

const WEIGHTS = `any of ${Object.keys(SCORE_WEIGHTS).join(', ')} with a number up to ${MOST_WEIGHT} each, like base=1,authors=0.4; fade not below 0, the others not below -${MOST_WEIGHT}`;

export function parseSwitch(text: string): boolean {
  if (/^(off|no|false|0)$/i.test(text)) return false;
  if (/^(on|yes|true|1)$/i.test(text)) return true;
  throw new Wanted('on or off');
}

export function parseTimezone(text: string): string {
  if (isTimezone(text)) return text;
  throw new Wanted('a time zone, like Europe/Vienna');
}

export function parseCron(text: string): string {
  if (isCron(text)) return text;
  throw new Wanted('a cron expression, like "0 16 * * *"');
}

export function parseTrustProxy(text: string): boolean | string | number {
  if (/^(off|no|false|0)$/i.test(text)) return false;
  if (/^(on|yes|true)$/i.test(text)) return true;
  if (/^[1-9]$/.test(text)) return Number(text);
  if (text.split(',').every((part) => isNetwork(part.trim()))) return text;
  throw new Wanted('on, off, how many proxies there are, or their addresses, like 10.0.0.0/8');
}

/** An address, a network like `10.0.0.0/8`, or one of the names that Fastify knows. */
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return bits > 0 && Number(prefix ?? 0) <= bits;
}

export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (level) return level;
  throw new Wanted(`one of ${LOG_LEVELS.join(', ')}`);
}

export function readKeyFile(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    if (createPrivateKey(pem).asymmetricKeyType === 'rsa') return pem;
  } catch (error) {
    throw new Wanted(`a readable RSA private key in PEM (${toErrorCode(error) ?? 'not a key'})`);
  }
  throw new Wanted('an RSA private key in PEM');
}
