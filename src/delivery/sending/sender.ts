import { aborted } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import { TIMING, type Timing } from '../../base/timing.js';
import type { SmtpServer } from '../../mail/smtp/smtp.js';
import { routeScope, toInterval } from '../throttle/rate-limits.js';
import { SlotCache } from '../throttle/slot-cache.js';
import { ThrottleTracker } from '../throttle/throttle-tracker.js';
import type { Trouble } from './circuit-breaker.js';
import type { Holds } from './holds.js';
import { Judge } from './judge.js';
import { MailQueue, type MailQueueDeps } from './mail-queue.js';
import { Relay } from './relay.js';
import { Router } from './router.js';
import type { Route, Routing } from './routes.js';
import { findTrouble, type HeldStatus, type SenderStatus } from './sender-status.js';
import { hasCode, SmtpWorker } from './smtp-worker.js';
import { type SuppressAfterRefusal, Suppressor } from './suppressor.js';

export interface SenderDeps
  extends Omit<MailQueueDeps, 'router' | 'throttles' | 'slots' | 'connections'> {
  /** This sender's name in the ledger, its own among all that ever lived. */
  worker: string;
  holds: Holds;
  routes: readonly SenderRoute[];
  routing: Routing;
  /** Address of the envelope's sender, to which bounces go. */
  envelopeFrom: string;
  suppress: SuppressAfterRefusal;
  random: Random;
}

/** A route and the server behind it. */
export interface SenderRoute
  extends Pick<Route, 'name' | 'connections' | 'mailsPerConnection' | 'rate' | 'dailyCap'> {
  server: SmtpServer;
}

export interface RunOptions {
  /**
   * Milliseconds after which the run ends though a server has still not answered, since somebody
   * waits for its end; what awaits a reply is uncertain then.
   */
  silentAtMost?: number;
}

/** Whether the run is over; asked with the milliseconds since a server last decided about a mail. */
type Finished = (idleFor: number) => Promise<boolean>;

/** How often the outboxes are asked when nothing waits. */
const POLL = 1_000;
/** A server that says nothing for so long is told of, and how often that is looked at. */
const SILENCE = 60_000;
const LISTEN_EVERY = 10_000;

/**
 * Takes mails out of the outboxes and sends them, several connections side by side, notices ahead
 * of digests. Everything it does to a mail is written in the ledger first; it keeps no state that
 * matters.
 */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #timing: Timing;
  readonly #router: Router;
  readonly #queue: MailQueue;
  readonly #workers: readonly SmtpWorker[];
  readonly #suppressor: Suppressor;
  readonly #cut = new AbortController();
  #lastDecided: number;
  /** The server that says nothing, while it does. */
  #silent: Trouble | null = null;
  /** When `finished` was asked last, and which decision was the last by then. */
  #asked = { at: Number.NEGATIVE_INFINITY, lastDecided: Number.NEGATIVE_INFINITY };

  constructor(deps: SenderDeps) {
    const { clock, routes } = deps;
    this.#deps = deps;
    this.#timing = deps.timing ?? TIMING;
    const slots = new SlotCache(deps);
    const routeIntervals = new Map(
      routes.map(({ name, rate }) => [routeScope(name), toInterval(rate)]),
    );
    const routeInterval = (scope: string) => routeIntervals.get(scope) ?? 0;
    const throttles = new ThrottleTracker({ ...deps, routeInterval, slots });
    const shared = { ...deps, throttles, slots };
    const relays = routes.map((route) => new Relay({ ...shared, route, smtp: route.server }));
    this.#router = new Router(relays, deps.routing);
    const connections = routes.reduce((sum, route) => sum + route.connections, 0);
    this.#queue = new MailQueue({ ...shared, router: this.#router, connections });
    this.#suppressor = new Suppressor(deps);
    this.#workers = relays.flatMap((relay, index) => {
      const setAside = (domain: string) => this.#queue.withdraw(relay, domain);
      const judge = new Judge({ ...shared, relay, suppressor: this.#suppressor, setAside });
      const worker = { ...deps, relay, judge, queue: this.#queue, cut: this.#cut.signal };
      const count = routes[index]?.connections ?? 0;
      return Array.from({ length: count }, () => new SmtpWorker(worker));
    });
    this.#lastDecided = clock.steady();
  }

  /** Why sending waits, `null` while it does not. */
  get trouble(): string | null {
    return findTrouble(this.status);
  }

  /** Why sending is held until something is mended, `null` where it is not. */
  get held(): HeldStatus | null {
    return this.status.held;
  }

  /** Domains that are held. */
  get heldDomains(): string[] {
    return this.#router.heldDomains;
  }

  /** Whether all routes are held, and no probe is under way or to be sent now. */
  get allHeld(): boolean {
    return this.#router.held && !this.#router.relays.some(({ probing: asking }) => asking);
  }

  /** How it is, as plain data. */
  get status(): SenderStatus {
    const relays = this.#router.relays.map((relay) => relay.status);
    const told = relays.map(({ held }) => held).filter((held) => held !== null);
    return {
      connections: relays.reduce((sum, { connections }) => sum + connections, 0),
      trouble: this.#silent ?? relays.find(({ trouble }) => trouble !== null)?.trouble ?? null,
      held: told.find(({ domain }) => domain === '') ?? told[0] ?? null,
      relays,
      ...this.#queue.status,
    };
  }

  /**
   * Sends until `signal` aborts, then finishes what is under way and gives the rest back.
   * @param finished asked when nothing is under way and nothing can be sent, at once and then
   *   about once a second; `true` ends the run
   * @throws whatever the store throws, since without the ledger nothing may be sent, and
   *   `template_fault`
   */
  async run(signal: AbortSignal, finished: Finished, options: RunOptions = {}): Promise<void> {
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    const over = new AbortController();
    const stopOnFailure = (error: unknown) => {
      stop.abort();
      throw error;
    };
    const whenIdle = async () => {
      if (await this.#isFinished(finished)) stop.abort();
    };
    const giveUp = () => {
      stop.abort();
      this.#cutOff();
    };
    await this.#liftUnknown();
    const renewing = Promise.allSettled([this.#renewLeases(over.signal).catch(stopOnFailure)]);
    const draining = this.#limitDrain(stopped, over.signal);
    const watching = this.#watchSilence(options.silentAtMost ?? null, giveUp, over.signal);
    const ends = await Promise.allSettled(
      this.#workers.map((worker) => this.#work(worker, stopped, whenIdle).catch(stopOnFailure)),
    );
    // What is known of mails that went out is still being written after a failure.
    await Promise.allSettled(this.#workers.map((worker) => worker.committed()));
    over.abort();
    await draining;
    await watching;
    ends.push(...(await renewing));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure && !hasCode(failure.reason, 'template_fault')) throw failure.reason;
    // While anything is held, nobody is suppressed for what may be part of it.
    await this.#suppressor.flush(!this.#router.holdsAny);
    for (const relay of this.#router.relays) await relay.close();
    await this.#queue.releaseAll();
    if (failure) throw failure.reason;
  }

  /** Nobody asks for a route that is no longer in the settings: its holds are over. */
  async #liftUnknown(): Promise<void> {
    const { throttleStore, holds, routes } = this.#deps;
    for (const { route, domain } of (await throttleStore.look()).holds) {
      if (!routes.some(({ name }) => name === route)) await holds.lift(route, domain);
    }
  }

  async #work(
    worker: SmtpWorker,
    stopped: AbortSignal,
    whenIdle: () => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#deps;
    try {
      // What holds sending is known before anything is tried.
      await this.#queue.refresh();
      while (!stopped.aborted) {
        const went = await this.#sendOne(worker);
        if (went === 'sent') continue;
        await worker.committed();
        worker.closeIfIdle();
        await this.#queue.refresh();
        await this.#queue.returnWithdrawn();
        await this.#suppressor.flush();
        await whenIdle();
        await clock.sleep(this.#pause(worker, went), stopped);
      }
      await worker.committed();
    } finally {
      worker.close();
    }
  }

  /** Tries one mail, if this connection may and there is one. */
  async #sendOne(worker: SmtpWorker): Promise<'sent' | 'no leave' | 'no mail'> {
    const { relay } = worker;
    worker.tidy();
    if (relay.overfull) worker.close();
    const pass = await relay.acquire(worker);
    if (pass === null) {
      if (relay.held) this.#queue.withdraw(relay, '');
      return 'no leave';
    }
    let work: Awaited<ReturnType<MailQueue['next']>>;
    try {
      work = pass.probe ? await this.#queue.nextProbe(relay) : await this.#queue.next(relay);
      if (!work && pass.probe) relay.holds.foundNoProbe();
      if (!work) return pass.probe ? 'no leave' : 'no mail';
      if (pass.probe && !(await relay.holds.takeProbe())) {
        this.#queue.putBack(work);
        return 'no leave';
      }
      if (await worker.attempt(work)) this.#lastDecided = this.#deps.clock.steady();
      return 'sent';
    } finally {
      relay.release(pass, work);
    }
  }

  /** How long a connection waits that found nothing to do. */
  #pause({ relay }: SmtpWorker, why: 'no leave' | 'no mail'): number {
    const turnIn = relay.nextPermitAt - this.#deps.clock.steady();
    if (why === 'no leave') return turnIn > 0 ? Math.min(turnIn, POLL) : POLL;
    return Math.min(Math.max(this.#queue.nextMailIn(relay), turnIn, 1), POLL);
  }

  /** Asked by whichever connection is the last to become idle, not by each of them. */
  async #isFinished(finished: Finished): Promise<boolean> {
    const now = this.#deps.clock.steady();
    const { at, lastDecided } = this.#asked;
    if (this.#queue.busy || (lastDecided === this.#lastDecided && now - at < POLL)) return false;
    this.#asked = { at: now, lastDecided: this.#lastDecided };
    return finished(now - this.#lastDecided);
  }

  /** A server that does not answer must not keep the process: what it holds is uncertain then. */
  async #limitDrain(stopped: AbortSignal, drained: AbortSignal): Promise<void> {
    await aborted(AbortSignal.any([stopped, drained]));
    await this.#deps.clock.sleep(this.#timing.drainLimit, drained);
    this.#cutOff();
  }

  #cutOff(): void {
    this.#cut.abort();
    for (const relay of this.#router.relays) relay.cutOff();
    for (const worker of this.#workers) worker.close();
  }

  /** Tells of a server that says nothing, and ends the waiting for it where somebody waits for us. */
  async #watchSilence(atMost: number | null, giveUp: () => void, over: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    while (!over.aborted) {
      await clock.sleep(LISTEN_EVERY, over);
      const silent = this.#workers.filter(({ silentFor }) => silentFor >= SILENCE);
      const [first] = silent;
      const wasSilent = this.#silent !== null;
      this.#silent = first ? silence(first.relay.name, silent.length) : null;
      if (this.#silent && !wasSilent)
        logger.warn({ event: 'server_silent', ...this.#silent }, 'the server does not answer');
      if (atMost === null || !this.#queue.busy) continue;
      const longest = Math.max(...this.#workers.map(({ silentFor }) => silentFor));
      if (Math.min(longest, clock.steady() - this.#lastDecided) >= atMost) return giveUp();
    }
  }

  async #renewLeases(signal: AbortSignal): Promise<void> {
    const { notices, deliveries, worker, clock } = this.#deps;
    for (;;) {
      await clock.sleep(this.#timing.renewEvery, signal);
      if (signal.aborted) return;
      await notices.renew(worker);
      await deliveries.renew(worker);
    }
  }
}

function silence(route: string, connections: number): Trouble {
  const many = connections === 1 ? 'one connection' : `${connections} connections`;
  return {
    code: 'smtp_silent',
    reason: `The SMTP server of the route ${route} has not answered on ${many} for a minute.`,
  };
}
