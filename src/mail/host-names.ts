import { isIP } from 'node:net';

/** Letters, digits and hyphens (RFC 5321 §4.1.2), two labels at least: it can be looked up. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9][a-z0-9-]*$/i;

/**
 * What an SMTP client at this public URL calls itself. An address goes as a literal (RFC 5321
 * §4.1.3), and so does a name of one label or with odd letters: with no name that others can look
 * up, RFC 5321 §4.1.4 wants a literal, and many servers refuse such names.
 */
export function toEhloName(publicUrl: string): string {
  const host = toHost(publicUrl);
  if (isIP(host) === 4) return `[${host}]`;
  if (isIP(host) === 6) return `[IPv6:${host}]`;
  return DOMAIN.test(host) ? host : '[127.0.0.1]';
}

/**
 * The id of the list of digests, without its angle brackets. It is a name below a domain (RFC 2919
 * §3): of the pages, else of the sender's address, else `localhost`, which RFC 2919 leaves to all.
 */
export function toListId(publicUrl: string, senderAddress: string): string {
  const domains = [toHost(publicUrl), toDomain(senderAddress)];
  const own = domains.find(
    (name) => DOMAIN.test(name) && isIP(name) === 0 && !name.endsWith('.localhost'),
  );
  return `digest.${own ?? 'localhost'}`;
}

export function toDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** Without the brackets of IPv6 addresses, and the dot behind the root. */
function toHost(publicUrl: string): string {
  return new URL(publicUrl).hostname.replace(/^\[|\]$|\.$/g, '');
}

/** Whether a host is this very machine (RFC 6761 §6.3). */
export function isLocalHost(host: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){1,3}|\[?::1\]?)$/.test(host);
}
