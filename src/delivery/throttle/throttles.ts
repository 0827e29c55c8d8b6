import type { Clock } from '../../base/clock.js';
import type { ThrottledScope } from '../status.js';
import { domainInterval, type RateLimits, type ThrottleStore, toRate } from './rate-limits.js';
import type { SlotCache } from './slot-cache.js';
import { recover, STEP, slowDown, type Throttle } from './throttle.js';

export interface ThrottlesDeps {
  throttleStore: ThrottleStore;
  limits: RateLimits;
  /** The interval of a route by the settings. */
  routeInterval: (scope: string) => number;
  slots: SlotCache;
  clock: Clock;
}

/** An answer that asks for fewer mails. */
export interface Asked {
  domain: string;
  /** The scope of the route that the mail took. */
  route: string;
  /** When the mail was handed out, by the steady clock. */
  handedOut: number;
  /** Whether it can only be about the route, whoever the reader is. */
  ofRoute: boolean;
  wait: number | null;
  connections: number | null;
}

/**
 * So many such answers slow a scope, where each mail that it takes meanwhile weighs against a tenth
 * of one: a stray answer among many mails, or about one mailbox, must not hold up the others.
 */
const ENOUGH = 3;
const ACCEPTED_WEIGHT = 0.1;
/** When more than one domain asks within so many milliseconds, it is the relay that is full. */
const TOGETHER = 10_000;
/** Domains whose speed is kept in mind. */
const MOST_DOMAINS = 2_000;

/** Mails of this second and the one before. */
interface Speed {
  since: number;
  now: number;
  before: number;
}

/** What this sender knows of throttled domains and routes, and what it has to tell the others. */
export class Throttles {
  readonly #deps: ThrottlesDeps;
  #known = new Map<string, Throttle>();
  #readAt = 0;
  /** By the store's clock when it was read. */
  #storeNow = 0;
  readonly #weights = new Map<string, number>();
  readonly #speeds = new Map<string, Speed>();
  /** When domains asked last, by route. */
  readonly #askedAt = new Map<string, Map<string, number>>();
  /** Scopes to be throttled, and by which answer. */
  readonly #asking = new Map<string, Asked>();
  /** Scopes that have taken a mail and may get more. */
  readonly #taking = new Set<string>();
  /** Domains that were throttled though it was the relay. */
  readonly #innocent = new Set<string>();

  constructor(deps: ThrottlesDeps) {
    this.#deps = deps;
  }

  /** Throttled domains, as operators see them. */
  get status(): ThrottledScope[] {
    const { clock } = this.#deps;
    return [...this.#known.values()].map(({ scope, interval, notBefore }) => {
      const left = this.#readAt + notBefore - this.#storeNow - clock.steady();
      const pausedUntil = left > 0 ? clock.now() + left : null;
      return { domain: scope, rate: toRate(interval), pausedUntil };
    });
  }

  get any(): boolean {
    return this.#known.size > 0;
  }

  /** Microseconds from one mail to the next; 0 where the scope is not throttled. */
  intervalFor(scope: string): number {
    return this.#known.get(scope)?.interval ?? 0;
  }

  /** How many connections a route may have, `null` for any number. */
  connectionsFor(scope: string): number | null {
    return this.#known.get(scope)?.connections ?? null;
  }

  /** A mail was accepted. */
  accept(domain: string, route: string): void {
    for (const scope of [domain, route]) {
      this.#countSpeed(scope);
      if (this.#weights.size > 0) this.#lighten(scope);
      const known = this.#known.get(scope);
      if (known && this.#mayRecover(known)) this.#taking.add(scope);
    }
  }

  /**
   * An answer asked for fewer mails.
   * @returns the domain that takes no more just now because of it
   */
  ask(asked: Asked): string | undefined {
    const { domain, route, ofRoute, wait } = asked;
    const now = this.#deps.clock.steady();
    const lately = this.#loadAsked(route);
    const together = [...lately].some(([other, at]) => other !== domain && now - at < TOGETHER);
    lately.set(domain, now);
    if (lately.size > MOST_DOMAINS) lately.clear();
    // A time to wait is a provider's own word for its own mailboxes.
    if (ofRoute || (together && wait === null)) {
      if (this.#isEnough(route, wait)) {
        this.#asking.set(route, asked);
        for (const [other, at] of lately) {
          if (now - at < TOGETHER && this.#known.has(other)) this.#innocent.add(other);
        }
      }
      return undefined;
    }
    if (!this.#isEnough(domain, wait)) return undefined;
    this.#asking.set(domain, asked);
    return domain;
  }

  /** Tells the store what was noted; the answer is whether there was anything. */
  async writeDown(): Promise<boolean> {
    const { throttleStore, clock } = this.#deps;
    const [asking, taking, innocent] = [[...this.#asking], [...this.#taking], [...this.#innocent]];
    this.#asking.clear();
    this.#taking.clear();
    this.#innocent.clear();
    for (const [scope, { handedOut, wait, connections }] of asking) {
      const begunAgo = Math.max(0, clock.steady() - handedOut);
      const [rate, setting] = [this.#toScopeRate(scope), this.#settingFor(scope)];
      await throttleStore.change(scope, (known, now) =>
        slowDown(known, { scope, now, begunAt: now - begunAgo, rate, setting, wait, connections }),
      );
    }
    for (const domain of innocent) await throttleStore.change(domain, () => 'free');
    for (const scope of taking) {
      const setting = this.#settingFor(scope);
      await throttleStore.change(scope, (known, now) => known && recover(known, { now, setting }));
    }
    return asking.length + taking.length + innocent.length > 0;
  }

  /** Takes over what the store knows. */
  read({ now, throttles }: { now: number; throttles: readonly Throttle[] }): void {
    const before = this.#known;
    this.#known = new Map(throttles.map((one) => [one.scope, one]));
    this.#readAt = this.#deps.clock.steady();
    this.#storeNow = now;
    for (const scope of new Set([...before.keys(), ...this.#known.keys()])) {
      const [old, known] = [before.get(scope), this.#known.get(scope)];
      // Slots that were taken at a faster rate, or before a pause, are not to be used.
      if (
        (old?.interval ?? 0) < (known?.interval ?? 0) ||
        old?.backedOffAt !== known?.backedOffAt
      ) {
        this.#deps.slots.reset(scope);
      }
    }
  }

  #loadAsked(route: string): Map<string, number> {
    const known = this.#askedAt.get(route) ?? new Map<string, number>();
    this.#askedAt.set(route, known);
    return known;
  }

  #mayRecover(known: Throttle): boolean {
    const now = this.#storeNow + this.#deps.clock.steady() - this.#readAt;
    return now >= known.notBefore && (known.strikes > 0 || now >= known.raisedAt + STEP);
  }

  #isEnough(scope: string, wait: number | null): boolean {
    const weight = (this.#weights.get(scope) ?? 0) + 1;
    // The next one counts for enough, unless mails are taken before.
    this.#weights.set(scope, weight < ENOUGH ? weight : ENOUGH - 1);
    return weight >= ENOUGH || wait !== null;
  }

  #lighten(scope: string): void {
    const weight = (this.#weights.get(scope) ?? 0) - ACCEPTED_WEIGHT;
    if (weight > 0) this.#weights.set(scope, weight);
    else this.#weights.delete(scope);
  }

  #countSpeed(scope: string): void {
    const now = this.#deps.clock.steady();
    const speed = this.#speeds.get(scope);
    if (!speed) {
      if (this.#speeds.size >= MOST_DOMAINS) this.#speeds.clear();
      this.#speeds.set(scope, { since: now, now: 1, before: 0 });
    } else if (now - speed.since < 1_000) {
      speed.now++;
    } else {
      speed.before = now - speed.since < 2_000 ? speed.now : 0;
      speed.since = now;
      speed.now = 1;
    }
  }

  /** Mails a second that a scope took just before. */
  #toScopeRate(scope: string): number {
    const speed = this.#speeds.get(scope);
    const lately = speed !== undefined && this.#deps.clock.steady() - speed.since < 2_000;
    return lately ? Math.max(speed.now, speed.before) : 0;
  }

  #settingFor(scope: string): number {
    const { limits, routeInterval } = this.#deps;
    return scope.startsWith('*') ? routeInterval(scope) : domainInterval(limits, scope);
  }
}
