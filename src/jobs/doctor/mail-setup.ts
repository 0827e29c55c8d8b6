import { isIP } from 'node:net';
import { isPublic, isPublicHost } from '../../http/public-address.js';
import type { DkimIdentity } from '../../mail/dkim.js';
import { toDomain, toEhloName } from '../../mail/host-names.js';
import type { SmtpOptions } from '../../mail/smtp/smtp.js';
import { type DnsLookups, toReverseName } from './dns-lookups.js';
import { findProvider, type RelayProvider } from './relay-providers.js';

/** What the settings say of mails and their ways. */
export interface MailSettings {
  readonly mailFrom: { readonly address: string };
  /** Where bounces go, if they go to an address of their own. */
  readonly bounceAddress?: { readonly domain: string } | null;
  /** `null`: mails are not signed. */
  readonly dkim: DkimIdentity | null;
  readonly routes: readonly { readonly name: string; readonly smtp: SmtpOptions }[];
  readonly publicUrl: string;
}

/** A relay as others see it. */
export interface SetUpRelay {
  name: string;
  host: string;
  /** What EHLO says to it. */
  helo: string;
  provider: RelayProvider | null;
  /** On this machine or in its network, as in a container beside us: mail leaves from here. */
  isLocal: boolean;
  /** What it calls itself, and so mostly towards mailboxes; `null`: not known. */
  ownName: string | null;
}

/** From whom mails come, as mailboxes look at it. */
export interface MailSetup {
  /** The address in From. */
  author: string;
  authorDomain: string;
  /** The domain of the envelope's sender, of which SPF speaks. */
  envelopeDomain: string;
  bounceDomain: string | null;
  dkim: DkimIdentity | null;
  relays: readonly SetUpRelay[];
  publicHost: string;
  /** The same for records to paste; `HOST` where it is no name that others know. */
  namedHost: string;
  /** Addresses of this machine that the world can see. */
  ownAddresses: readonly string[];
}

/** Whether mail leaves from here: whoever is in our network has our address. */
export function isBesideUs(host: string | undefined): boolean {
  return !isPublicHost(host ?? 'localhost');
}

/** @param ownNames what relays call themselves, by their names here */
export function toMailSetup(
  settings: MailSettings,
  interfaces: readonly string[],
  ownNames: ReadonlyMap<string, string | null> = new Map(),
): MailSetup {
  const { mailFrom, bounceAddress, publicUrl, routes } = settings;
  const authorDomain = toDomain(mailFrom.address).toLowerCase();
  const publicHost = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  const isName = isPublicHost(publicHost) && isIP(publicHost) === 0;
  const bounceDomain = bounceAddress?.domain.toLowerCase() ?? null;
  return {
    ...{ author: mailFrom.address, authorDomain, bounceDomain },
    envelopeDomain: bounceDomain ?? authorDomain,
    dkim: settings.dkim,
    relays: routes.map(({ name, smtp }) => ({
      ...{ name, host: smtp.host ?? 'localhost', helo: smtp.name ?? toEhloName(publicUrl) },
      provider: findProvider(smtp.host ?? ''),
      isLocal: isBesideUs(smtp.host),
      ownName: ownNames.get(name) ?? null,
    })),
    ...{ publicHost, namedHost: isName ? publicHost : 'HOST' },
    ownAddresses: interfaces.filter(isPublic),
  };
}

/** The addresses that others see mail come from, as far as that shows from here. */
export async function findSendingAddresses(
  lookups: DnsLookups,
  relay: SetUpRelay,
  { ownAddresses, publicHost }: MailSetup,
): Promise<string[]> {
  if (relay.isLocal && ownAddresses.length > 0) return [...ownAddresses];
  // Behind NAT a machine doesn't know its address, but the pages mostly have the same.
  const host = relay.isLocal ? publicHost : relay.host;
  if (isIP(host) !== 0) return [host].filter(isPublic);
  const answer = await lookups.addresses(host);
  return answer.kind === 'found' ? answer.records.filter(isPublic) : [];
}

/** `203.0.113.5`, or the name of a host, as SPF writes it. */
export function toSpfTerm(address: string): string {
  if (isIP(address) === 0) return `a:${address}`;
  return address.includes(':') ? `ip6:${address}` : `ip4:${address}`;
}

/** A record that gives a name this address. */
export function toAddressRecord(name: string, address: string): string {
  return `${name} ${address.includes(':') ? 'AAAA' : 'A'} ${address}`;
}

export function toReverseRecord(address: string, name: string): string {
  return `${toReverseName(address)} PTR ${name}.`;
}
