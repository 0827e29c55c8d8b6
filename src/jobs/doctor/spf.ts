import ipaddr from 'ipaddr.js';
import type { DnsAnswer, DnsLookups } from './dns-lookups.js';
import { expandMacros, type SpfIdentity } from './spf-macros.js';
import { isSpf, parseSpf, type SpfRecord, type SpfTerm } from './spf-record.js';

/** RFC 7208 §4.6.4. */
export const MOST_LOOKUPS = 10;
export const MOST_VOID = 2;
const MOST_HOSTS = 10;
/** Terms that are looked up: the record is void long before, and whose it is that is included may differ. */
const MOST_FOLLOWED = 40;

/** What was found at a domain. */
export interface SpfNode {
  domain: string;
  state: 'found' | 'none' | 'several' | 'failed' | 'not followed';
  /** Why it failed. */
  why: string;
  records: string[];
  record: SpfRecord | null;
  parts: SpfPart[];
  /** What `redirect=` leads to. */
  redirect: SpfNode | null;
}

/** A term with what its look-ups gave. */
export interface SpfPart {
  term: SpfTerm;
  /** `null`: it depends on what is not known. */
  target: string | null;
  addresses: string[];
  /** Look-ups that found nothing. */
  isVoid: boolean;
  /** Why it could not be looked up. */
  failed: string | null;
  /** Of `mx`: names beyond those that are looked at. */
  hasTooMany: boolean;
  include: SpfNode | null;
}

/** Follows all that a domain's record names, as far as anybody would. */
export class SpfSurveyor {
  readonly #lookups: DnsLookups;
  readonly #identity: SpfIdentity;
  #followed = 0;

  constructor(lookups: DnsLookups, identity: SpfIdentity) {
    this.#lookups = lookups;
    this.#identity = identity;
  }

  async survey(domain: string, above: readonly string[] = []): Promise<SpfNode> {
    const node: SpfNode = {
      ...{ domain, state: 'none', why: '', records: [], record: null, parts: [], redirect: null },
    };
    if (above.includes(domain.toLowerCase())) {
      return { ...node, state: 'not followed', why: 'it includes itself' };
    }
    const answer = await this.#lookups.txt(domain);
    if (answer.kind === 'failed') return { ...node, state: 'failed', why: answer.why };
    const records = answer.kind === 'found' ? answer.records.filter(isSpf) : [];
    const [text, ...more] = records;
    if (text === undefined) return node;
    // RFC 7208 §4.5: of two, none counts.
    if (more.length > 0) return { ...node, state: 'several', records };
    const record = parseSpf(text);
    const path = [...above, domain.toLowerCase()];
    const [parts, redirect] = await Promise.all([
      Promise.all(record.terms.map((term) => this.#follow(term, domain, path))),
      this.#followRedirect(record, domain, path),
    ]);
    return { ...node, state: 'found', records, record, parts, redirect };
  }

  async #followRedirect(record: SpfRecord, domain: string, path: string[]) {
    if (record.redirect === null) return null;
    const target = expandMacros(record.redirect, domain, this.#identity);
    const isFollowed = target !== null && ++this.#followed <= MOST_FOLLOWED;
    return isFollowed ? this.survey(target, path) : null;
  }

  async #follow(term: SpfTerm, domain: string, path: string[]): Promise<SpfPart> {
    const target =
      term.domain === null ? domain : expandMacros(term.domain, domain, this.#identity);
    const part: SpfPart = {
      ...{ term, target, addresses: [], isVoid: false, failed: null },
      ...{ hasTooMany: false, include: null },
    };
    if (target === null || !needsLookup(term) || ++this.#followed > MOST_FOLLOWED) return part;
    switch (term.mechanism) {
      case 'include': {
        const include = await this.survey(target, path);
        return { ...part, include };
      }
      case 'a':
        return { ...part, ...toResult(await this.#addresses(target)) };
      case 'exists':
        // RFC 7208 §5.7: A, whatever kind of address the sender has.
        return { ...part, ...toResult(await this.#lookups.a(target)) };
      case 'mx':
        return { ...part, ...(await this.#exchangers(target)) };
      default:
        return part;
    }
  }

  /** RFC 7208 §5: of the sender's kind of address, where that is known. */
  #addresses(name: string): Promise<DnsAnswer<string>> {
    const { ip } = this.#identity;
    if (ip === null) return this.#lookups.addresses(name);
    return ipaddr.parse(ip).kind() === 'ipv4' ? this.#lookups.a(name) : this.#lookups.aaaa(name);
  }

  async #exchangers(name: string): Promise<Partial<SpfPart>> {
    const answer = await this.#lookups.mx(name);
    if (answer.kind !== 'found') return toResult(answer);
    const hosts = answer.records.filter((host) => host !== '.');
    const found = await Promise.all(
      hosts.slice(0, MOST_HOSTS).map((host) => this.#addresses(host)),
    );
    const addresses = found.flatMap((one) => (one.kind === 'found' ? one.records : []));
    return { addresses, hasTooMany: hosts.length > MOST_HOSTS };
  }
}

function toResult(answer: DnsAnswer<string>): Partial<SpfPart> {
  if (answer.kind === 'found') return { addresses: answer.records };
  return answer.kind === 'none' ? { isVoid: true } : { failed: answer.why };
}

function needsLookup({ mechanism }: SpfTerm): boolean {
  return ['include', 'a', 'mx', 'ptr', 'exists'].includes(mechanism);
}

/** RFC 7208 §4.6.4: what the check of a sender costs whom no term matches. */
export function countSpf(node: SpfNode): { lookups: number; voids: number } {
  const count = { lookups: 0, voids: 0 };
  for (const { term, isVoid, include } of node.parts) {
    if (needsLookup(term)) count.lookups++;
    if (isVoid || include?.state === 'none') count.voids++;
    if (include) addCount(count, countSpf(include));
  }
  if (node.record?.redirect != null) count.lookups++;
  if (node.redirect) addCount(count, countSpf(node.redirect));
  return count;
}

function addCount(
  sum: { lookups: number; voids: number },
  more: { lookups: number; voids: number },
): void {
  sum.lookups += more.lookups;
  sum.voids += more.voids;
}

/** All nodes of a survey, the first one included. */
export function listNodes(node: SpfNode): SpfNode[] {
  const below = [
    ...node.parts.flatMap(({ include }) => include ?? []),
    ...[node.redirect ?? []].flat(),
  ];
  return [node, ...below.flatMap(listNodes)];
}

export type SpfResult =
  | 'pass'
  | 'fail'
  | 'softfail'
  | 'neutral'
  | 'none'
  | 'permerror'
  | 'temperror';

const RESULTS = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const;

/** What a receiver makes of mail from this address (RFC 7208 §4.6.2), limits aside. */
export function checkSpf(node: SpfNode, ip: string): SpfResult {
  const { state, record, parts, redirect } = node;
  if (state === 'none') return 'none';
  if (state === 'failed') return 'temperror';
  if (record === null || record.faults.length > 0) return 'permerror';
  for (const part of parts) {
    const matched = matches(part, ip);
    if (matched === true) return RESULTS[part.term.qualifier];
    if (matched !== false) return matched;
  }
  if (redirect === null) return 'neutral';
  const result = checkSpf(redirect, ip);
  return result === 'none' ? 'permerror' : result;
}

function matches(part: SpfPart, ip: string): boolean | 'permerror' | 'temperror' {
  const { term, addresses, failed, include, hasTooMany } = part;
  if (failed !== null) return 'temperror';
  switch (term.mechanism) {
    case 'all':
      return true;
    case 'ip4':
    case 'ip6':
      return term.address !== null && isWithin(ip, term.address, term);
    case 'include': {
      if (include === null) return false;
      const result = checkSpf(include, ip);
      if (result === 'temperror') return 'temperror';
      // RFC 7208 §5.2.
      if (result === 'none' || result === 'permerror') return 'permerror';
      return result === 'pass';
    }
    case 'exists':
      return addresses.length > 0;
    case 'a':
    case 'mx':
      if (addresses.some((address) => isWithin(ip, address, term))) return true;
      return hasTooMany ? 'permerror' : false;
    default:
      return false;
  }
}

function isWithin(ip: string, network: string, { bits }: SpfTerm): boolean {
  const [one, other] = [ipaddr.process(ip), ipaddr.process(network)];
  if (one.kind() !== other.kind()) return false;
  return one.match(other, one.kind() === 'ipv4' ? bits.four : bits.six);
}
