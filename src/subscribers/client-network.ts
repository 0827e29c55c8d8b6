import ipaddr from 'ipaddr.js';

/** The networks that a line at home, a company or a data centre has. */
const IPV4_NETWORK = 24;
const IPV6_NETWORK = 48;

/** They say nothing of who asks: a proxy that is not trusted, or a network behind one address. */
const NEAR: ReadonlySet<string> = new Set([
  ...['loopback', 'private', 'linkLocal', 'carrierGradeNat'],
  ...['uniqueLocal', 'unspecified'],
]);

/** The network of a client by its IP address; `null` if nothing can be told by it. */
export function toClientNetwork(ip: string | null): string | null {
  if (ip === null || !ipaddr.isValid(ip)) return null;
  const address = ipaddr.process(ip);
  if (NEAR.has(address.range())) return null;
  return address.kind() === 'ipv4'
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${IPV4_NETWORK}`)}/${IPV4_NETWORK}`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${IPV6_NETWORK}`)}/${IPV6_NETWORK}`;
}
