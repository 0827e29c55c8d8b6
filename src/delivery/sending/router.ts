import { toDomainGroup } from '../rates/domain-groups.js';
import type { ThrottleState } from '../throttle/throttle-store.js';
import { ALL_ROUTES, type Hold } from './holds.js';
import type { Relay } from './relay.js';
import { findRoutes, type Routing } from './routes.js';

/** The facts that decide over which route a mail goes. */
export interface Routed {
  domain: string;
  /** The route that a repeat has to take, since only its server can recognize the copy. */
  boundTo: string | null;
  /** The route that it tests, if it is a probe. */
  probe: string | null;
  /** Whether it goes even if its domain is held or paused, as notices do. */
  urgent: boolean;
}

/** With several relays, most mails that wait for each connection of one. */
const FULL = 8;

/** Chooses the route of each mail: the first of its domain's routes that is open. */
export class Router {
  readonly relays: readonly Relay[];
  readonly #byName: ReadonlyMap<string, Relay>;
  readonly #routing: Routing;
  /** With several relays: the mails that wait for each, as the queue counted them last. */
  waiting: ReadonlyMap<Relay, number> = new Map();
  /** Pauses by the names of their groups. */
  #pauses: ReadonlyMap<string, Hold> = new Map();
  /** Domains of paused groups for which there was mail. */
  readonly #pausedDomains = new Set<string>();

  constructor(relays: readonly Relay[], routing: Routing) {
    this.relays = relays;
    this.#byName = new Map(relays.map((relay) => [relay.name, relay]));
    this.#routing = routing;
  }

  /** Updates pauses, and the holds of all routes, by what the store knows. */
  refresh(state: ThrottleState): void {
    for (const relay of this.relays) relay.refresh(state);
    const pauses = state.holds.filter(({ route }) => route === ALL_ROUTES);
    this.#pauses = new Map(pauses.map((pause) => [pause.domain, pause]));
    for (const domain of this.#pausedDomains) {
      if (!this.#pauses.has(toDomainGroup(domain))) this.#pausedDomains.delete(domain);
    }
  }

  /** The pause that began first, `null` if there is none. */
  get pause(): Hold | null {
    const [first = null] = this.#pauses.values();
    return first;
  }

  /** Whether digests to the domain wait until what came back of its group has fallen. */
  isPaused(domain: string): boolean {
    if (this.#pauses.size === 0 || !this.#pauses.has(toDomainGroup(domain))) return false;
    this.#pausedDomains.add(domain);
    return true;
  }

  /** The route that a mail goes over now; `null` if none is open for it. */
  chooseRelay({ domain, boundTo, probe, urgent }: Routed): Relay | null {
    if (!urgent && this.isPaused(domain)) return null;
    const relays = this.#relaysFor(domain, boundTo);
    if (probe !== null) return relays.find(({ name }) => name === probe) ?? null;
    return relays.find((relay) => (urgent ? relay.openForNotices : mayTake(relay, domain))) ?? null;
  }

  /** Whether the mail may test a hold of that route. */
  mayProbe(mail: Routed, { name }: Relay): boolean {
    return this.chooseRelay({ ...mail, probe: name }) !== null;
  }

  /** Whether any domain may be blocked. A cheap check, since it runs for each mail. */
  get blocksAny(): boolean {
    if (this.relays.length > 1 || this.#pauses.size > 0) return true;
    return this.relays.some(({ holds }) => holds.any);
  }

  /** Whether a domain gets no mails while others do. Then its mails are set aside. */
  isBlocked(domain: string): boolean {
    if (!this.blocksAny || !this.relays.some(({ open }) => open)) return false;
    return (
      this.isPaused(domain) || !this.#relaysFor(domain).some((relay) => mayTake(relay, domain))
    );
  }

  /** Whether too many mails wait for a domain's relay, so that others would not be claimed. */
  isFull(domain: string): boolean {
    if (this.relays.length === 1) return false;
    const relay = this.#relaysFor(domain).find((one) => mayTake(one, domain));
    return relay !== undefined && (this.waiting.get(relay) ?? 0) >= relay.size * FULL;
  }

  /** Whether notices have used up the daily caps of all routes that a mail may take. */
  isUsedUp({ domain, boundTo }: Routed): boolean {
    return this.#relaysFor(domain, boundTo).every(({ usedUpByNotices }) => usedUpByNotices);
  }

  /**
   * When a blocked domain may get a probe, by the steady clock; `null` if none of its routes is open,
   * or if it is paused, which no probe ends.
   */
  probeAt(domain: string): number | null {
    if (this.isPaused(domain)) return null;
    const held = this.#heldAt(domain);
    return held ? held.holds.probeAt(domain) : null;
  }

  /** Takes the probe of a held domain. @returns its route, `null` if another sender was quicker */
  async takeProbe(domain: string): Promise<string | null> {
    if (this.isPaused(domain)) return null;
    const held = this.#heldAt(domain);
    return held && (await held.holds.takeProbe(domain)) ? held.name : null;
  }

  /** Domains that are held over all their routes, and those of paused groups that have mail. */
  get heldDomains(): string[] {
    const domains = new Set(this.relays.flatMap(({ holds }) => holds.domains));
    const held = [...domains].filter((domain) => this.isBlocked(domain));
    return [...new Set([...held, ...this.#pausedDomains])];
  }

  /** The daily cap of the first route, if those of all routes are used up. */
  get capReached(): { day: string; cap: number } | null {
    const reached = this.relays.map((relay) => relay.capReached);
    return reached.every((cap) => cap !== null) ? (reached[0] ?? null) : null;
  }

  /** Whether any route or domain is held by replies. */
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

  /** The routes of a domain. A repeat has only its own route, if that still exists. */
  #relaysFor(domain: string, boundTo: string | null = null): Relay[] {
    const bound = this.#byName.get(boundTo ?? '');
    if (bound) return [bound];
    return findRoutes(this.#routing, domain).flatMap((name) => this.#byName.get(name) ?? []);
  }
}

function mayTake(relay: Relay, domain: string): boolean {
  return relay.open && !relay.holds.isHeld(domain);
}
