import ipaddr from 'ipaddr.js';
import type { Clock } from '../../base/clock.js';
import { toErrorCode, toErrorMessage } from '../../base/errors.js';

/** What is asked of the DNS, as Node's `Resolver` has it. */
export interface DnsResolver {
  resolveTxt(name: string): Promise<string[][]>;
  resolveMx(name: string): Promise<{ exchange: string; priority: number }[]>;
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  resolvePtr(name: string): Promise<string[]>;
  cancel(): void;
}

/** `none`: the DNS says that there is nothing; `exists`: of this type, but the name is known. */
export type DnsAnswer<T> =
  | { kind: 'found'; records: T[] }
  | { kind: 'none'; exists: boolean }
  | { kind: 'failed'; why: string };

interface LookupDeps {
  resolver: DnsResolver;
  clock: Pick<Clock, 'sleep'>;
}

/** Milliseconds for one answer. */
const LIMIT = 5_000;

/** Look-ups that never throw, each made once, with a time limit. */
export class DnsLookups {
  readonly #deps: LookupDeps;
  readonly #known = new Map<string, Promise<DnsAnswer<unknown>>>();
  #answered = 0;
  #found = 0;
  readonly #failures = new Set<string>();

  constructor(deps: LookupDeps) {
    this.#deps = deps;
  }

  /** Whether any name server has said anything at all, were it that there is no such name. */
  get hasAnswers(): boolean {
    return this.#answered > 0;
  }

  /** Whether there was anything that was looked for. */
  get hasFound(): boolean {
    return this.#found > 0;
  }

  /** In how many ways look-ups failed, like `ECONNREFUSED`. */
  get failures(): string[] {
    return [...this.#failures];
  }

  /** Each record undivided: its strings are one text (RFC 7208 §3.3, RFC 6376 §3.6.2.2). */
  async txt(name: string): Promise<DnsAnswer<string>> {
    const answer = await this.#ask('TXT', name, (resolver) => resolver.resolveTxt(name));
    if (answer.kind !== 'found') return answer;
    return { kind: 'found', records: answer.records.map((strings) => strings.join('')) };
  }

  /** In order of preference; the root, as in a null MX (RFC 7505), is `.`. */
  async mx(name: string): Promise<DnsAnswer<string>> {
    const answer = await this.#ask('MX', name, (resolver) => resolver.resolveMx(name));
    if (answer.kind !== 'found') return answer;
    const sorted = [...answer.records].sort((a, b) => a.priority - b.priority);
    return { kind: 'found', records: sorted.map(({ exchange }) => exchange || '.') };
  }

  a(name: string): Promise<DnsAnswer<string>> {
    return this.#ask('A', name, (resolver) => resolver.resolve4(name));
  }

  aaaa(name: string): Promise<DnsAnswer<string>> {
    return this.#ask('AAAA', name, (resolver) => resolver.resolve6(name));
  }

  /** Of both kinds. */
  async addresses(name: string): Promise<DnsAnswer<string>> {
    const [four, six] = await Promise.all([this.a(name), this.aaaa(name)]);
    const found = [four, six].flatMap((one) => (one.kind === 'found' ? one.records : []));
    if (found.length > 0) return { kind: 'found', records: found };
    const failed = [four, six].find(({ kind }) => kind === 'failed');
    if (failed) return failed;
    return { kind: 'none', exists: [four, six].some((one) => one.kind === 'none' && one.exists) };
  }

  /** The names of an address. */
  ptr(address: string): Promise<DnsAnswer<string>> {
    const name = toReverseName(address);
    return this.#ask('PTR', name, (resolver) => resolver.resolvePtr(name));
  }

  #ask<T>(
    type: string,
    name: string,
    look: (resolver: DnsResolver) => Promise<T[]>,
  ): Promise<DnsAnswer<T>> {
    const key = `${type} ${name.toLowerCase()}`;
    const known = this.#known.get(key) as Promise<DnsAnswer<T>> | undefined;
    if (known) return known;
    const asked = this.#askOnce(look);
    this.#known.set(key, asked);
    return asked;
  }

  async #askOnce<T>(look: (resolver: DnsResolver) => Promise<T[]>): Promise<DnsAnswer<T>> {
    const { resolver, clock } = this.#deps;
    const over = new AbortController();
    const late = clock.sleep(LIMIT, over.signal).then((): DnsAnswer<T> => TOO_LATE);
    const answer = await Promise.race([askResolver(() => look(resolver)), late]);
    over.abort();
    if (answer.kind === 'failed') this.#failures.add(answer.why);
    else this.#answered++;
    if (answer.kind === 'found') this.#found++;
    return answer;
  }
}

const TOO_LATE = { kind: 'failed', why: 'no answer in time' } as const;

const WORDS: Readonly<Record<string, string>> = {
  ETIMEOUT: TOO_LATE.why,
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ECONNREFUSED: 'no name server there',
};

async function askResolver<T>(look: () => Promise<T[]>): Promise<DnsAnswer<T>> {
  try {
    const records = await look();
    return records.length > 0 ? { kind: 'found', records } : { kind: 'none', exists: true };
  } catch (error) {
    const code = toErrorCode(error) ?? toErrorMessage(error);
    // What c-ares makes of NXDOMAIN, and of a name without records of this type (RFC 2308 §2).
    if (code === 'ENOTFOUND') return { kind: 'none', exists: false };
    if (code === 'ENODATA') return { kind: 'none', exists: true };
    return { kind: 'failed', why: WORDS[code] ?? code };
  }
}

/** RFC 1035 §3.5, RFC 3596 §2.5. */
export function toReverseName(address: string): string {
  const ip = ipaddr.parse(address);
  const bytes = ip.toByteArray().reverse();
  if (ip.kind() === 'ipv4') return `${bytes.join('.')}.in-addr.arpa`;
  const nibbles = bytes.flatMap((byte) => [byte & 15, byte >> 4]);
  return `${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa`;
}
