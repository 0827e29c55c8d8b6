import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.js';
import { toErrorCode, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { isStorePassing } from './failure.js';

/** Milliseconds before the first further try; twice as long after each that failed, up to the longest. */
const AGAIN = 1_000;
const LONGEST_WAIT = 60_000;
/** People who may wait at once. More would be a flood, and each takes memory. */
const MOST = 10_000;

/** Who is to leave: a subscriber, or an address of which no more is known. */
export type Leaver = number | string;

type Work = () => Promise<unknown>;

export interface LateLeavesDeps {
  clock: Clock;
  logger: Logger;
  most?: number;
}

/**
 * Leaving that met a store which could not be written: locked by another program, on a full disk, or
 * away. A mail client asks once and looks at no answer (RFC 8058), so what it asked for is tried again
 * until it is done, while the process lives, however long that takes. One loop sees to all, and one
 * write that fails ends its round: a store in trouble gets few tries, however many people wait.
 */
export class LateLeaves {
  readonly #deps: LateLeavesDeps;
  readonly #waiting = new Map<Leaver, Work>();
  readonly #stop = new AbortController();
  #wait = AGAIN;
  #wake = new AbortController();
  #running = false;

  constructor(deps: LateLeavesDeps) {
    this.#deps = deps;
  }

  /** Does the work, or goes on with it behind the answer. @throws whatever `work` throws now */
  async leave(leaver: Leaver, work: Work): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isStorePassing(error)) this.#goOn(leaver, work, error);
      throw error;
    }
    this.forget(leaver);
    // The store is well again: nobody has to wait for the end of a pause.
    this.#wait = AGAIN;
    this.#wake.abort();
  }

  /** What they asked for is done, or they asked for something else since. */
  forget(leaver: Leaver): void {
    this.#waiting.delete(leaver);
  }

  close(): void {
    this.#stop.abort();
    for (const leaver of this.#waiting.keys()) this.#giveUp(leaver, 'the process ends');
    this.#waiting.clear();
  }

  #goOn(leaver: Leaver, work: Work, error: unknown): void {
    const { most = MOST } = this.#deps;
    if (this.#stop.signal.aborted) {
      this.#giveUp(leaver, 'the process ends');
    } else if (this.#waiting.size >= most && !this.#waiting.has(leaver)) {
      this.#giveUp(leaver, `${most} wait already: ${toErrorCode(error)}`);
    } else {
      this.#waiting.set(leaver, work);
      if (!this.#running) void this.#run();
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#wait = AGAIN;
    while (this.#waiting.size > 0) {
      this.#wake = new AbortController();
      const until = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
      await this.#deps.clock.sleep(this.#wait, until);
      if (this.#stop.signal.aborted) break;
      this.#wait = (await this.#tryAll()) ? AGAIN : Math.min(2 * this.#wait, LONGEST_WAIT);
    }
    this.#running = false;
  }

  /** @returns whether the store took all that it was given */
  async #tryAll(): Promise<boolean> {
    for (const [leaver, work] of [...this.#waiting]) {
      if (this.#stop.signal.aborted) return false;
      // Somebody may have asked again meanwhile, with success or for the contrary.
      if (this.#waiting.get(leaver) !== work) continue;
      this.#waiting.delete(leaver);
      try {
        await work();
      } catch (error) {
        if (!isStorePassing(error)) this.#giveUp(leaver, toErrorMessage(error));
        else {
          // Behind all others: what only this one meets holds up nobody.
          this.#goOn(leaver, work, error);
          return false;
        }
      }
    }
    return true;
  }

  #giveUp(leaver: Leaver, reason: string): void {
    // An address is nothing for a log.
    const who = typeof leaver === 'number' ? { subscriber: leaver } : {};
    this.#deps.logger.error(
      { event: 'leave_not_done', ...who, reason },
      'somebody has asked to leave, and the store could not be written until now',
    );
  }
}

/** Of an app: until it closes. */
export function openLateLeaves(app: FastifyInstance, deps: LateLeavesDeps): LateLeaves {
  const leaves = new LateLeaves(deps);
  app.addHook('onClose', async () => leaves.close());
  return leaves;
}
