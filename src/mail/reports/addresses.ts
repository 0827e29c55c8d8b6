const LOCAL = /[\p{L}\p{N}!#$%&'*+/=?^_`{|}~."-]/u;
const DOMAIN = /^[\p{L}\p{N}](?:[\p{L}\p{N}._-]{0,250}[\p{L}\p{N}])?/u;
const MOST_LOCAL = 128;
/** Signs `@` that are looked at in one text. */
const MOST_ADDRESSES = 300;
const MOST_TEXT = 50_000;

/** The mail addresses of a text, in its order, each once. */
export function findAddresses(text: string): string[] {
  const found = new Map<string, string>();
  const read = text.slice(0, MOST_TEXT);
  let at = read.indexOf('@');
  for (let seen = 0; at >= 0 && seen < MOST_ADDRESSES; seen++) {
    let start = at;
    while (start > 0 && at - start < MOST_LOCAL && LOCAL.test(read.charAt(start - 1))) start--;
    const domain = DOMAIN.exec(read.slice(at + 1, at + 254))?.[0] ?? '';
    const clean = cleanAddress(`${read.slice(start, at)}@${domain}`);
    if (clean !== '' && !found.has(clean.toLowerCase())) found.set(clean.toLowerCase(), clean);
    at = read.indexOf('@', at + 1);
  }
  return [...found.values()];
}

function cleanAddress(address: string): string {
  const clean = address
    .replace(/^(?:(?:dda:)?smtp=|rfc822=)/i, '')
    .replace(/^["'`.=/-]+(?=[^"]*@)/, '')
    .replace(/(?:['`]|%3E|\.)+$/i, '');
  return /^[^@]+@[^@]+$/.test(clean) ? clean : '';
}

/** The address of a field such as `rfc822; <ada@example.org>` or `Ada <ada@example.org>`. */
export function toAddress(value: string | undefined): string | null {
  if (value === undefined) return null;
  // RFC 3464 §2.3.2: the type of the address, then a semicolon.
  const bare = value.replace(/^[\w-]{1,40} ?; ?/, '');
  const inBrackets = /<([^<>\s]{1,320}@[^<>\s]{1,254})>/.exec(bare)?.[1];
  return findAddresses(inBrackets ?? bare)[0] ?? null;
}

/** Addresses of programs, which no subscriber has. */
const MACHINE =
  /^(?:mailer[-_]?daemon|post[-_]?master|mail[-_]?daemon|mdaemon|no-?reply|do-?not-?reply|abuse|hostmaster|daemon)(?:[+@.-]|$)/i;

export function isOfMachine(address: string): boolean {
  return MACHINE.test(address);
}

export function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
