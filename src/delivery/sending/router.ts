import type { Relay } from './relay.js';
import { findRoutes, type Routing } from './routes.js';

/** What decides over which route a mail goes. */
export interface Routed {
  domain: string;
  /** The route that a repeat has to take: only its server can fold the copy. */
  boundTo: string | null;
  /** The route of a probe. */
  probe: string | null;
  /** Whether it goes though its domain is held: somebody has asked for it. */
  urgent: boolean;
}

/** Mails that may wait for each connection of one relay of several. */
const FULL = 8;

/** Finds the way for each mail: the first of its domain's routes that is open. */
export class Router {
  readonly relays: readonly Relay[];
  readonly #byName: ReadonlyMap<string, Relay>;
  readonly #routing: Routing;
  /** Mails that wait for each of several relays, as the queue counted them last. */
  waiting: ReadonlyMap<Relay, number> = new Map();

  constructor(relays: readonly Relay[], routing: Routing) {
    this.relays = relays;
    this.#byName = new Map(relays.map((relay) => [relay.name, relay]));
    this.#routing = routing;
  }

  /** `null` when there is no way just now. */
  chooseRelay({ domain, boundTo, probe, urgent }: Routed): Relay | null {
    const relays = this.#relaysFor(domain, boundTo);
    if (probe !== null) return relays.find(({ name }) => name === probe) ?? null;
    return relays.find((relay) => relay.open && (urgent || mayTake(relay, domain))) ?? null;
  }

  /** Whether any domain may be blocked: the usual case, which is asked for each mail, costs nothing. */
  get blocksAny(): boolean {
    return this.relays.length > 1 || this.relays.some(({ holds }) => holds.any);
  }

  /** Whether a domain gets nothing though others do: then its mails have to make room. */
  isBlocked(domain: string): boolean {
    if (!this.blocksAny || !this.relays.some(({ open }) => open)) return false;
    return !this.#relaysFor(domain).some((relay) => mayTake(relay, domain));
  }

  /** Whether so many wait for a domain's relay that others would find no place in the queue. */
  isFull(domain: string): boolean {
    if (this.relays.length === 1) return false;
    const relay = this.#relaysFor(domain).find((one) => mayTake(one, domain));
    return relay !== undefined && (this.waiting.get(relay) ?? 0) >= relay.size * FULL;
  }

  /** When a blocked domain may get a probe, by the steady clock; `null`: it waits for a route. */
  probeAt(domain: string): number | null {
    const held = this.#heldAt(domain);
    return held ? held.holds.probeAt(domain) : null;
  }

  /** Takes the probe of a held domain. @returns its route, or `null` when another was quicker */
  async takeProbe(domain: string): Promise<string | null> {
    const held = this.#heldAt(domain);
    return held && (await held.holds.takeProbe(domain)) ? held.name : null;
  }

  /** Domains that get nothing since they are held over all their routes. */
  get heldDomains(): string[] {
    const domains = new Set(this.relays.flatMap(({ holds }) => holds.domains));
    return [...domains].filter((domain) => this.isBlocked(domain));
  }

  /** The cap of the first route, where those of all are used up. */
  get capReached(): { day: string; cap: number } | null {
    const reached = this.relays.map((relay) => relay.capReached);
    return reached.every((cap) => cap !== null) ? (reached[0] ?? null) : null;
  }

  /** Whether any route or domain is held. */
  get holdsAny(): boolean {
    return this.relays.some(({ holds }) => holds.any);
  }

  /** Whether anything can go over any route. */
  get open(): boolean {
    return this.relays.some(({ open }) => open);
  }

  /** Whether all routes are held. */
  get held(): boolean {
    return this.relays.every(({ holds }) => holds.ofRoute !== null);
  }

  /** The first of its open routes that holds a domain. */
  #heldAt(domain: string): Relay | undefined {
    return this.#relaysFor(domain).find((relay) => relay.open && relay.holds.isHeld(domain));
  }

  /** A repeat has its route alone, as long as there is one of that name. */
  #relaysFor(domain: string, boundTo: string | null = null): Relay[] {
    const bound = this.#byName.get(boundTo ?? '');
    if (bound) return [bound];
    return findRoutes(this.#routing, domain).flatMap((name) => this.#byName.get(name) ?? []);
  }
}

function mayTake(relay: Relay, domain: string): boolean {
  return relay.open && !relay.holds.isHeld(domain);
}
