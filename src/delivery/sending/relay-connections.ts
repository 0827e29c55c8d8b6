import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Random } from '../../base/random.js';
import { readMeaning } from '../../mail/replies/meaning.js';
import { ConnectError, type SmtpServer } from '../../mail/smtp/smtp.js';
import type { SmtpSession } from '../../mail/smtp/smtp-session.js';
import { backOff, type Trouble } from './circuit-breaker.js';
import { ConnectionLimit } from './connection-limit.js';
import type { LoginBudget } from './login-budget.js';
import type { RelayHolds } from './relay-holds.js';

/** An SMTP worker as its relay sees it: it has one connection, or none. */
export interface ConnectionOwner {
  readonly connected: boolean;
}

export interface RelayConnectionsDeps {
  route: { name: string; connections: number };
  smtp: SmtpServer;
  logins: LoginBudget;
  holds: RelayHolds;
  /** Most connections while the route is throttled; `null` for any number. */
  throttledLimit(): number | null;
  /** Pauses the relay, since its server takes no mail from anybody now. */
  pause(trouble: Trouble): void;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/**
 * The connections to one relay: how many there are and may be, and who may open one. The first login
 * is tried alone, so that a wrong password is not sent over all connections at once.
 */
export class RelayConnections {
  readonly #deps: RelayConnectionsDeps;
  readonly #limit: ConnectionLimit;
  #open = 0;
  /** Workers that have a permit to connect and are not connected yet. */
  readonly #connecting = new Set<ConnectionOwner>();
  /** Whether a login was accepted since one last failed. Until then there is one at a time. */
  #proven = false;
  /** Wakes workers that wait for the end of the first login. */
  #waiters: (() => void)[] = [];
  #isCutOff = false;
  /** Workers that failed to connect while others were connected, and when they may try again. */
  readonly #backoffs = new WeakMap<ConnectionOwner, { failures: number; until: number }>();

  constructor(deps: RelayConnectionsDeps) {
    this.#deps = deps;
    this.#limit = new ConnectionLimit(deps.route.connections, deps.clock);
  }

  /** Open connections. */
  get open(): number {
    return this.#open;
  }

  /** Connections that the server allows, as far as is known. */
  get allowed(): number {
    return this.#limit.allowed;
  }

  /** Whether more connections are open than the server allows. */
  get hasTooMany(): boolean {
    return this.#open > this.#most;
  }

  /** Whether another worker tries the first login, so that others should wait for its end. */
  get isProving(): boolean {
    return this.#isProving && !this.#isCutOff;
  }

  /** Resolves at the end of the next attempt to connect. */
  nextAttempt(): Promise<void> {
    return new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Whether the worker failed to connect just before and must wait. */
  isBackingOff(worker: ConnectionOwner): boolean {
    return (this.#backoffs.get(worker)?.until ?? 0) > this.#deps.clock.steady();
  }

  /** Whether another connection may be opened now. */
  get mayOpen(): boolean {
    return !this.#isProving && this.#open + this.#connecting.size < this.#most;
  }

  /** Counts the worker's connection before it is opened. */
  reserve(worker: ConnectionOwner): void {
    this.#connecting.add(worker);
  }

  /** Ends a reservation, and wakes the workers that wait. */
  unreserve(worker: ConnectionOwner): void {
    this.#connecting.delete(worker);
    this.#wake();
  }

  /** Lets no worker wait any longer. */
  cutOff(): void {
    this.#isCutOff = true;
    this.#wake();
  }

  /**
   * Opens a connection. A failure pauses or holds the relay, or makes the worker back off.
   * @returns `null` if that failed
   */
  async connect(worker: ConnectionOwner, signal: AbortSignal): Promise<SmtpSession | null> {
    try {
      return await this.#connect(worker, signal);
    } finally {
      this.unreserve(worker);
    }
  }

  async #connect(worker: ConnectionOwner, signal: AbortSignal): Promise<SmtpSession | null> {
    const { smtp, logins, pause } = this.#deps;
    const reserves = smtp.login && !this.#proven;
    const reserved = reserves ? await logins.reserve() : null;
    if (reserves && reserved === null) {
      // Not a hold: no login was refused here, and some may be under way in other processes.
      const reason = 'There were five logins within ten minutes that were refused or did not end.';
      pause({ code: 'smtp_login', reason });
      return null;
    }
    try {
      const session = await smtp.open(signal);
      this.#proven = true;
      this.#open++;
      this.#backoffs.delete(worker);
      if (reserved !== null) await logins.release(reserved);
      return session;
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      if (!signal.aborted) await this.#failed(worker, error, reserved);
      return null;
    }
  }

  /** A connection was closed. */
  closed(): void {
    this.#open--;
  }

  /** The server said that there are too many connections. */
  noteTooMany(): void {
    const before = this.#limit.allowed;
    this.#limit.refused(this.#open - 1);
    this.#logLimit(before);
  }

  get #most(): number {
    const throttled = this.#deps.throttledLimit();
    return Math.min(this.#limit.allowed, throttled ?? Number.POSITIVE_INFINITY);
  }

  get #isProving(): boolean {
    return this.#deps.smtp.login && !this.#proven && this.#connecting.size > 0;
  }

  #wake(): void {
    for (const go of this.#waiters.splice(0)) go();
  }

  async #failed(worker: ConnectionOwner, error: ConnectError, login: number | null): Promise<void> {
    const { logins, holds, pause } = this.#deps;
    const meaning = error.reply === null ? null : readMeaning(error.reply);
    const refusedLogin = meaning?.of === 'us' && meaning.kind === 'login';
    if (login !== null && !refusedLogin) await logins.release(login);
    if (login === null && refusedLogin) await logins.record();
    const words = error.reply?.text ?? error.message;
    // Includes those that are connecting now, since they may succeed.
    const others = this.#open + this.#connecting.size - 1;
    // A fault of TLS pauses instead: its message names the remedy.
    const ofUs = meaning?.of === 'us' && meaning.kind !== 'tls' && others === 0;
    if (refusedLogin || ofUs) {
      this.#proven = false;
      await holds.hold('', meaning.of === 'us' ? meaning.kind : 'login', words);
      return;
    }
    if (others > 0) {
      this.#backOff(worker, others, error.reply?.code === 421 || meaning?.of === 'server');
      return;
    }
    this.#proven = false;
    const code = error.code === 'smtp_login' ? 'smtp_login' : 'smtp_unreachable';
    pause({ code, reason: error.message });
  }

  /** @param isLimit whether the server seems to take no more than the others */
  #backOff(worker: ConnectionOwner, others: number, isLimit: boolean): void {
    const { clock, random } = this.#deps;
    const before = this.#limit.allowed;
    if (isLimit) this.#limit.refused(others);
    const failures = this.#backoffs.get(worker)?.failures ?? 0;
    const until = clock.steady() + backOff(failures, random);
    this.#backoffs.set(worker, { failures: failures + 1, until });
    this.#logLimit(before);
  }

  #logLimit(before: number): void {
    const { logger, route } = this.#deps;
    const allowed = this.#limit.allowed;
    if (allowed < before) {
      logger.info(
        { event: 'connections_limited', route: route.name, allowed },
        'the server takes fewer connections',
      );
    }
  }
}
