import { isIP } from 'node:net';
import { isLocalHost } from '../mail/host-names.js';
import type { SmtpOptions } from '../mail/smtp/smtp.js';
import { InvalidValue } from './setting.js';
import { integerParser, parseSwitch } from './setting-parsers.js';

const AN_HOUR = 3_600_000;
const parseTimeout = integerParser(1, AN_HOUR);

/** Options of Nodemailer's connection that a URL may have: nothing that changes what a reply means. */
const OPTIONS = {
  requireTLS: parseSwitch,
  ignoreTLS: parseSwitch,
  opportunisticTLS: parseSwitch,
  name: parseHelloName,
  localAddress: parseIp,
  connectionTimeout: parseTimeout,
  greetingTimeout: parseTimeout,
  socketTimeout: parseTimeout,
};
const TLS_OPTIONS = { rejectUnauthorized: parseSwitch, servername: parseHelloName };

export const CONNECTION_OPTIONS = [
  ...Object.keys(OPTIONS),
  ...Object.keys(TLS_OPTIONS).map((name) => `tls.${name}`),
];

/** Each as its parser reads it; Nodemailer would take `no` for yes. */
export function parseConnectionOptions(query: URLSearchParams): Partial<SmtpOptions> {
  const read = (parsers: Record<string, (text: string) => unknown>, prefix: string) =>
    Object.fromEntries(
      Object.entries(parsers).flatMap(([name, parse]) => {
        const value = parseOption(query, `${prefix}${name}`, parse);
        return value === undefined ? [] : [[name, value]];
      }),
    );
  const tls = read(TLS_OPTIONS, 'tls.');
  return { ...read(OPTIONS, ''), ...(Object.keys(tls).length > 0 && { tls }) };
}

/** `undefined` where the query has no such option. */
export function parseOption<T>(
  query: URLSearchParams,
  name: string,
  parse: (text: string) => T,
): T | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new InvalidValue(`a URL whose option ${name} is ${error.message}`);
  }
}

interface ChosenTls {
  secure: boolean;
  requireTLS?: boolean;
  ignoreTLS?: boolean;
  opportunisticTLS?: boolean;
  /** What the operator should know of it; behind the name of the setting. */
  warning: string | null;
}

/**
 * RFC 8314 §3.3: TLS from the first byte at 465. RFC 6409 and RFC 5321: in the clear at 587 and 25.
 * A login goes through TLS unless its server is on this machine, or the operator wrote that it need
 * not: whoever is in between can take the offer of STARTTLS away (RFC 3207 §6).
 */
export function chooseTls(options: SmtpOptions): ChosenTls {
  const { secure = false, port, requireTLS, ignoreTLS, opportunisticTLS } = options;
  if (secure) return { secure, warning: warnOfPort(Number(port)) };
  if (Number(port) === 465 && !requireTLS && !ignoreTLS && !opportunisticTLS) {
    const read = 'says smtp:// at port 465, where TLS begins at once. It is read as smtps://.';
    return { secure: true, warning: read };
  }
  if (!options.auth || isLocalHost(options.host ?? '')) return { secure, warning: null };
  const said = ignoreTLS ? 'ignoreTLS=true' : requireTLS === false ? 'requireTLS=false' : null;
  if (requireTLS || said === null) {
    return { secure, requireTLS: true, ignoreTLS: false, opportunisticTLS: false, warning: null };
  }
  const price = 'anybody in between can read the password and the mail';
  return { secure, warning: `has ${said}: ${price}. Leave it out where the server has TLS.` };
}

function warnOfPort(port: number): string | null {
  if (port !== 587 && port !== 25) return null;
  const usual = `says smtps:// at port ${port}, where servers begin without TLS`;
  return `${usual}; if the server can't be reached, write smtp://…:${port}?requireTLS=true.`;
}

/** A name or an address literal (RFC 5321 §4.1.2, §4.1.3). */
function parseHelloName(text: string): string {
  if (/^[a-z0-9._-]{1,255}$|^\[[a-z0-9.:]{2,60}\]$/i.test(text)) return text;
  throw new InvalidValue('the name of a host');
}

function parseIp(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new InvalidValue('an IP address of this machine');
}
