import { parseUrl } from '../../base/url.js';
import { isPublicHost } from '../../http/public-address.js';
import { webUrl } from '../fields.js';

/** Where links are read. */
export interface Place {
  /** What relative ones begin with (RFC 3986 §5.1). */
  base: URL;
  /** Hosts of the feed itself that are not on the public internet, which the operator has chosen. */
  ownHosts: ReadonlySet<string>;
}

/**
 * @param chosen the address in the settings
 * @param found where the feed was in the end, after redirects
 */
export function toPlace(chosen: URL, found: URL = chosen): Place {
  const isOwn = !isPublicHost(chosen.hostname);
  const own = isOwn ? [chosen, found].map(({ host }) => host) : [];
  return { base: found, ownHosts: new Set(own) };
}

/** The place inside an element with `xml:base`, which is itself relative to the one around it. */
export function resolveBase(place: Place, base: string | undefined): Place {
  const reference = base?.trim() ?? '';
  const found = reference === '' ? null : parseUrl(reference, place.base);
  return found ? { ...place, base: found } : place;
}

interface Candidates {
  /** What is meant as an address, whole or relative. */
  references: readonly (string | undefined)[];
  /** What may be one, but then is whole. */
  ids: readonly (string | undefined)[];
}

/** The links that may be shown, whole, each once. */
export function toLinks({ base, ownHosts }: Place, { references, ids }: Candidates): string[] {
  const found = [
    ...references.map((reference) => resolve(reference, base)),
    ...ids.map((id) => id?.trim()),
  ];
  return [...new Set(found.flatMap((link) => webUrl(link, ownHosts) ?? []))];
}

function resolve(reference: string | undefined, base: URL): string | null {
  const text = reference?.trim() ?? '';
  // A place in the feed is no page; and many forget what stands before `www`.
  if (text === '' || text.startsWith('#')) return null;
  const whole = /^www\.[^/\s]+\.[a-z]/i.test(text) ? `https://${text}` : text;
  return parseUrl(whole, base)?.href ?? null;
}
