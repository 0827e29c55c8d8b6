import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Random } from '../../base/random.js';
import { readMeaning } from '../../mail/replies/meaning.js';
import { ConnectError, type SmtpServer } from '../../mail/smtp/smtp.js';
import type { SmtpSession } from '../../mail/smtp/smtp-session.js';
import { DailyQuota } from '../throttle/daily-quota.js';
import { LOOKAHEAD } from '../throttle/gcra.js';
import { type RateLimits, routeScope, toInterval } from '../throttle/rate-limits.js';
import type { SlotCache } from '../throttle/slot-cache.js';
import type { ThrottleState, ThrottleStore } from '../throttle/throttle-store.js';
import type { ThrottleTracker } from '../throttle/throttle-tracker.js';
import { backOff, CircuitBreaker, type Trouble } from './circuit-breaker.js';
import { ConnectionLimit } from './connection-limit.js';
import type { HoldCode, Holds } from './holds.js';
import { LoginBudget } from './login-budget.js';
import { RelayHolds } from './relay-holds.js';
import type { Route } from './routes.js';
import type { RelayStatus } from './sender-status.js';
import { SessionLimits } from './session-limits.js';

export interface RelayDeps {
  route: Pick<Route, 'name' | 'connections' | 'mailsPerConnection' | 'rate' | 'dailyCap'>;
  smtp: SmtpServer;
  holds: Holds;
  throttleStore: ThrottleStore;
  limits: Pick<RateLimits, 'timezone'>;
  throttles: ThrottleTracker;
  slots: SlotCache;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/** One of the sender's connections, as the relay sees it. */
export interface PermitHolder {
  readonly connected: boolean;
}

/** A worker's leave to send one mail. */
export interface Permit {
  worker: PermitHolder;
  /** Whether the mail is to find out, for all, whether a hold is over. */
  probe: boolean;
  alone: boolean;
  slot: number | null;
}

/** A route at work: what its server is known to allow, and what keeps mails from it just now. */
export class Relay {
  readonly name: string;
  readonly breaker: CircuitBreaker;
  readonly connections: ConnectionLimit;
  readonly sessions: SessionLimits;
  readonly holds: RelayHolds;
  readonly #deps: RelayDeps;
  readonly #logins: LoginBudget;
  readonly #day: DailyQuota;
  readonly #setting: number;
  #connected = 0;
  /** Workers that may connect, and have not. */
  readonly #connecting = new Set<PermitHolder>();
  /** Whether a login was accepted since one last failed: until then there is one at a time. */
  #proven = false;
  /** Workers that wait until it is known how the first login ends. */
  #waiters: (() => void)[] = [];
  /** Whether one mail finds out for all whether the server works. */
  #probing = false;
  #capped = false;
  /** Who takes a mail of the day takes it alone: the last one is nobody else's. */
  #takingOfDay: Promise<unknown> = Promise.resolve();
  #cut = false;
  /** Workers that could not connect while others were connected: how often, and until when they rest. */
  readonly #resting = new WeakMap<PermitHolder, { failures: number; until: number }>();

  constructor(deps: RelayDeps) {
    const { route, clock, random, holds, logger } = deps;
    this.#deps = deps;
    this.name = route.name;
    this.breaker = new CircuitBreaker(clock, random);
    this.connections = new ConnectionLimit(route.connections, clock);
    this.sessions = new SessionLimits(route.mailsPerConnection);
    this.holds = new RelayHolds({ route: route.name, holds, clock, logger });
    this.#logins = new LoginBudget(holds, route.name);
    this.#setting = toInterval(route.rate);
    this.#day = new DailyQuota({
      throttleStore: deps.throttleStore,
      route: route.name,
      limits: { dailyCap: route.dailyCap, warmup: null, timezone: deps.limits.timezone },
    });
  }

  /** Connections by the settings. */
  get size(): number {
    return this.#deps.route.connections;
  }

  /** Whether mails may go over it now, as far as is known. */
  get open(): boolean {
    return this.holds.ofRoute === null && !this.breaker.open && !this.#capped;
  }

  /** Whether it takes nothing for longer than a server is away. */
  get held(): boolean {
    return this.holds.ofRoute !== null || this.#capped;
  }

  /** The route's daily cap, where it is used up. */
  get capReached(): { day: string; cap: number } | null {
    return this.#day.reached;
  }

  /** Whether a probe is under way, or is to be sent now. */
  get probing(): boolean {
    return this.#probing || this.holds.probePending;
  }

  /** Why nothing goes over it, `null` while something does. */
  get trouble(): Trouble | null {
    return this.breaker.trouble;
  }

  get status(): RelayStatus {
    return {
      name: this.name,
      connections: this.#connected,
      allowed: this.connections.allowed,
      mailsPerConnection: this.sessions.limit,
      trouble: this.trouble,
      held: this.holds.status,
      capped: this.#capped,
    };
  }

  /** Takes over what the store knows. */
  refresh(seen: ThrottleState): void {
    this.holds.refresh(seen);
    this.#day.startDay(seen.now);
    if (this.#day.reached === null) this.#capped = false;
  }

  /**
   * Leave for one mail, `null` where there is none now. It has to be given back by `done`.
   */
  async acquire(worker: PermitHolder): Promise<Permit | null> {
    const { clock } = this.#deps;
    const connect = !worker.connected;
    while (connect && this.#isProving && !this.#cut) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    if (this.breaker.open || (this.#resting.get(worker)?.until ?? 0) > clock.steady()) return null;
    if (connect && !this.#mayConnect()) return null;
    const held = this.holds.ofRoute !== null;
    const alone = held || this.breaker.halfOpen;
    if (alone && this.#probing) return null;
    if (alone) this.#probing = true;
    if (connect) this.#connecting.add(worker);
    const pass: Permit = { worker, probe: held, alone, slot: null };
    try {
      const leave = held ? this.holds.probeDue : await this.#takeSlot(pass);
      if (leave) return pass;
    } catch (error) {
      this.release(pass);
      throw error;
    }
    this.release(pass);
    return null;
  }

  /** Takes a leave back, with the mail that was tried, if any. */
  release(pass: Permit, work?: { taken: boolean }): void {
    this.#connecting.delete(pass.worker);
    this.#wake();
    if (pass.alone) this.#probing = false;
    if (!work?.taken) this.#day.refund(pass);
    if (pass.slot !== null && !work) {
      this.#deps.slots.putBack(routeScope(this.name), [pass.slot]);
    }
  }

  /** Lets nobody wait any more. */
  cutOff(): void {
    this.#cut = true;
    this.#wake();
  }

  /** When there may be leave again, by the steady clock. */
  get nextPermitAt(): number {
    return this.#interval() === 0 ? 0 : this.#deps.slots.nextSlotAt(routeScope(this.name));
  }

  /**
   * Connects, and notes what comes of it.
   * @returns `null` when that failed
   */
  async connect(worker: PermitHolder, signal: AbortSignal): Promise<SmtpSession | null> {
    try {
      return await this.#connect(worker, signal);
    } finally {
      this.#connecting.delete(worker);
      this.#wake();
    }
  }

  async #connect(worker: PermitHolder, signal: AbortSignal): Promise<SmtpSession | null> {
    const { smtp } = this.#deps;
    const reserves = smtp.login && !this.#proven;
    const reserved = reserves ? await this.#logins.reserve() : null;
    if (reserves && reserved === null) {
      // Some of them may just be under way elsewhere: nobody has refused one here.
      const reason = 'There were five logins within ten minutes that were refused or did not end.';
      this.pause({ code: 'smtp_login', reason });
      return null;
    }
    try {
      const session = await smtp.open(signal);
      this.#proven = true;
      this.#connected++;
      this.#resting.delete(worker);
      if (reserved !== null) await this.#logins.release(reserved);
      return session;
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      if (!signal.aborted) await this.#failed(worker, error, reserved);
      return null;
    }
  }

  /** A connection that was made is over. */
  closed(): void {
    this.#connected--;
  }

  /** Whether more connections are open than the server allows. */
  get overfull(): boolean {
    return this.#connected > this.#allowed;
  }

  /** The server said, after DATA or before, that there are too many connections. */
  tooManyConnections(): void {
    const before = this.connections.allowed;
    this.connections.refused(this.#connected - 1);
    this.#tellAllowed(before);
  }

  /** Everything waits a little: the server takes no mail from anybody just now. */
  pause(trouble: Trouble): void {
    this.#tellPause(trouble, this.breaker.trip(trouble));
  }

  /** A connection was lost, or a server too busy, over the mail of that key. */
  recordLoss(trouble: Trouble, key: string): void {
    this.#tellPause(trouble, this.breaker.recordLoss(trouble, key));
  }

  /** The server has answered something about a mail: it works. */
  markWorking(): void {
    this.breaker.reset();
  }

  /** Keeps mails from it, as the whole or at one domain, until a probe is accepted. */
  async hold(domain: string, code: HoldCode, reply: string): Promise<void> {
    await this.holds.hold(domain, code, reply);
  }

  async close(): Promise<void> {
    await this.#day.release();
  }

  #mayConnect(): boolean {
    return !this.#isProving && this.#connected + this.#connecting.size < this.#allowed;
  }

  get #allowed(): number {
    const throttled = this.#deps.throttles.connectionsFor(routeScope(this.name));
    return Math.min(this.connections.allowed, throttled ?? Number.POSITIVE_INFINITY);
  }

  #wake(): void {
    for (const go of this.#waiters.splice(0)) go();
  }

  get #isProving(): boolean {
    return this.#deps.smtp.login && !this.#proven && this.#connecting.size > 0;
  }

  #interval(): number {
    return Math.max(this.#setting, this.#deps.throttles.intervalFor(routeScope(this.name)));
  }

  async #takeSlot(pass: Permit): Promise<boolean> {
    if (this.#day.limited && !(await this.#takeOfDay(pass))) return false;
    const interval = this.#interval();
    if (interval === 0) return true;
    const { slots, clock } = this.#deps;
    const name = routeScope(this.name);
    const wanted = Math.floor(LOOKAHEAD / interval) + 1;
    const taken = await slots.take([{ name, wanted, interval: this.#setting }]);
    const all = taken.get(name) ?? [];
    const [first, ...rest] = all;
    if (first === undefined || first > clock.steady()) {
      slots.putBack(name, all);
      return false;
    }
    slots.putBack(name, rest);
    pass.slot = first;
    return true;
  }

  async #takeOfDay(pass: Permit): Promise<boolean> {
    const taking = this.#takingOfDay.then(async () => {
      const room = (await this.#day.reserve(1)) > 0;
      if (room) await this.#day.charge([pass]);
      else this.#capped = true;
      return room;
    });
    this.#takingOfDay = taking.catch(() => undefined);
    return taking;
  }

  async #failed(worker: PermitHolder, error: ConnectError, login: number | null): Promise<void> {
    const { clock, random } = this.#deps;
    const meaning = error.reply === null ? null : readMeaning(error.reply);
    const refusedLogin = meaning?.of === 'us' && meaning.kind === 'login';
    if (login !== null && !refusedLogin) await this.#logins.release(login);
    if (login === null && refusedLogin) await this.#logins.record();
    const words = error.reply?.text ?? error.message;
    // Those that are connecting at this moment may yet be taken.
    const beside = this.#connected + this.#connecting.size - 1;
    // What is wrong with TLS is told with its remedy, as of any server that can't be used.
    const ofUs = meaning?.of === 'us' && meaning.kind !== 'tls' && beside === 0;
    if (refusedLogin || ofUs) {
      this.#proven = false;
      await this.hold('', meaning.of === 'us' ? meaning.kind : 'login', words);
      return;
    }
    if (beside > 0) {
      const before = this.connections.allowed;
      if (error.reply?.code === 421 || meaning?.of === 'server') {
        this.connections.refused(beside);
      }
      const failures = this.#resting.get(worker)?.failures ?? 0;
      const until = clock.steady() + backOff(failures, random);
      this.#resting.set(worker, { failures: failures + 1, until });
      this.#tellAllowed(before);
      return;
    }
    this.#proven = false;
    const code = error.code === 'smtp_login' ? 'smtp_login' : 'smtp_unreachable';
    this.pause({ code, reason: error.message });
  }

  #tellPause(trouble: Trouble, wait: number | null): void {
    if (wait === null) return;
    this.#deps.logger.warn(
      { event: 'sending_paused', route: this.name, ...trouble, wait },
      'sending paused',
    );
  }

  #tellAllowed(before: number): void {
    const allowed = this.connections.allowed;
    if (allowed < before) {
      this.#deps.logger.info(
        { event: 'connections_limited', route: this.name, allowed },
        'the server takes fewer connections',
      );
    }
  }
}
