import { aborted } from '../base/abort.js';
import { Gate } from './gate.js';
import { hasCode, Lane, type LaneDeps } from './lane.js';
import { MailQueue, type MailQueueDeps } from './mail-queue.js';
import type { SenderStatus } from './status.js';

export interface SenderDeps extends MailQueueDeps, Omit<LaneDeps, 'queue' | 'gate' | 'cut'> {
  /** This sender's name in the ledger, its own among all that ever lived. */
  worker: string;
}

/** Whether the run is over; asked with the milliseconds since a mail was last answered. */
type Finished = (idleFor: number) => Promise<boolean>;

const RENEW_EVERY = 10_000;
/** How often the outboxes are asked when nothing waits. */
const POLL = 1_000;
/** How long mails under way may take once sending is to stop. */
const DRAIN_LIMIT = 20_000;

/**
 * Takes mails out of the outboxes and sends them, several connections side by side, notices ahead
 * of digests. Everything it does to a mail is written in the ledger first; it keeps no state that
 * matters.
 */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #gate: Gate;
  readonly #queue: MailQueue;
  readonly #lanes: readonly Lane[];
  readonly #cut = new AbortController();
  #lastAnswered: number;
  /** When `finished` was asked last, and which answer was the last by then. */
  #asked = { at: Number.NEGATIVE_INFINITY, lastAnswered: Number.NEGATIVE_INFINITY };

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#gate = new Gate(deps.clock, deps.random);
    this.#queue = new MailQueue(deps);
    const shared = { ...deps, queue: this.#queue, gate: this.#gate, cut: this.#cut.signal };
    this.#lanes = Array.from({ length: deps.connections }, () => new Lane(shared));
    this.#lastAnswered = deps.clock.steady();
  }

  /** Why sending waits, `null` while it does not. */
  get trouble(): string | null {
    return this.#gate.trouble?.reason ?? null;
  }

  /** How it is, as plain data. */
  get status(): SenderStatus {
    return {
      connections: this.#lanes.filter((lane) => lane.connected).length,
      gate: this.#gate.trouble,
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
  async run(signal: AbortSignal, finished: Finished): Promise<void> {
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
    const renewing = Promise.allSettled([this.#renewLeases(over.signal).catch(stopOnFailure)]);
    const draining = this.#limitDrain(stopped, over.signal);
    const ends = await Promise.allSettled(
      this.#lanes.map((lane) => this.#work(lane, stopped, whenIdle).catch(stopOnFailure)),
    );
    // What is known of mails that went out is still being written after a failure.
    await Promise.allSettled(this.#lanes.map((lane) => lane.settled()));
    over.abort();
    await draining;
    ends.push(...(await renewing));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure && !hasCode(failure.reason, 'template_fault')) throw failure.reason;
    await this.#queue.giveBack();
    if (failure) throw failure.reason;
  }

  async #work(lane: Lane, stopped: AbortSignal, whenIdle: () => Promise<void>): Promise<void> {
    const { clock } = this.#deps;
    try {
      while (!stopped.aborted) {
        const work = this.#gate.closed ? undefined : await this.#queue.next();
        if (work) {
          if (await lane.attempt(work)) this.#lastAnswered = clock.steady();
          continue;
        }
        await lane.settled();
        lane.closeIfIdle();
        await whenIdle();
        await clock.sleep(this.#pause(), stopped);
      }
      await lane.settled();
    } finally {
      lane.close();
    }
  }

  /** How long a connection waits that found nothing to do. */
  #pause(): number {
    return this.#gate.closed ? POLL : Math.min(Math.max(this.#queue.pause, 1), POLL);
  }

  /** Asked by whichever connection is the last to become idle, not by each of them. */
  async #isFinished(finished: Finished): Promise<boolean> {
    const now = this.#deps.clock.steady();
    const { at, lastAnswered } = this.#asked;
    if (this.#queue.busy || (lastAnswered === this.#lastAnswered && now - at < POLL)) return false;
    this.#asked = { at: now, lastAnswered: this.#lastAnswered };
    return finished(now - this.#lastAnswered);
  }

  /** A server that does not answer must not keep the process: what it holds is uncertain then. */
  async #limitDrain(stopped: AbortSignal, drained: AbortSignal): Promise<void> {
    await aborted(AbortSignal.any([stopped, drained]));
    await this.#deps.clock.sleep(DRAIN_LIMIT, drained);
    this.#cut.abort();
    for (const lane of this.#lanes) lane.close();
  }

  async #renewLeases(signal: AbortSignal): Promise<void> {
    const { notices, deliveries, worker, clock } = this.#deps;
    for (;;) {
      await clock.sleep(RENEW_EVERY, signal);
      if (signal.aborted) return;
      await notices.renew(worker);
      await deliveries.renew(worker);
    }
  }
}
