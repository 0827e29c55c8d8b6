import { parseUrl } from '../base/url.js';
import type { MailboxOptions } from '../jobs/inbound/mailbox-session.js';
import { isLocalHost } from '../mail/host-names.js';
import { parseOption } from './relay-options.js';
import { InvalidValue } from './setting.js';
import { parseSwitch } from './setting-parsers.js';

const FORM =
  'imaps://USER:PASSWORD@HOST[:PORT][/MAILBOX] or imap://…, special letters %-encoded, and after a ? moveTo, requireTLS, tls.rejectUnauthorized or tls.servername';
const OPTIONS = ['moveTo', 'requireTLS', 'tls.rejectUnauthorized', 'tls.servername'];
const LONGEST_NAME = 200;

/**
 * RFC 8314 §3.2: TLS from the first byte at 993. At 143 it begins with STARTTLS, and the login waits
 * for it, unless the server is on this machine or the operator wrote that it need not.
 */
export function parseImapUrl(text: string): MailboxOptions {
  const url = /^imaps?:\/\/./i.test(text) ? parseUrl(text) : null;
  if (url === null || url.hash !== '' || url.hostname === '') throw new InvalidValue(FORM);
  const query = url.searchParams;
  // An unknown option may be a part of a password that has a "?": none of it may be shown.
  const names = [...query.keys()];
  if (names.some((name, n) => !OPTIONS.includes(name) || names.indexOf(name) !== n)) {
    throw new InvalidValue(FORM);
  }
  const secure = url.protocol === 'imaps:';
  const requireTls = parseOption(query, 'requireTLS', parseSwitch);
  const verify = parseOption(query, 'tls.rejectUnauthorized', parseSwitch) ?? true;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decode(url.username);
  const password = decode(url.password);
  if (user === '' || password === '') throw new InvalidValue(FORM);
  return {
    ...{ host, port: Number(url.port) || (secure ? 993 : 143), secure },
    requireTls: requireTls ?? !isLocalHost(host),
    tls: { rejectUnauthorized: verify, servername: query.get('tls.servername') ?? null },
    ...{ user, password },
    mailbox: parseName(decode(url.pathname.slice(1))) || 'INBOX',
    moveTo: parseName(query.get('moveTo') ?? 'Paperboy') || null,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidValue(FORM);
  }
}

function parseName(name: string): string {
  if (name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name)) return name;
  throw new InvalidValue(`a URL with names of mailboxes of at most ${LONGEST_NAME} letters`);
}
