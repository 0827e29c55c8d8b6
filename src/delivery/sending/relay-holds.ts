import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import type { ThrottleState } from '../throttle/throttle-store.js';
import { type Hold, type HoldCode, type Holds, LONGEST_PROBE_WAIT, toProbeWait } from './holds.js';
import { formatHold, type HeldStatus, toHeldStatus } from './sender-status.js';

export interface RelayHoldsDeps {
  route: string;
  holds: Holds;
  clock: Clock;
  logger: Logger;
}

/** Milliseconds until a probe is looked for again after there was no mail for one. */
const LOOK_AGAIN = 5_000;
/** Milliseconds after which a domain that refuses everybody is taken to be closed. */
const CLOSED_AFTER = 48 * 3_600_000;

/** What this sender knows of the holds of one route, as a whole and of single domains. */
export class RelayHolds {
  readonly #deps: RelayHoldsDeps;
  /** Holds by domain, '' for the whole route. */
  #known = new Map<string, Hold>();
  /** Keys and domains of the mails whose refusals caused a hold. */
  readonly blamed = new Set<string>();
  /** Domains that were held when this sender began. Their first probe is sent at once. */
  #atOnce: Set<string> | undefined;
  /** When each hold was begun or first seen here, by the steady clock. */
  readonly #begun = new Map<string, number>();
  /** When a mail for a probe is looked for again, by the steady clock. */
  #lookAgainAt = 0;
  /** Writes under way. A refresh that was read before them is ignored. */
  #writing = 0;
  /** The steady clock minus the store's clock. */
  #offset: number;

  constructor(deps: RelayHoldsDeps) {
    this.#deps = deps;
    this.#offset = deps.clock.steady() - deps.clock.now();
  }

  /** The hold of the whole route. */
  get ofRoute(): Hold | null {
    return this.#known.get('') ?? null;
  }

  /** Domains that are held. */
  get domains(): string[] {
    return [...this.#known.keys()].filter((domain) => domain !== '' && this.isHeld(domain));
  }

  get any(): boolean {
    return this.#known.size > 0;
  }

  /** Whether mails to the domain wait for a probe. */
  isHeld(domain: string): boolean {
    return this.#known.has(domain) && !this.isClosed(domain);
  }

  /**
   * Whether a domain has refused everybody for two days. Then it is taken to be closed: its refusals
   * are about its readers, and they are suppressed like any others.
   */
  isClosed(domain: string): boolean {
    const hold = this.#known.get(domain);
    if (domain === '' || !hold) return false;
    return this.#deps.clock.steady() - this.#offset - hold.since > CLOSED_AFTER;
  }

  /** Whether the first probe after the start is still to be sent. */
  get probePending(): boolean {
    return this.ofRoute !== null && this.#atOnce?.has('') === true;
  }

  get status(): HeldStatus | null {
    const hold = this.ofRoute ?? [...this.#known.values()].find((one) => this.isHeld(one.domain));
    return hold === undefined ? null : toHeldStatus(hold);
  }

  /** Replaces the known holds by those of the store. */
  refresh({ now, holds }: ThrottleState): void {
    if (this.#writing > 0) return;
    const { clock, route, logger } = this.#deps;
    this.#offset = clock.steady() - now;
    const before = this.#known;
    this.#known = new Map();
    for (const hold of holds) if (hold.route === route) this.#known.set(hold.domain, hold);
    this.#atOnce ??= new Set(this.#known.keys());
    for (const domain of before.keys()) if (!this.#known.has(domain)) this.#begun.delete(domain);
    for (const [domain, hold] of this.#known) {
      if (before.has(domain)) continue;
      this.#begun.set(domain, clock.steady());
      logger.warn({ event: 'sending_held', ...facts(hold) }, formatHold(hold));
    }
  }

  /** Begins a hold, or updates its reply. */
  async hold(domain: string, code: HoldCode, reply: string): Promise<void> {
    const { route, holds, clock, logger } = this.#deps;
    const known = this.#known.get(domain);
    const now = clock.steady() - this.#offset;
    const hold = known
      ? { ...known, code, reply }
      : { route, domain, code, reply, since: now, nextAt: now + toProbeWait(0), probes: 0 };
    this.#known.set(domain, hold);
    if (!known) {
      this.#begun.set(domain, clock.steady());
      logger.warn({ event: 'sending_held', ...facts(hold) }, formatHold(hold));
    }
    await this.#write(() => holds.hold(hold, toProbeWait(0)));
  }

  /** When the next probe may be sent, by the steady clock; 0 if nothing is held. */
  probeAt(domain = ''): number {
    const hold = this.#known.get(domain);
    if (!hold || this.#atOnce?.has(domain)) return 0;
    const at = hold.nextAt + this.#offset;
    // A later time is possible only if the store's clock was set back.
    return at > this.#deps.clock.steady() + LONGEST_PROBE_WAIT ? 0 : at;
  }

  /** Whether a probe of the whole route is due. */
  get probeDue(): boolean {
    const now = this.#deps.clock.steady();
    return this.#lookAgainAt <= now && this.probeAt() <= now;
  }

  /** There was no mail for a probe. One is looked for again in a while. */
  foundNoProbe(): void {
    this.#atOnce?.delete('');
    this.#lookAgainAt = this.#deps.clock.steady() + LOOK_AGAIN;
  }

  /** Takes the probe. @returns whether it was due and no other sender was quicker */
  async takeProbe(domain = ''): Promise<boolean> {
    const { holds, clock } = this.#deps;
    const hold = this.#known.get(domain);
    if (!hold || this.probeAt(domain) > clock.steady()) return false;
    this.#atOnce?.delete(domain);
    const wait = toProbeWait(hold.probes + 1);
    const nextAt = clock.steady() - this.#offset + wait;
    this.#known.set(domain, { ...hold, probes: hold.probes + 1, nextAt });
    return this.#write(() => holds.takeProbe(hold, wait));
  }

  /**
   * A mail to the domain was accepted that was begun at that moment, by the steady clock. It lifts the
   * holds that are older than that.
   */
  async noteAccepted(domain: string, begunAt: number): Promise<void> {
    for (const held of [domain, '']) {
      const hold = this.#known.get(held);
      if (!hold || (this.#begun.get(held) ?? Number.NEGATIVE_INFINITY) > begunAt) continue;
      await this.lift(held);
      this.#deps.logger.info({ event: 'sending_resumed', ...facts(hold) }, 'sending goes on');
    }
  }

  /** Ends a hold. */
  async lift(domain: string): Promise<void> {
    const { holds, route } = this.#deps;
    this.#known.delete(domain);
    this.#begun.delete(domain);
    if (domain === '') this.blamed.clear();
    await this.#write(() => holds.lift(route, domain));
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    this.#writing++;
    try {
      return await work();
    } finally {
      this.#writing--;
    }
  }
}

/** The facts of a hold for logs. */
function facts({ route, domain, code, reply }: Hold) {
  return { route, ...(domain !== '' && { domain }), code, reply: hideAddresses(reply) };
}
