import { isIP } from 'node:net';

/** Letters, digits and hyphens (RFC 5321 §4.1.2) in at least two labels: a name that DNS may have. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9][a-z0-9-]*$/i;

/**
 * The name that the SMTP client gives in EHLO. An IP address becomes a literal (RFC 5321 §4.1.3). For
 * a name that others can't look up, RFC 5321 §4.1.4 wants a literal too, and many servers refuse such
 * names.
 */
export function toEhloName(publicUrl: string): string {
  const host = toHost(publicUrl);
  if (isIP(host) === 4) return `[${host}]`;
  if (isIP(host) === 6) return `[IPv6:${host}]`;
  return DOMAIN.test(host) ? host : '[127.0.0.1]';
}

/**
 * The List-Id of the digests, without angle brackets. It is a name below a domain (RFC 2919 §3): that
 * of the pages, else that of the sender's address, else `localhost`, which RFC 2919 lets anybody use.
 */
export function toListId(publicUrl: string, senderAddress: string): string {
  const domains = [toHost(publicUrl), toDomain(senderAddress)];
  const own = domains.find(
    (name) => DOMAIN.test(name) && isIP(name) === 0 && !name.endsWith('.localhost'),
  );
  return `digest.${own ?? 'localhost'}`;
}

/** The part of an address after the @. */
export function toDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** The host of a URL, without the brackets of an IPv6 address or a dot at the end. */
function toHost(publicUrl: string): string {
  return new URL(publicUrl).hostname.replace(/^\[|\]$|\.$/g, '');
}

/** Whether a host is this machine (RFC 6761 §6.3). */
export function isLocalHost(host: string): boolean {
  return /^((.+\.)?localhost\.?|127(\.\d+){1,3}|\[?::1\]?)$/i.test(host);
}

/**
 * The domain that somebody registered, as far as it shows: two labels, three below what looks like
 * `co.uk`. In doubt two names count as one organisation's, so that nobody is warned for nothing.
 */
export function toOrganisation(domain: string): string {
  const labels = domain.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(second.length <= 3 && top.length === 2 ? -3 : -2).join('.');
}
