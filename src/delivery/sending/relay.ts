import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Random } from '../../base/random.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import type { SmtpServer } from '../../mail/smtp/smtp.js';
import type { SmtpSession } from '../../mail/smtp/smtp-session.js';
import { LOOKAHEAD } from '../throttle/gcra.js';
import { type RateLimits, routeScope, toInterval } from '../throttle/rate-limits.js';
import type { SlotCache } from '../throttle/slot-cache.js';
import type { ThrottleState, ThrottleStore } from '../throttle/throttle-store.js';
import type { ThrottleTracker } from '../throttle/throttle-tracker.js';
import { CircuitBreaker, type Trouble } from './circuit-breaker.js';
import type { HoldCode, Holds } from './holds.js';
import { LoginBudget } from './login-budget.js';
import { type ConnectionOwner, RelayConnections } from './relay-connections.js';
import { RelayHolds } from './relay-holds.js';
import { RouteQuota, type RouteShare } from './route-quota.js';
import type { Route } from './routes.js';
import type { RelayStatus } from './sender-status.js';
import { SessionLimits } from './session-limits.js';

export interface RelayDeps {
  route: Pick<Route, 'name' | 'connections' | 'mailsPerConnection' | 'rate' | 'dailyCap'>;
  smtp: SmtpServer;
  holds: Holds;
  throttleStore: ThrottleStore;
  limits: Pick<RateLimits, 'timezone' | 'noticesShare'>;
  throttles: ThrottleTracker;
  slots: SlotCache;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/** A worker's permit to send one mail. */
export interface Permit {
  worker: ConnectionOwner;
  /** Whether the mail tests, for all, whether a hold of the route is over. */
  probe: boolean;
  /** Whether no other mail may go over the route meanwhile. */
  alone: boolean;
  slot: number | null;
  /** What the route's daily cap lets it send. */
  takes: RouteShare;
}

/** A route in use: what its server is known to allow, and why it takes no mails now. */
export class Relay {
  readonly name: string;
  readonly breaker: CircuitBreaker;
  readonly sessions: SessionLimits;
  readonly holds: RelayHolds;
  readonly #deps: RelayDeps;
  readonly #connections: RelayConnections;
  readonly #quota: RouteQuota;
  /** The emission interval by the settings. */
  readonly #setting: number;
  /** Whether a mail that goes alone is under way. */
  #isAlone = false;

  constructor(deps: RelayDeps) {
    const { route, smtp, clock, random, holds, logger, throttles } = deps;
    this.#deps = deps;
    this.name = route.name;
    this.breaker = new CircuitBreaker(clock, random);
    this.sessions = new SessionLimits(route.mailsPerConnection);
    this.holds = new RelayHolds({ route: route.name, holds, clock, logger });
    this.#connections = new RelayConnections({
      ...{ route, smtp, clock, random, logger, holds: this.holds },
      logins: new LoginBudget(holds, route.name),
      throttledLimit: () => throttles.connectionsFor(routeScope(route.name)),
      pause: (trouble) => this.pause(trouble),
    });
    this.#setting = toInterval(route.rate);
    this.#quota = new RouteQuota(deps, route, deps.limits);
  }

  /** Connections by the settings. */
  get size(): number {
    return this.#deps.route.connections;
  }

  /** Whether mails may go over it now, as far as is known. */
  get open(): boolean {
    return this.#works && this.#quota.open;
  }

  /** Whether notices may go over it now: a part of its daily cap is theirs. */
  get openForNotices(): boolean {
    return this.#works && this.#quota.openForNotices;
  }

  /** Whether notices have used up their part of its daily cap. */
  get usedUpByNotices(): boolean {
    return !this.#quota.openForNotices;
  }

  /** Whether nothing but notices may go over it now. */
  get isForNotices(): boolean {
    return this.openForNotices && !this.open;
  }

  get #works(): boolean {
    return this.holds.ofRoute === null && !this.breaker.open;
  }

  /** Whether it takes no mails for longer than an outage of its server. */
  get held(): boolean {
    return this.holds.ofRoute !== null || !this.#quota.open;
  }

  /** The route's daily cap, if it is used up. */
  get capReached(): { day: string; cap: number } | null {
    return this.#quota.reached;
  }

  /** Whether a probe is under way, or is to be sent now. */
  get probing(): boolean {
    return this.#isAlone || this.holds.probePending;
  }

  /** Why nothing goes over it, `null` while something does. */
  get trouble(): Trouble | null {
    return this.breaker.trouble;
  }

  get status(): RelayStatus {
    return {
      name: this.name,
      connections: this.#connections.open,
      allowed: this.#connections.allowed,
      mailsPerConnection: this.sessions.limit,
      trouble: this.trouble,
      held: this.holds.status,
      capped: !this.#quota.open,
    };
  }

  /** Updates holds and the daily quota by what the store knows. */
  refresh(state: ThrottleState): void {
    this.holds.refresh(state);
    this.#quota.startDay(state.now);
  }

  /**
   * Takes a permit for one mail. It has to be given back by `release`.
   * @param hasNotice whether a notice waits for it
   * @returns `null` if there is none now
   */
  async acquire(worker: ConnectionOwner, hasNotice: boolean): Promise<Permit | null> {
    const connections = this.#connections;
    const connect = !worker.connected;
    while (connect && connections.isProving) await connections.nextAttempt();
    if (this.breaker.open || connections.isBackingOff(worker)) return null;
    if (connect && !connections.mayOpen) return null;
    const held = this.holds.ofRoute !== null;
    const alone = held || this.breaker.halfOpen;
    if (alone && this.#isAlone) return null;
    if (alone) this.#isAlone = true;
    if (connect) connections.reserve(worker);
    const permit: Permit = { worker, probe: held, alone, slot: null, takes: 'all' };
    try {
      const isFree = held ? this.holds.probeDue : await this.#takeSlot(permit, hasNotice);
      if (isFree) return permit;
    } catch (error) {
      this.release(permit);
      throw error;
    }
    this.release(permit);
    return null;
  }

  /** Takes a permit back, with the mail that was handed out for it, if any. */
  release(permit: Permit, work?: { taken: boolean; urgent: boolean }): void {
    this.#connections.unreserve(permit.worker);
    if (permit.alone) this.#isAlone = false;
    this.#quota.settle(permit, work);
    if (permit.slot !== null && !work) {
      this.#deps.slots.putBack(routeScope(this.name), [permit.slot]);
    }
  }

  /** Lets no worker wait any longer. */
  cutOff(): void {
    this.#connections.cutOff();
  }

  /** When there may be a permit again, by the steady clock. */
  get nextPermitAt(): number {
    return this.#interval() === 0 ? 0 : this.#deps.slots.nextSlotAt(routeScope(this.name));
  }

  /** Opens a connection for a worker with a permit. @returns `null` if that failed */
  connect(worker: ConnectionOwner, signal: AbortSignal): Promise<SmtpSession | null> {
    return this.#connections.connect(worker, signal);
  }

  /** A connection was closed. */
  closed(): void {
    this.#connections.closed();
  }

  /** Whether more connections are open than the server allows. */
  get overfull(): boolean {
    return this.#connections.hasTooMany;
  }

  /** The server said that there are too many connections. */
  tooManyConnections(): void {
    this.#connections.noteTooMany();
  }

  /** Pauses all sending over it for a while: the server takes no mail from anybody now. */
  pause(trouble: Trouble): void {
    this.#logPause(trouble, this.breaker.trip(trouble));
  }

  /** A connection was lost over the mail of that key, or the server was too busy for it. */
  recordLoss(trouble: Trouble, key: string): void {
    this.#logPause(trouble, this.breaker.recordLoss(trouble, key));
  }

  /** The server has replied about a mail, so it works. */
  markWorking(): void {
    this.breaker.reset();
  }

  /** Holds the whole route with '', or one domain of it, until a probe is accepted. */
  async hold(domain: string, code: HoldCode, reply: string): Promise<void> {
    await this.holds.hold(domain, code, reply);
  }

  async close(): Promise<void> {
    await this.#quota.release();
  }

  /** The emission interval now, in microseconds; 0 for none. */
  #interval(): number {
    return Math.max(this.#setting, this.#deps.throttles.intervalFor(routeScope(this.name)));
  }

  async #takeSlot(permit: Permit, hasNotice: boolean): Promise<boolean> {
    if (!(await this.#quota.take(permit, hasNotice))) return false;
    const interval = this.#interval();
    if (interval === 0) return true;
    const { slots, clock } = this.#deps;
    const name = routeScope(this.name);
    const wanted = Math.floor(LOOKAHEAD / interval) + 1;
    const taken = await slots.take([{ name, wanted, interval: this.#setting }]);
    const all = taken.get(name) ?? [];
    const [first, ...others] = all;
    if (first === undefined || first > clock.steady()) {
      slots.putBack(name, all);
      return false;
    }
    slots.putBack(name, others);
    permit.slot = first;
    return true;
  }

  #logPause(trouble: Trouble, wait: number | null): void {
    if (wait === null) return;
    // Servers say whose mail they were too busy for.
    const reason = hideAddresses(trouble.reason);
    this.#deps.logger.warn(
      { event: 'sending_paused', route: this.name, ...trouble, reason, wait },
      'sending paused',
    );
  }
}
