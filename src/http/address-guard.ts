import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { PaperboyError } from '../base/errors.js';
import { hasProxy, openProxyAgent, type ProxySettings } from './proxy.js';
import { isPublic, isPublicHost } from './public-address.js';

export { isPublic };

/** Keeps requests to addresses that others have chosen out of the operator's own network. */
export interface AddressGuard {
  /** @throws PaperboyError `source_failed` for a host that nobody may ask, as far as is known. */
  check(url: URL): void | Promise<void>;
  /** Connects only to public addresses: the one that was looked at is the one connected to. */
  readonly dispatcher: Dispatcher;
}

type Lookup = typeof resolve;

const FOR_FEEDS = 'ALLOW_PRIVATE_FEEDS=on lets feeds come from there';

/** How long a name that a proxy will look up may take to be looked up here. */
const LOOKUP_TIME = 3_000;

/**
 * @param lookup asks the names' addresses; another one in tests.
 * @param proxy looks up names itself; then what this program sees of them is all that is checked.
 * @param advice what a refusal says beside.
 */
export function publicOnly(
  lookup: Lookup = resolve,
  proxy?: ProxySettings,
  advice = FOR_FEEDS,
): AddressGuard {
  const refused = (host: string) =>
    new PaperboyError('source_failed', `${host} is not on the public internet; ${advice}`);
  const connect = { lookup: guardLookup(lookup, refused) };
  const checkHost = (hostname: string) => {
    // Node looks nothing up where the host is an address already.
    if (!isPublicHost(hostname)) throw refused(hostname.replace(/^\[|\]$/g, ''));
  };
  if (proxy === undefined || !hasProxy(proxy)) {
    return { check: ({ hostname }) => checkHost(hostname), dispatcher: new Agent({ connect }) };
  }
  return {
    async check({ hostname }) {
      checkHost(hostname);
      const addresses = await lookUpInTime(lookup, hostname);
      if (!addresses.every(isPublic)) throw refused(hostname);
    },
    dispatcher: openProxyAgent(proxy, { connect }),
  };
}

function guardLookup(lookup: Lookup, refused: (host: string) => PaperboyError): LookupFunction {
  return (hostname, options, callback) => {
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
}

/** None where the name is known to nobody here, as in networks in which only the proxy knows names. */
function lookUpInTime(lookup: Lookup, hostname: string): Promise<string[]> {
  return new Promise((found) => {
    const timer = setTimeout(() => found([]), LOOKUP_TIME);
    lookup(hostname, { all: true }, (error, addresses) => {
      clearTimeout(timer);
      found(error ? [] : addresses.map(({ address }) => address));
    });
  });
}
