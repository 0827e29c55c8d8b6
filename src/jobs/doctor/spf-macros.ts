import ipaddr from 'ipaddr.js';

/** Who sends, as macros can name it (RFC 7208 §7.2). */
export interface SpfIdentity {
  /** The address of the envelope. */
  sender: string;
  helo: string;
  /** `null`: not known. */
  ip: string | null;
}

const MACRO = /%(?:\{([a-z])(\d*)(r?)([.+,/_=-]*)\}|([%_-]))/gi;
const LONGEST = 253;

/** @returns the name that a domain-spec means; `null` where it depends on what is not known */
export function expandMacros(spec: string, domain: string, identity: SpfIdentity): string | null {
  let isKnown = true;
  const text = spec.replace(
    MACRO,
    (_all, letter?: string, digits = '', reverse = '', delimiters = '', escaped = '') => {
      if (letter === undefined) return { '%': '%', _: ' ', '-': '%20' }[String(escaped)] ?? '';
      const value = toValue(letter.toLowerCase(), domain, identity);
      if (value === null) isKnown = false;
      return transform(value ?? '', { digits, reverse, delimiters });
    },
  );
  return isKnown ? shorten(text.replace(/\.$/, '')) : null;
}

function toValue(letter: string, domain: string, { sender, helo, ip }: SpfIdentity): string | null {
  const at = sender.lastIndexOf('@');
  switch (letter) {
    case 's':
      return sender;
    case 'l':
      return sender.slice(0, at);
    case 'o':
      return sender.slice(at + 1);
    case 'd':
      return domain;
    case 'h':
      return helo;
    case 'i':
      return ip === null ? null : toDotted(ip);
    case 'v':
      return ip === null ? null : ipaddr.parse(ip).kind() === 'ipv4' ? 'in-addr' : 'ip6';
    default:
      // RFC 7208 §7.3: "p" is not to be used; what is unknown is "unknown".
      return 'unknown';
  }
}

/** RFC 7208 §7.3: of IPv6, its nibbles with dots between. */
function toDotted(ip: string): string {
  const parsed = ipaddr.parse(ip);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const nibbles = parsed.toByteArray().flatMap((byte) => [byte >> 4, byte & 15]);
  return nibbles.map((nibble) => nibble.toString(16)).join('.');
}

function transform(
  value: string,
  { digits, reverse, delimiters }: { digits: string; reverse: string; delimiters: string },
): string {
  if (digits === '' && reverse === '' && delimiters === '') return value;
  const cut = new Set(delimiters === '' ? '.' : delimiters);
  const parts: string[] = [''];
  for (const letter of value) {
    if (cut.has(letter)) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  if (reverse !== '') parts.reverse();
  const count = digits === '' ? parts.length : Number(digits);
  return parts.slice(-Math.max(count, 1)).join('.');
}

/** RFC 7208 §7.3: what is too long loses labels on its left side. */
function shorten(name: string): string {
  let left = name;
  while (left.length > LONGEST && left.includes('.')) left = left.slice(left.indexOf('.') + 1);
  return left;
}
