import { aborted } from '../../base/clock.js';
import { hasCode } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import { TIMING, type Timing } from '../../base/timing.js';
import type { ReturnPaths } from '../../mail/return-path.js';
import type { SmtpServer } from '../../mail/smtp/smtp.js';
import { toRoutesCap } from '../throttle/notice-budget.js';
import { routeScope, toInterval } from '../throttle/rate-limits.js';
import { SlotCache } from '../throttle/slot-cache.js';
import { ThrottleTracker } from '../throttle/throttle-tracker.js';
import { ALL_ROUTES, type Holds } from './holds.js';
import { Judge } from './judge.js';
import { MailQueue, type MailQueueDeps } from './mail-queue.js';
import { Relay } from './relay.js';
import { Router } from './router.js';
import type { Route, Routing } from './routes.js';
import { findTrouble, type HeldStatus, type SenderStatus, toHeldStatus } from './sender-status.js';
import { SilenceWatch } from './silence-watch.js';
import { SmtpWorker } from './smtp-worker.js';
import { type SuppressAfterRefusal, Suppressor } from './suppressor.js';

export interface SenderDeps
  extends Omit<MailQueueDeps, 'router' | 'throttles' | 'slots' | 'connections'> {
  /** This sender's name in the ledger. No other sender ever has the same. */
  worker: string;
  holds: Holds;
  routes: readonly SenderRoute[];
  routing: Routing;
  /** What stands in the envelopes of mails, to which bounces go. */
  returnPaths: Pick<ReturnPaths, 'build'>;
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
   * Milliseconds after which the run ends even if a server has not replied, for a command that
   * somebody waits for. Mails without a reply become uncertain.
   */
  silentAtMost?: number;
}

/** Whether the run is over. Gets the milliseconds since a server last decided about a mail. */
type Finished = (idleFor: number) => Promise<boolean>;

/** Milliseconds between two looks at the outboxes when nothing waits. */
const POLL = 1_000;

/**
 * Claims mails from the outboxes and sends them over several connections, notices ahead of digests.
 * The ledger is written before anything is done to a mail, so a sender can die at any time.
 */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #timing: Timing;
  readonly #router: Router;
  readonly #queue: MailQueue;
  readonly #workers: readonly SmtpWorker[];
  readonly #suppressor: Suppressor;
  readonly #silence: SilenceWatch;
  readonly #cutOffSignal = new AbortController();
  /** When a server last decided about a mail. */
  #lastDecided: number;
  /** When `finished` was called last, and when the last decision was by then. */
  #lastCheck = { at: Number.NEGATIVE_INFINITY, lastDecided: Number.NEGATIVE_INFINITY };

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
    const limits = { ...deps.limits, routesCap: toRoutesCap(routes) };
    this.#queue = new MailQueue({ ...shared, limits, router: this.#router, connections });
    this.#suppressor = new Suppressor(deps);
    this.#workers = relays.flatMap((relay, index) => {
      const withdraw = (domain: string) => this.#queue.withdraw(relay, domain);
      const judge = new Judge({ ...shared, relay, suppressor: this.#suppressor, withdraw });
      const { signal: cutOff } = this.#cutOffSignal;
      const worker = { ...deps, relay, judge, queue: this.#queue, cutOff };
      const count = routes[index]?.connections ?? 0;
      return Array.from({ length: count }, () => new SmtpWorker(worker));
    });
    this.#lastDecided = clock.steady();
    this.#silence = new SilenceWatch({
      ...deps,
      workers: this.#workers,
      undecidedFor: () => (this.#queue.busy ? clock.steady() - this.#lastDecided : null),
    });
  }

  /** Why sending waits, as a sentence; `null` while it does not. */
  get trouble(): string | null {
    return findTrouble(this.status);
  }

  /** Why sending is held until something is mended; `null` if it is not. */
  get held(): HeldStatus | null {
    return this.status.held;
  }

  /** Domains that are held. */
  get heldDomains(): string[] {
    return this.#router.heldDomains;
  }

  /** Whether all routes are held, with no probe under way or due now. */
  get allHeld(): boolean {
    return this.#router.held && !this.#router.relays.some(({ probing }) => probing);
  }

  /** The sender's status as plain data. */
  get status(): SenderStatus {
    const relays = this.#router.relays.map((relay) => relay.status);
    const holds = relays.map(({ held }) => held).filter((held) => held !== null);
    const { pause } = this.#router;
    const paused = pause && toHeldStatus(pause);
    return {
      connections: relays.reduce((sum, { connections }) => sum + connections, 0),
      trouble:
        this.#silence.trouble ?? relays.find(({ trouble }) => trouble !== null)?.trouble ?? null,
      held: holds.find(({ domain }) => domain === '') ?? holds[0] ?? paused,
      relays,
      ...this.#queue.status,
    };
  }

  /**
   * Sends until `signal` aborts, then finishes mails that are under way and gives the others back.
   * @param finished called when nothing is under way and nothing can be sent, at once and then about
   *   once a second; `true` ends the run
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
    await this.#liftOldHolds();
    const renewing = Promise.allSettled([this.#renewLeases(over.signal).catch(stopOnFailure)]);
    const draining = this.#limitDrain(stopped, over.signal);
    const watching = this.#silence.run(options.silentAtMost ?? null, giveUp, over.signal);
    const ends = await Promise.allSettled(
      this.#workers.map((worker) =>
        this.#runWorker(worker, stopped, whenIdle).catch(stopOnFailure),
      ),
    );
    // Even after a failure, the ends of mails that went out are still being written.
    await Promise.allSettled(this.#workers.map((worker) => worker.committed()));
    over.abort();
    await draining;
    await watching;
    ends.push(...(await renewing));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure && !hasCode(failure.reason, 'template_fault')) throw failure.reason;
    // While anything is held, recent refusals may be part of that, so nobody is suppressed.
    await this.#suppressor.flush(!this.#router.holdsAny);
    for (const relay of this.#router.relays) await relay.close();
    await this.#queue.releaseAll();
    if (failure) throw failure.reason;
  }

  /** Lifts the holds of routes that are no longer in the settings. */
  async #liftOldHolds(): Promise<void> {
    const { throttleStore, holds, routes } = this.#deps;
    for (const { route, domain } of (await throttleStore.look()).holds) {
      const isKnown = route === ALL_ROUTES || routes.some(({ name }) => name === route);
      if (!isKnown) await holds.lift(route, domain);
    }
  }

  async #runWorker(
    worker: SmtpWorker,
    stopped: AbortSignal,
    whenIdle: () => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#deps;
    try {
      // Reads the holds before anything is sent.
      await this.#queue.refresh();
      while (!stopped.aborted) {
        const result = await this.#sendOne(worker);
        if (result === 'sent') continue;
        await worker.committed();
        worker.closeIfIdle();
        await this.#queue.refresh();
        await this.#queue.returnWithdrawn();
        await this.#suppressor.flush();
        await whenIdle();
        await clock.sleep(this.#idleTime(worker, result), stopped);
      }
      await worker.committed();
    } finally {
      worker.close();
    }
  }

  /** Attempts one mail, if there is a permit and a mail. */
  async #sendOne(worker: SmtpWorker): Promise<'sent' | 'no permit' | 'no mail'> {
    const { relay } = worker;
    worker.tidy();
    if (relay.overfull) worker.close();
    const permit = await relay.acquire(worker, await this.#queue.hasNotice(relay));
    if (permit === null) {
      if (relay.held) this.#queue.withdraw(relay, '');
      return 'no permit';
    }
    let queued: Awaited<ReturnType<MailQueue['next']>>;
    try {
      queued = permit.probe
        ? await this.#queue.nextProbe(relay)
        : await this.#queue.next(relay, permit.takes);
      if (!queued && permit.probe) relay.holds.foundNoProbe();
      if (!queued) return permit.probe ? 'no permit' : 'no mail';
      if (permit.probe && !(await relay.holds.takeProbe())) {
        this.#queue.putBack(queued);
        return 'no permit';
      }
      if (await worker.attempt(queued)) this.#lastDecided = this.#deps.clock.steady();
      return 'sent';
    } finally {
      relay.release(permit, queued);
    }
  }

  /** Milliseconds that a worker waits that had nothing to send. */
  #idleTime({ relay }: SmtpWorker, why: 'no permit' | 'no mail'): number {
    const permitIn = relay.nextPermitAt - this.#deps.clock.steady();
    if (why === 'no permit') return permitIn > 0 ? Math.min(permitIn, POLL) : POLL;
    return Math.min(Math.max(this.#queue.nextMailIn(relay), permitIn, 1), POLL);
  }

  /** Calls `finished` when no mail is under way, and not more often than needed. */
  async #isFinished(finished: Finished): Promise<boolean> {
    const now = this.#deps.clock.steady();
    const { at, lastDecided } = this.#lastCheck;
    if (this.#queue.busy || (lastDecided === this.#lastDecided && now - at < POLL)) return false;
    this.#lastCheck = { at: now, lastDecided: this.#lastDecided };
    return finished(now - this.#lastDecided);
  }

  /** Cuts connections off when draining takes too long. Mails without a reply become uncertain. */
  async #limitDrain(stopped: AbortSignal, drained: AbortSignal): Promise<void> {
    await aborted(AbortSignal.any([stopped, drained]));
    await this.#deps.clock.sleep(this.#timing.drainLimit, drained);
    this.#cutOff();
  }

  #cutOff(): void {
    this.#cutOffSignal.abort();
    for (const relay of this.#router.relays) relay.cutOff();
    for (const worker of this.#workers) worker.close();
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
