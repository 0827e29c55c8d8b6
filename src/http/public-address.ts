import ipaddr from 'ipaddr.js';

/** What all global unicast addresses of IPv6 begin with (RFC 4291 §2.4, IANA). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 6052 §2.1. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Whether an IP address is one of the public internet: not loopback, private, link-local, shared or
 * reserved. One of IPv6 that only stands for one of IPv4 is judged by that.
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  if (ip.kind() === 'ipv4') return ip.range() === 'unicast';
  const inside = findInside(ip as ipaddr.IPv6);
  if (inside !== null) return inside.every((bytes) => isPublic(bytes.join('.')));
  return ip.range() === 'unicast' && (ip as ipaddr.IPv6).match(GLOBAL_IPV6);
}

/** The addresses of IPv4 to which packets for this one go; `null` where it is one of its own. */
function findInside(ip: ipaddr.IPv6): number[][] | null {
  const bytes = ip.toByteArray();
  // Prefixes for local use (RFC 8215) may lead anywhere.
  if (ip.match(NAT64)) return [bytes.slice(12)];
  switch (ip.range()) {
    // RFC 3056 §2.
    case '6to4':
      return [bytes.slice(2, 6)];
    // RFC 4380 §4: the server, and the client with all bits turned.
    case 'teredo':
      return [bytes.slice(4, 8), bytes.slice(12).map((byte) => byte ^ 0xff)];
    default:
      return null;
  }
}

/** Names that mean something on this machine or in this network only (RFC 6761, 6762, 8375, ICANN). */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|home\.arpa)\.?$/i;

/** Whether a host, as a URL has it, may be one of the public internet; of names only how they end is seen. */
export function isPublicHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(bare)) return isPublic(bare);
  return bare.replace(/\.$/, '').includes('.') && !LOCAL_NAME.test(bare);
}
