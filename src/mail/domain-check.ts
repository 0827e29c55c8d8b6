import type { Clock } from '../base/clock.js';
import { toErrorCode } from '../base/errors.js';

/** What is asked of the DNS, as Node's `Resolver` has it. */
export interface DomainResolver {
  resolveMx(domain: string): Promise<{ exchange: string; priority: number }[]>;
  resolve4(domain: string): Promise<string[]>;
  resolve6(domain: string): Promise<string[]>;
  cancel(): void;
}

/** Why no mail can ever reach a domain. `no_domain`: it does not exist. `null_mx`: it takes none. */
export const DOMAIN_FAULTS = ['no_domain', 'null_mx'] as const;
export type DomainFault = (typeof DOMAIN_FAULTS)[number];

interface DomainCheckDeps {
  /** Makes a resolver for one look-up, so that it can be given up. */
  openResolver: () => DomainResolver;
  clock: Pick<Clock, 'steady' | 'sleep'>;
}

/** Milliseconds that a look-up may take with all that belongs to it. */
const LIMIT = 2_000;
/** Milliseconds for which answers are kept: a domain that was registered just now is soon found. */
const KEPT = 10 * 60_000;
const MOST_KEPT = 1_000;

/**
 * Names that stand in no public DNS (RFC 6761, RFC 6762, RFC 8375, and what ICANN keeps for private
 * use): what it says of them is nothing to a closed network.
 */
const PRIVATE = /(?:^|\.)(?:test|example|localhost|local|internal|home\.arpa|onion|lan|corp|home)$/;

/** Domains that exist if anything does: a resolver that knows none of them knows nothing. */
const WITNESSES = ['gmail.com', 'outlook.com', 'yahoo.com'];

interface Known {
  at: number;
  fault: Promise<DomainFault | null>;
}

/**
 * Looks up whether mail can reach a domain. Only an explicit "no" counts, from a resolver that answers
 * for other names; one that fails, or takes too long, says nothing.
 */
export class DomainCheck {
  readonly #deps: DomainCheckDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: DomainCheckDeps) {
    this.#deps = deps;
  }

  /** Never rejects. Takes two seconds at most. */
  findFault(domain: string): Promise<DomainFault | null> {
    if (PRIVATE.test(domain)) return Promise.resolve(null);
    const now = this.#deps.clock.steady();
    const known = this.#known.get(domain);
    if (known && now - known.at < KEPT) return known.fault;
    const fault = this.#lookUp(domain);
    this.#known.delete(domain);
    this.#known.set(domain, { at: now, fault });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
    return fault;
  }

  async #lookUp(domain: string): Promise<DomainFault | null> {
    const resolver = this.#deps.openResolver();
    const over = new AbortController();
    const late = this.#deps.clock.sleep(LIMIT, over.signal).then(() => null);
    try {
      return await Promise.race([findFault(resolver, domain), late]);
    } catch {
      return null;
    } finally {
      over.abort();
      resolver.cancel();
    }
  }
}

async function findFault(resolver: DomainResolver, domain: string): Promise<DomainFault | null> {
  const mx = await ask(() => resolver.resolveMx(domain));
  // RFC 7505: one record, whose exchange is the root.
  if (mx.kind === 'answer' && mx.records.length === 1) {
    return ['', '.'].includes(mx.records[0]?.exchange ?? '-') ? 'null_mx' : null;
  }
  if (mx.kind !== 'no name') return null;
  // RFC 5321 §5.1: without MX the address counts. Some servers deny the name for one type alone.
  const addresses = await Promise.all([
    ask(() => resolver.resolve4(domain)),
    ask(() => resolver.resolve6(domain)),
  ]);
  if (addresses.some(({ kind }) => kind !== 'no name')) return null;
  return (await answersForOthers(resolver)) ? 'no_domain' : null;
}

/** Whether the resolver knows the world: one of a closed network denies all that is outside. */
async function answersForOthers(resolver: DomainResolver): Promise<boolean> {
  const known = await Promise.all(WITNESSES.map((name) => ask(() => resolver.resolveMx(name))));
  return known.some((seen) => seen.kind === 'answer' && seen.records.length > 0);
}

type Seen<T> = { kind: 'answer'; records: T[] } | { kind: 'no name' | 'nothing said' };

async function ask<T>(look: () => Promise<T[]>): Promise<Seen<T>> {
  try {
    return { kind: 'answer', records: await look() };
  } catch (error) {
    // What c-ares makes of NXDOMAIN (RFC 1035 §4.1.1, code 3).
    return { kind: toErrorCode(error) === 'ENOTFOUND' ? 'no name' : 'nothing said' };
  }
}
