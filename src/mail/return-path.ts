import { LONGEST_KEY, type ReturnKey, ReturnKeys } from './return-keys.js';

/** Where mails come back to that could not be delivered. */
export interface BounceAddress {
  /** What stands before the key in the local part: `bounces+`. */
  prefix: string;
  domain: string;
  /** The address without a key; `null` if it has no other form. */
  plain: string | null;
}

export interface ReturnPathSettings {
  /** `null`: mails come back to `mailFrom`. */
  readonly bounceAddress: BounceAddress | null;
  /** Whether each mail has an address of its own, as far as there is a bounce address. */
  readonly bounceVerp: boolean;
  /** Whether anything reads what comes to the bounce address. */
  readonly readsBounces: boolean;
  readonly mailFrom: { readonly address: string };
}

/** What stands in the envelope of a mail: the same for each of its attempts. */
export interface ReturnPath {
  from: string;
  /** RFC 3461 §4.4. */
  envelopeId: string;
}

/** Octets of a mail in which keys are looked for. */
const LOOKED_AT = 1_048_576;
/** A mail with more of them is no report: each has to be proved. */
const MOST_FOUND = 100;
/** Letters and digits at the end of a local part. */
const KEY_AT_END = /[a-z0-9]+$/;

/** The return paths of mails (VERP), and what can be read from one that comes back. */
export class ReturnPaths {
  readonly #settings: ReturnPathSettings;
  readonly #keys: ReturnKeys;
  /** Our return paths in a text; `null` where they have no keys. */
  readonly #pattern: RegExp | null;

  /** @param secrets newest first */
  constructor(settings: ReturnPathSettings, secrets: readonly string[]) {
    const { bounceAddress, bounceVerp } = settings;
    this.#settings = settings;
    this.#keys = new ReturnKeys(secrets);
    this.#pattern = bounceAddress && bounceVerp ? toPattern(bounceAddress) : null;
  }

  build(kind: 'd' | 'n', id: number): ReturnPath {
    const key = this.#keys.build({ kind, id });
    const { bounceAddress, bounceVerp } = this.#settings;
    const from = bounceVerp && bounceAddress ? toAddress(bounceAddress, key) : this.plain;
    return { from: from ?? this.#settings.mailFrom.address, envelopeId: key };
  }

  /**
   * A `mailto:` by which a subscriber leaves (RFC 6068); `null` where no mail comes in under an address
   * with a key: who writes there must not believe that they have left.
   */
  buildUnsubscribeMailto(subscriberId: number): string | null {
    const { bounceAddress, bounceVerp, readsBounces } = this.#settings;
    if (!bounceAddress || !bounceVerp || !readsBounces) return null;
    const key = this.#keys.build({ kind: 'u', id: subscriberId });
    return `mailto:${encodeURI(toAddress(bounceAddress, key))}?subject=unsubscribe`;
  }

  /** The address to which all mails come back that have no key in it. */
  get plain(): string | null {
    const { bounceAddress, mailFrom } = this.#settings;
    return bounceAddress ? bounceAddress.plain : mailFrom.address;
  }

  /** Whether we may have given this address to a mail; forged keys are not ours. */
  isOurs(address: string): boolean {
    const [local, domain] = split(address);
    if (this.plain !== null && isSame(address, this.plain)) return true;
    const { bounceAddress } = this.#settings;
    if (bounceAddress?.domain !== domain) return false;
    const prefix = bounceAddress.prefix.toLowerCase();
    return local.startsWith(prefix) && this.#keys.read(local.slice(prefix.length)) !== null;
  }

  /**
   * What the key in an address names; `null` if it has none of ours. The domain makes no difference, nor
   * does what stands before it: hosts rewrite both (SRS, BATV), and the key proves itself.
   */
  readAddress(address: string): ReturnKey | null {
    const [local] = split(address);
    const prefix = this.#settings.bounceAddress?.prefix.toLowerCase() ?? '';
    const wrapped = local.slice(local.lastIndexOf('=') + 1);
    const bare = wrapped.startsWith(prefix) ? wrapped.slice(prefix.length) : wrapped;
    return this.#keys.read(bare) ?? this.#keys.read(KEY_AT_END.exec(local)?.[0] ?? '');
  }

  readEnvelopeId(text: string): ReturnKey | null {
    return this.#keys.read(text.trim());
  }

  /**
   * The key in the return path of a mail that stands within another: feedback reports name it in
   * `Original-Mail-From` (RFC 5965 §3.2), and mails that are returned in `Return-Path`. `null` if there
   * are none or several. Keys by which readers leave stand in every digest, and are no return path.
   */
  findIn(octets: Uint8Array): ReturnKey | null {
    if (this.#pattern === null) return null;
    const text = Buffer.from(octets.subarray(0, LOOKED_AT)).toString('latin1');
    const found = new Map<string, ReturnKey>();
    let looked = 0;
    for (const [, letters = ''] of text.matchAll(this.#pattern)) {
      if (++looked > MOST_FOUND) return null;
      const key = this.#keys.read(letters);
      if (key && key.kind !== 'u') found.set(`${key.kind}${key.id}`, key);
    }
    const [only, ...others] = found.values();
    return only && others.length === 0 ? only : null;
  }
}

function toAddress({ prefix, domain }: BounceAddress, key: string): string {
  return `${prefix}${key}@${domain}`;
}

function toPattern({ prefix, domain }: BounceAddress): RegExp {
  const [before, behind] = [prefix, domain].map((text) => text.replace(/[^a-z0-9]/gi, '\\$&'));
  return new RegExp(`${before}([a-z0-9]{2,${LONGEST_KEY}})@${behind}`, 'gi');
}

function isSame(one: string, other: string): boolean {
  return split(one).join('@') === split(other).join('@');
}

/** In lower case, without the quotes that a local part may have (RFC 5321 §4.1.2). */
function split(address: string): [local: string, domain: string] {
  const bare = address.trim().replace(/^<|>$/g, '').toLowerCase();
  const at = bare.lastIndexOf('@');
  if (at < 0) return [bare, ''];
  return [bare.slice(0, at).replace(/^"(.*)"$/, '$1'), bare.slice(at + 1).replace(/\.$/, '')];
}
