import type { Clock } from '../base/clock.js';
import type { ClaimedMail } from './delivery.js';
import type { Outcome } from './outcome.js';
import {
  asksToSlow,
  domainGap,
  domainOf,
  type PaceLimits,
  type Paces,
  QUIET,
  rateOf,
  type SlowedDomain,
} from './pace.js';
import type { SlowedStatus } from './status.js';
import type { TurnPocket } from './turn-pocket.js';

export interface SlowedDomainsDeps {
  paces: Paces;
  limits: PaceLimits;
  turns: TurnPocket;
  clock: Clock;
}

/**
 * So many such answers slow a domain, where each mail that it takes meanwhile weighs against a
 * tenth of one: a stray answer among many mails, or about one mailbox, must not hold up the others.
 */
const ENOUGH = 3;
const ACCEPTED_WEIGHT = 0.1;

/** What this sender knows of slowed domains, and what it has to tell the others of them. */
export class SlowedDomains {
  readonly #deps: SlowedDomainsDeps;
  #known = new Map<string, SlowedDomain>();
  #readAt = 0;
  /** How much such answers weigh, of domains that have lately given some. */
  readonly #weights = new Map<string, number>();
  /** Domains to be slowed, and when the mail was handed out that they answered. */
  readonly #asking = new Map<string, number>();
  /** Slowed domains that have taken a mail after a quiet minute. */
  readonly #quiet = new Set<string>();

  constructor(deps: SlowedDomainsDeps) {
    this.#deps = deps;
  }

  get status(): SlowedStatus[] {
    return [...this.#known.values()].map(({ domain, gap, pausedFor }) => {
      const { clock } = this.#deps;
      const left = this.#readAt + pausedFor - clock.steady();
      return { domain, rate: rateOf(gap), pausedUntil: left > 0 ? clock.now() + left : null };
    });
  }

  get any(): boolean {
    return this.#known.size > 0;
  }

  /** Microseconds from one mail to the next; 0 where the domain is not slowed. */
  gapOf(domain: string): number {
    return this.#known.get(domain)?.gap ?? 0;
  }

  /**
   * Takes note of how an attempt ended.
   * @param handedOut when the mail was handed out to be sent, by the steady clock
   * @returns the domain that takes no more just now because of it
   */
  note(mail: ClaimedMail, outcome: Outcome, handedOut: number): string | undefined {
    // Almost every mail goes this way: it costs nothing.
    if (outcome.kind === 'accepted' && this.#known.size + this.#weights.size === 0)
      return undefined;
    const domain = domainOf(mail.email);
    if (outcome.kind === 'accepted') this.#noteAccepted(domain);
    if (!asksToSlow(outcome)) return undefined;
    const weight = (this.#weights.get(domain) ?? 0) + 1;
    // The next one counts for enough, unless mails are taken before.
    this.#weights.set(domain, weight < ENOUGH ? weight : ENOUGH - 1);
    if (weight < ENOUGH) return undefined;
    this.#asking.set(domain, Math.max(handedOut, this.#asking.get(domain) ?? 0));
    return domain;
  }

  /** Tells the store what was noted; the answer is whether there was anything. */
  async writeDown(): Promise<boolean> {
    const { paces, limits, clock } = this.#deps;
    const [asking, quiet] = [[...this.#asking], [...this.#quiet]];
    this.#asking.clear();
    this.#quiet.clear();
    for (const [domain, handedOut] of asking) {
      const begunAgo = Math.max(0, clock.steady() - handedOut);
      await paces.slow(domain, { begunAgo, gap: domainGap(limits, domain) });
    }
    for (const domain of quiet) await paces.ease(domain, { gap: domainGap(limits, domain) });
    return asking.length + quiet.length > 0;
  }

  /** Takes over what the store knows. */
  read(slowed: readonly SlowedDomain[]): void {
    const before = this.#known;
    this.#known = new Map(slowed.map((one) => [one.domain, one]));
    this.#readAt = this.#deps.clock.steady();
    for (const domain of new Set([...before.keys(), ...this.#known.keys()])) {
      // Turns that were taken at another rate are not to be used, nor waited for.
      if (before.get(domain)?.gap !== this.gapOf(domain)) this.#deps.turns.reset(domain);
    }
  }

  #noteAccepted(domain: string): void {
    const weight = (this.#weights.get(domain) ?? 0) - ACCEPTED_WEIGHT;
    if (weight > 0) this.#weights.set(domain, weight);
    else this.#weights.delete(domain);
    const known = this.#known.get(domain);
    if (!known) return;
    const steadyFor = known.steadyFor + this.#deps.clock.steady() - this.#readAt;
    if (steadyFor >= QUIET) this.#quiet.add(domain);
  }
}
