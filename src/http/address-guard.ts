import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, type Dispatcher } from 'undici';
import { PaperboyError } from '../base/errors.js';

/** Keeps requests to addresses that others have chosen out of the operator's own network. */
export interface AddressGuard {
  /** @throws PaperboyError `source_failed` for a host that is itself an address nobody may ask. */
  check(url: URL): void;
  /** Connects only to public addresses: the one that was looked at is the one connected to. */
  readonly dispatcher: Dispatcher;
}

/** What all global unicast addresses of IPv6 begin with (RFC 4291 §2.4, IANA). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an IP address is one of the public internet: not loopback, private, link-local, shared,
 * reserved, nor an IPv6 address that such a one hides in.
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  if (ip.range() !== 'unicast') return false;
  return ip.kind() === 'ipv4' || (ip as ipaddr.IPv6).match(GLOBAL_IPV6);
}

/** @param lookup asks the names' addresses; another one in tests. */
export function publicOnly(lookup: typeof resolve = resolve): AddressGuard {
  const guarded: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPublic(address))) {
        return callback(refused(hostname), '');
      }
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  return {
    // Node looks nothing up where the host is an address already.
    check({ hostname }) {
      const bare = hostname.replace(/^\[|\]$/g, '');
      if (ipaddr.isValid(bare) && !isPublic(bare)) throw refused(bare);
    },
    dispatcher: new Agent({ connect: { lookup: guarded } }),
  };
}

function refused(host: string): PaperboyError {
  return new PaperboyError(
    'source_failed',
    `${host} is not on the public internet; ALLOW_PRIVATE_FEEDS=on lets feeds come from there`,
  );
}
