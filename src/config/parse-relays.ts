import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { SmtpOptions } from '../mail/smtp/smtp.js';
import { parseDailyCap, parseRate } from './parse-rates.js';
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

/** Nothing that changes what a reply means. */
const NODEMAILER_OPTIONS = [
  'requireTLS',
  'ignoreTLS',
  'opportunisticTLS',
  'name',
  'localAddress',
  'connectionTimeout',
  'greetingTimeout',
  'socketTimeout',
  'tls.rejectUnauthorized',
  'tls.servername',
];

export const MAX_CONNECTIONS = 200;
export const MAX_MAILS_PER_CONNECTION = 100_000;

const LIMITS: { [L in keyof Required<RelayLimits>]: (text: string) => number } = {
  connections: integerParser(1, MAX_CONNECTIONS),
  rate: parseRate,
  cap: parseDailyCap,
  mailsPerConnection: integerParser(1, MAX_MAILS_PER_CONNECTION),
};

const OPTIONS = [...NODEMAILER_OPTIONS, ...Object.keys(LIMITS)];
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
  if (!/^smtps?:\/\/./.test(text) || !URL.canParse(text)) throw new InvalidValue(ONE_URL);
  const query = new URL(text).searchParams;
  const unknown = [...query.keys()].find((key) => !OPTIONS.includes(key));
  if (unknown)
    throw new InvalidValue(
      `a URL without the option ${unknown}; its options are ${OPTIONS.join(', ')}`,
    );
  const limits = parseLimits(query);
  const { auth, ...parsed } = parseConnectionUrl(text);
  if (!parsed.host) throw new InvalidValue('a URL with a host');
  const options = Object.fromEntries(
    Object.entries(parsed).filter(([option]) => !Object.hasOwn(LIMITS, option)),
  ) as SmtpOptions;
  const { secure, warning } = parseTls(options, query);
  const login = auth && { auth: { user: auth.user, pass: auth.pass } };
  return { name, smtp: { ...options, secure, ...login } as SmtpOptions, limits, warning };
}

function parseLimits(query: URLSearchParams): RelayLimits {
  const limits: RelayLimits = {};
  for (const [name, convert] of Object.entries(LIMITS)) {
    const text = query.get(name);
    if (text === null) continue;
    try {
      limits[name as keyof RelayLimits] = convert(text);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      throw new InvalidValue(`a URL whose option ${name} is ${error.message}`);
    }
  }
  return limits;
}

/** RFC 8314 §3.3: TLS from the first byte at 465. RFC 6409 and RFC 5321: in the clear at 587, 25. */
function parseTls({ secure = false, port }: SmtpOptions, query: URLSearchParams) {
  const isSaid = ['requireTLS', 'ignoreTLS', 'opportunisticTLS'].some((option) =>
    query.has(option),
  );
  if (!secure && port === 465 && !isSaid) {
    return {
      secure: true,
      warning: 'says smtp:// at port 465, where TLS begins at once. It is read as smtps://.',
    };
  }
  if (secure && (port === 587 || port === 25)) {
    const usual = `says smtps:// at port ${port}, where servers begin without TLS`;
    return {
      secure,
      warning: `${usual}; if the server can't be reached, write smtp://…:${port}?requireTLS=true.`,
    };
  }
  return { secure, warning: null };
}
