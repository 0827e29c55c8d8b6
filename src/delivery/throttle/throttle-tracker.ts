import type { Clock } from '../../base/clock.js';
import { dayAt } from '../../base/day.js';
import type { ThrottledScope } from '../sending/sender-status.js';
import { domainInterval, type RateLimits, toRate } from './rate-limits.js';
import type { SlotCache } from './slot-cache.js';
import { RECOVERY_STEP, recover, slowDown, type Throttle } from './throttle.js';
import { SLOWED, type ThrottleStore } from './throttle-store.js';

export interface ThrottleTrackerDeps {
  throttleStore: ThrottleStore;
  limits: RateLimits;
  /** The interval of a route's scope by the settings, in microseconds; 0 for none. */
  routeInterval: (scope: string) => number;
  slots: SlotCache;
  clock: Clock;
}

/** A reply that asks to slow down. */
export interface SlowDownReply {
  domain: string;
  /** The scope of the route that the mail took. */
  route: string;
  /** When the mail was handed out, by the steady clock. */
  handedOut: number;
  /** Whether it is about the route, whatever the recipient's domain. */
  ofRoute: boolean;
  /** Milliseconds in which it wants no mail, and connections after that; `null`: not said. */
  wait: number | null;
  connections: number | null;
}

/**
 * So many such replies throttle a scope. Each accepted mail takes a tenth of one back, so that a
 * stray reply, or one about a single mailbox, does not slow down the others.
 */
const ENOUGH = 3;
const ACCEPTED_WEIGHT = 0.1;
/** If several domains ask within so many milliseconds, it is the relay that is full. */
const TOGETHER = 10_000;
/** Domains for which speeds are kept. */
const MOST_DOMAINS = 2_000;

/** Accepted mails of this second and of the one before. */
interface Speed {
  since: number;
  now: number;
  before: number;
}

/**
 * Follows the replies of domains and routes: collects which of them ask to slow down and which may
 * recover, saves that in the store, and keeps a copy of the store's throttles.
 */
export class ThrottleTracker {
  readonly #deps: ThrottleTrackerDeps;
  #known = new Map<string, Throttle>();
  /** When the copy was read, by the steady clock and by the store's clock. */
  #readAt = 0;
  #storeNow = 0;
  /** How much speaks for throttling a scope, in replies. */
  readonly #weights = new Map<string, number>();
  readonly #speeds = new Map<string, Speed>();
  /** When domains asked last to slow down, by route. */
  readonly #repliedAt = new Map<string, Map<string, number>>();
  /** Scopes to back off, and the reply that asked for it. */
  readonly #toBackOff = new Map<string, SlowDownReply>();
  /** Scopes that have accepted a mail and may recover. */
  readonly #toRecover = new Set<string>();
  /** Domains that were throttled though the relay was full. */
  readonly #toFree = new Set<string>();
  /** Replies that slow the warm-up and are not saved yet. */
  #slowed = 0;

  constructor(deps: ThrottleTrackerDeps) {
    this.#deps = deps;
  }

  /** Throttled domains and routes, for operators. */
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

  /** Microseconds between two mails; 0 if the scope is not throttled. */
  intervalFor(scope: string): number {
    return this.#known.get(scope)?.interval ?? 0;
  }

  /** How many connections a route may have; `null` for any number. */
  connectionsFor(scope: string): number | null {
    return this.#known.get(scope)?.connections ?? null;
  }

  /** A mail was accepted. */
  noteAccepted(domain: string, route: string): void {
    for (const scope of [domain, route]) {
      this.#countSpeed(scope);
      if (this.#weights.size > 0) this.#lighten(scope);
      const known = this.#known.get(scope);
      if (known && this.#mayRecover(known)) this.#toRecover.add(scope);
    }
  }

  /** A reply says that mails come too fast for what is known of us. It counts while we warm up. */
  noteSlowed(): void {
    if (this.#deps.limits.warmup !== null) this.#slowed++;
  }

  /**
   * A reply asked to slow down.
   * @returns the domain that is throttled because of it, if one is
   */
  noteSlowDown(reply: SlowDownReply): string | undefined {
    const { domain, route, ofRoute, wait } = reply;
    const now = this.#deps.clock.steady();
    const lately = this.#loadReplyTimes(route);
    const together = [...lately].some(([other, at]) => other !== domain && now - at < TOGETHER);
    lately.set(domain, now);
    if (lately.size > MOST_DOMAINS) lately.clear();
    // A reply with a time to wait comes from a provider and is about its own mailboxes.
    if (ofRoute || (together && wait === null)) {
      if (this.#isEnough(route, wait)) {
        this.#toBackOff.set(route, reply);
        for (const [other, at] of lately) {
          if (now - at < TOGETHER && this.#known.has(other)) this.#toFree.add(other);
        }
      }
      return undefined;
    }
    if (!this.#isEnough(domain, wait)) return undefined;
    this.#toBackOff.set(domain, reply);
    return domain;
  }

  /** Saves what was noted. @returns whether there was anything */
  async save(): Promise<boolean> {
    const { throttleStore, clock } = this.#deps;
    if (this.#slowed > 0) await this.#saveSlowed();
    const [backOffs, recoveries, freed] = [
      [...this.#toBackOff],
      [...this.#toRecover],
      [...this.#toFree],
    ];
    this.#toBackOff.clear();
    this.#toRecover.clear();
    this.#toFree.clear();
    for (const [scope, { handedOut, wait, connections }] of backOffs) {
      const begunAgo = Math.max(0, clock.steady() - handedOut);
      const [rate, setting] = [this.#toScopeRate(scope), this.#settingFor(scope)];
      await throttleStore.change(scope, (known, now) =>
        slowDown(known, { scope, now, begunAt: now - begunAgo, rate, setting, wait, connections }),
      );
    }
    for (const domain of freed) await throttleStore.change(domain, () => 'free');
    for (const scope of recoveries) {
      const setting = this.#settingFor(scope);
      await throttleStore.change(scope, (known, now) => known && recover(known, { now, setting }));
    }
    return backOffs.length + recoveries.length + freed.length > 0;
  }

  async #saveSlowed(): Promise<void> {
    const { throttleStore, clock, limits } = this.#deps;
    const slowed = this.#slowed;
    this.#slowed = 0;
    const day = dayAt(this.#storeNow + clock.steady() - this.#readAt, limits.timezone);
    await throttleStore.addToDay(day, SLOWED, slowed);
  }

  /** Replaces the copy of the store's throttles. */
  refresh({ now, throttles }: { now: number; throttles: readonly Throttle[] }): void {
    const before = this.#known;
    this.#known = new Map(throttles.map((one) => [one.scope, one]));
    this.#readAt = this.#deps.clock.steady();
    this.#storeNow = now;
    for (const scope of new Set([...before.keys(), ...this.#known.keys()])) {
      const [old, known] = [before.get(scope), this.#known.get(scope)];
      // Slots that were granted at a faster rate or before a pause must not be used.
      if (
        (old?.interval ?? 0) < (known?.interval ?? 0) ||
        old?.backedOffAt !== known?.backedOffAt
      ) {
        this.#deps.slots.reset(scope);
      }
    }
  }

  #loadReplyTimes(route: string): Map<string, number> {
    const known = this.#repliedAt.get(route) ?? new Map<string, number>();
    this.#repliedAt.set(route, known);
    return known;
  }

  #mayRecover(known: Throttle): boolean {
    const now = this.#storeNow + this.#deps.clock.steady() - this.#readAt;
    return now >= known.notBefore && (known.strikes > 0 || now >= known.raisedAt + RECOVERY_STEP);
  }

  #isEnough(scope: string, wait: number | null): boolean {
    const weight = (this.#weights.get(scope) ?? 0) + 1;
    // Stays just below, so that the next reply is enough unless mails are accepted before.
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

  /** Mails a second that a scope accepted just before. */
  #toScopeRate(scope: string): number {
    const speed = this.#speeds.get(scope);
    const lately = speed !== undefined && this.#deps.clock.steady() - speed.since < 2_000;
    return lately ? Math.max(speed.now, speed.before) : 0;
  }

  /** The interval of a scope by the settings, in microseconds; 0 for none. */
  #settingFor(scope: string): number {
    const { limits, routeInterval } = this.#deps;
    return scope.startsWith('*') ? routeInterval(scope) : domainInterval(limits, scope);
  }
}
