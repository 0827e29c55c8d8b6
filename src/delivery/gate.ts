import type { Clock } from '../base/clock.js';
import type { Random } from '../base/random.js';

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/** Holds all connections back while the SMTP server as a whole is in trouble. */
export class Gate {
  readonly #clock: Clock;
  readonly #random: Random;
  #closedUntil = 0;
  #failures = 0;
  #trouble: string | null = null;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get closed(): boolean {
    return this.#clock.now() < this.#closedUntil;
  }

  /** Why it was closed last, `null` once the server works again. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /**
   * Closes for 1 s, 2 s, 4 s … at most a minute, with jitter.
   * @returns the milliseconds, or `null` when another connection has closed it already.
   */
  close(reason: string): number | null {
    this.#trouble = reason;
    if (this.#closedUntil > this.#clock.now()) return null;
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures++, LONGEST_PAUSE);
    const wait = Math.round(pause * (0.8 + 0.4 * this.#random.fraction()));
    this.#closedUntil = this.#clock.now() + wait;
    return wait;
  }

  /** The server works again. */
  open(): void {
    this.#failures = 0;
    this.#trouble = null;
  }
}
