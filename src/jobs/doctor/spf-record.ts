import ipaddr from 'ipaddr.js';

export type SpfQualifier = '+' | '-' | '~' | '?';
export type SpfMechanism = 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists';

/** A directive (RFC 7208 §4.6.1). */
export interface SpfTerm {
  /** As it is written. */
  text: string;
  qualifier: SpfQualifier;
  mechanism: SpfMechanism;
  /** Which may have macros; `null`: the domain of the record itself. */
  domain: string | null;
  /** How many bits of an address count. */
  bits: { four: number; six: number };
  /** Of `ip4` and `ip6`. */
  address: string | null;
}

export interface SpfRecord {
  text: string;
  /** Up to `all`: what follows is never looked at (RFC 7208 §5.1). */
  terms: SpfTerm[];
  /** `null`: none, or not looked at because of `all` (RFC 7208 §6.1). */
  redirect: string | null;
  /** What makes the record void for all who read it (RFC 7208 §4.6, permerror). */
  faults: string[];
  /** What stands behind `all` and counts for nothing. */
  ignored: string[];
}

/** RFC 7208 §4.5. */
export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

const TERM =
  /^([+~?-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/]*(?:\/(?!\/?\d)[^/]*)*))?((?:\/\d*)?(?:\/\/\d*)?)$/i;
const IP_TERM = /^([+~?-]?)(ip4|ip6):([^/]+)(?:\/(\d{1,3}))?$/i;
/** RFC 7208 §6: a name, then `=`. */
const MODIFIER = /^([a-z][a-z0-9_.-]*)=(.*)$/i;
const DOMAIN_SPEC = /^(?:[\x21-\x24\x26-\x7e]|%\{[slodiphcrtv]\d*r?[.+,/_=-]*\}|%[%_-])+$/i;

export function parseSpf(text: string): SpfRecord {
  const record: SpfRecord = { text, terms: [], redirect: null, faults: [], ignored: [] };
  const seen = new Set<string>();
  let isOver = false;
  for (const word of text.slice('v=spf1'.length).split(' ').filter(Boolean)) {
    const [, name = '', value = ''] = MODIFIER.exec(word) ?? [];
    if (name !== '') {
      addModifier(record, { word, name: name.toLowerCase(), value }, seen);
      continue;
    }
    const term = parseTerm(word);
    if (typeof term === 'string') record.faults.push(term);
    else if (isOver) record.ignored.push(word);
    else record.terms.push(term);
    if (typeof term !== 'string' && term.mechanism === 'all') isOver = true;
  }
  if (isOver) record.redirect = null;
  return record;
}

function addModifier(
  record: SpfRecord,
  { word, name, value }: { word: string; name: string; value: string },
  seen: Set<string>,
): void {
  // RFC 7208 §6: others are left aside, these two may be there once.
  if (name !== 'redirect' && name !== 'exp') return;
  if (seen.has(name)) record.faults.push(`"${name}=" is there twice`);
  if (!DOMAIN_SPEC.test(value)) record.faults.push(`"${word}" names no domain`);
  seen.add(name);
  if (name === 'redirect') record.redirect = value;
}

/** @returns what is wrong with it, where it can't be read */
function parseTerm(word: string): SpfTerm | string {
  const ip = IP_TERM.exec(word);
  if (ip) return parseIpTerm(word, ip);
  const [, sign = '', kind = '', domain, cidr = ''] = TERM.exec(word) ?? [];
  const mechanism = kind.toLowerCase() as SpfMechanism | '';
  if (mechanism === '') return `"${word}" is no part of SPF`;
  if (mechanism === 'ip4' || mechanism === 'ip6')
    return `"${word}" has no address that can be read`;
  const needsDomain = mechanism === 'include' || mechanism === 'exists';
  if (domain === undefined ? needsDomain : mechanism === 'all' || !DOMAIN_SPEC.test(domain)) {
    return `"${word}" ${domain === undefined ? 'names no domain' : 'can not be read'}`;
  }
  const [, four, six] = /^(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(cidr) ?? [];
  const bits = { four: Number(four ?? 32), six: Number(six ?? 128) };
  const takesBits = mechanism === 'a' || mechanism === 'mx';
  const isGood = takesBits ? bits.four <= 32 && bits.six <= 128 : cidr === '';
  if (!isGood || /\/(?:\/|$)/.test(cidr.replace(/\/\/\d/, ''))) return `"${word}" can not be read`;
  const qualifier = (sign || '+') as SpfQualifier;
  return { text: word, qualifier, mechanism, domain: domain ?? null, bits, address: null };
}

function parseIpTerm(word: string, match: RegExpExecArray): SpfTerm | string {
  const [, sign = '', kind = '', address = '', length] = match;
  const mechanism = kind.toLowerCase() === 'ip4' ? 'ip4' : 'ip6';
  const most = mechanism === 'ip4' ? 32 : 128;
  const bits = Number(length ?? most);
  const isAddress =
    mechanism === 'ip4'
      ? ipaddr.IPv4.isValidFourPartDecimal(address)
      : address.includes(':') && ipaddr.IPv6.isValid(address) && !address.includes('%');
  if (!isAddress || bits > most) return `"${word}" has no address that can be read`;
  const qualifier = (sign || '+') as SpfQualifier;
  return {
    ...{ text: word, qualifier, mechanism, domain: null, address },
    bits: mechanism === 'ip4' ? { four: bits, six: 128 } : { four: 32, six: bits },
  };
}

/** A record that says what `text` says and also these, before `all`; a new one where there is none. */
export function buildSpf(text: string | null, added: readonly string[]): string {
  if (text === null) return ['v=spf1', ...added, '~all'].join(' ');
  const words = text.split(' ').filter(Boolean);
  const at = words.findIndex((word) => /^(?:[+~?-]?all|redirect=.*)$/i.test(word));
  const place = at < 0 ? words.length : at;
  return [...words.slice(0, place), ...added, ...words.slice(place)].join(' ');
}
