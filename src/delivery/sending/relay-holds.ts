import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { ThrottleState } from '../throttle/throttle-store.js';
import { type Hold, type HoldCode, type Holds, LONGEST_PROBE_WAIT, toProbeWait } from './holds.js';
import { formatHold, type HeldStatus } from './sender-status.js';

export interface RelayHoldsDeps {
  route: string;
  holds: Holds;
  clock: Clock;
  logger: Logger;
}

/** How long nobody looks for a mail to ask with after there was none. */
const LOOK_AGAIN = 5_000;
/** A domain that gives everybody the same refusal for so long has no fault that gets mended. */
const BELIEVED_AFTER = 48 * 3_600_000;

/** What this sender knows of the holds of one route: of all mails, and of single domains. */
export class RelayHolds {
  readonly #deps: RelayHoldsDeps;
  /** By domain, '' for all. */
  #known = new Map<string, Hold>();
  /** Mails whose refusals brought a hold about, by their keys, and their domains. */
  readonly blamed = new Set<string>();
  /** Domains whose hold was found when this sender began: it is asked at once whether it is over. */
  #atOnce: Set<string> | undefined;
  /** When holds were begun here, or first seen, by the steady clock. */
  readonly #begun = new Map<string, number>();
  /** When a mail is looked for again that could be a probe, by the steady clock. */
  #lookAgainAt = 0;
  /** What is being written, and what a look that began before must not turn back. */
  #writing = 0;
  /** What is to be added to the store's clock to have the steady one. */
  #offset: number;

  constructor(deps: RelayHoldsDeps) {
    this.#deps = deps;
    this.#offset = deps.clock.steady() - deps.clock.now();
  }

  /** The hold of all mails over the route. */
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

  isHeld(domain: string): boolean {
    return this.#known.has(domain) && !this.isClosed(domain);
  }

  /**
   * Whether a domain has refused everybody for so long that it means them: it is closed, and its
   * readers are to be refused and suppressed like any others.
   */
  isClosed(domain: string): boolean {
    const hold = this.#known.get(domain);
    if (domain === '' || !hold) return false;
    return this.#deps.clock.steady() - this.#offset - hold.since > BELIEVED_AFTER;
  }

  /** Whether a probe is still to be sent that nobody has to wait for. */
  get probePending(): boolean {
    return this.ofRoute !== null && this.#atOnce?.has('') === true;
  }

  get status(): HeldStatus | null {
    const hold = this.ofRoute ?? [...this.#known.values()].find((one) => this.isHeld(one.domain));
    if (hold === undefined) return null;
    const { route, domain, reply, since, nextAt } = hold;
    return { reason: formatHold(hold), route, domain, reply, since, next: nextAt };
  }

  /** Takes over what the store knows. */
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

  /** When the next probe may be sent, by the steady clock; 0 where nothing is held. */
  probeAt(domain = ''): number {
    const hold = this.#known.get(domain);
    if (!hold || this.#atOnce?.has(domain)) return 0;
    const at = hold.nextAt + this.#offset;
    // It can't be so late, unless the store's clock was set back meanwhile.
    return at > this.#deps.clock.steady() + LONGEST_PROBE_WAIT ? 0 : at;
  }

  /** Whether it is time for a probe of the whole route. */
  get probeDue(): boolean {
    const now = this.#deps.clock.steady();
    return this.#lookAgainAt <= now && this.probeAt() <= now;
  }

  /** There was no mail to ask with: it is looked for again in a while. */
  foundNoProbe(): void {
    this.#atOnce?.delete('');
    this.#lookAgainAt = this.#deps.clock.steady() + LOOK_AGAIN;
  }

  /** Takes the probe, if it is time and nobody else was quicker. */
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
   * A mail was accepted that was begun at that moment, by the steady clock: what held it is over.
   * One that was under way before the hold says nothing.
   */
  async noteAccepted(domain: string, begunAt: number): Promise<void> {
    for (const held of [domain, '']) {
      const hold = this.#known.get(held);
      if (!hold || (this.#begun.get(held) ?? Number.NEGATIVE_INFINITY) > begunAt) continue;
      await this.lift(held);
      this.#deps.logger.info({ event: 'sending_resumed', ...facts(hold) }, 'sending goes on');
    }
  }

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

function facts({ route, domain, code, reply }: Hold) {
  return { route, ...(domain !== '' && { domain }), code, reply };
}
