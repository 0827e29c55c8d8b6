import { parseConnectionUrl } from 'nodemailer/lib/shared';
import { parseUrl } from '../base/url.js';
import type { SmtpOptions } from '../mail/smtp/smtp.js';
import { parseDailyCap, parseRate } from './parse-rates.js';
import {
  CONNECTION_OPTIONS,
  chooseTls,
  parseConnectionOptions,
  parseOption,
} from './relay-options.js';
import { InvalidValue } from './setting.js';
import { integerParser } from './setting-parsers.js';

/** The limits of a relay; what is missing was not set. */
export interface RelayLimits {
  connections?: number;
  rate?: number;
  cap?: number;
  mailsPerConnection?: number;
}

/** One relay as SMTP_URL has it. */
export interface Relay {
  name: string;
  smtp: SmtpOptions;
  limits: RelayLimits;
  /** What the operator should know of its URL; behind the name of the setting. */
  warning: string | null;
}

export const MAX_CONNECTIONS = 200;
export const MAX_MAILS_PER_CONNECTION = 100_000;

const LIMITS: { [L in keyof Required<RelayLimits>]: (text: string) => number } = {
  connections: integerParser(1, MAX_CONNECTIONS),
  rate: parseRate,
  cap: parseDailyCap,
  mailsPerConnection: integerParser(1, MAX_MAILS_PER_CONNECTION),
};

const OPTIONS = [...CONNECTION_OPTIONS, ...Object.keys(LIMITS)];
const ONE_URL = 'smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…, special letters %-encoded';
const SEVERAL =
  'one URL, or several with spaces between them and a name of small letters for each, like ses=smtp://…';
const NAMED = /^([a-z][a-z0-9-]{0,30})=(smtps?:\/\/.*)$/;

/** One URL, or `ses=smtp://… own=smtps://…`. */
export function parseRelays(text: string): Relay[] {
  const parts = text.split(/\s+/);
  const named = parts.map((part) => NAMED.exec(part));
  // A URL may have "=" in its query, but nothing before its scheme.
  const isUrl = parts.length === 1 && !/^[^:/?]*=/.test(text);
  if (isUrl) return [parseRelay('smtp', text)];
  const relays = named.map((match) => {
    // Not even what looks like a name is repeated: it may be a part of a password.
    if (match === null) throw new InvalidValue(SEVERAL);
    const [, name = '', url = ''] = match;
    return { name, url };
  });
  const names = relays.map(({ name }) => name);
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined)
    throw new InvalidValue(`a list with each name once; ${twice} is there twice`);
  return relays.map(({ name, url }) => within(name, () => parseRelay(name, url)));
}

function within<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidValue
      ? new InvalidValue(`${error.message} (route ${name})`)
      : error;
  }
}

function parseRelay(name: string, text: string): Relay {
  const url = /^smtps?:\/\/./.test(text) ? parseUrl(text) : null;
  if (!url) throw new InvalidValue(ONE_URL);
  const { pathname, hash, search, searchParams: query } = url;
  // What stands there began as a password that has one of /?#, so none of it may be shown.
  if (!/^\/?$/.test(pathname) || hash !== '' || search.includes('@')) {
    throw new InvalidValue(ONE_URL);
  }
  checkOptions(query);
  const { auth, host, port, secure = false } = parseConnectionUrl(text);
  if (!host) throw new InvalidValue('a URL with a host');
  const options = { host, ...(port && { port }), ...parseConnectionOptions(query) };
  const login = auth && { auth: { user: auth.user, pass: auth.pass } };
  const { warning, ...tls } = chooseTls({ ...options, ...login, secure });
  return {
    name,
    smtp: { ...options, ...tls, ...login } as SmtpOptions,
    limits: parseLimits(query),
    warning,
  };
}

function checkOptions(query: URLSearchParams): void {
  const names = [...query.keys()];
  const unknown = names.find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    // Without a value it may be the end of a password.
    const isOption = /^[a-z.]{1,30}$/i.test(unknown) && query.get(unknown) !== '';
    const which = isOption ? `the option ${unknown}` : 'unknown options';
    throw new InvalidValue(`a URL without ${which}; its options are ${OPTIONS.join(', ')}`);
  }
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) throw new InvalidValue(`a URL that has the option ${twice} once`);
}

function parseLimits(query: URLSearchParams): RelayLimits {
  const limits: RelayLimits = {};
  for (const [name, convert] of Object.entries(LIMITS)) {
    const value = parseOption(query, name, convert);
    if (value !== undefined) limits[name as keyof RelayLimits] = value;
  }
  return limits;
}
