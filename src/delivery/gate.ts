import type { Clock } from '../base/clock.js';
import type { Random } from '../base/random.js';

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/** Why sending waits, for programs. */
export const GATE_CODES = [
  'smtp_unreachable',
  'smtp_login',
  // It answered, but would not have the sender or the connection.
  'smtp_refused',
  // The connection ended without an answer.
  'smtp_lost',
] as const;
export type GateCode = (typeof GATE_CODES)[number];

export interface Trouble {
  code: GateCode;
  reason: string;
}

/** Holds all connections back while the SMTP server as a whole is in trouble. */
export class Gate {
  readonly #clock: Clock;
  readonly #random: Random;
  #closedUntil = 0;
  #failures = 0;
  /** Connections lost since the server last answered something about a mail. */
  #lost = 0;
  #trouble: Trouble | null = null;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get closed(): boolean {
    return this.#clock.steady() < this.#closedUntil;
  }

  /** Why it was closed last, `null` once the server works again. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /**
   * Closes for 1 s, 2 s, 4 s … at most a minute, with jitter.
   * @returns the milliseconds, or `null` when another connection has closed it already.
   */
  close(trouble: Trouble): number | null {
    this.#trouble = trouble;
    if (this.#closedUntil > this.#clock.steady()) return null;
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures++, LONGEST_PAUSE);
    const wait = Math.round(pause * (0.8 + 0.4 * this.#random.fraction()));
    this.#closedUntil = this.#clock.steady() + wait;
    return wait;
  }

  /**
   * A connection was lost over a mail. Once may be that mail's doing, and the others must not wait
   * for it; a second time without an answer in between is the server's trouble.
   * @returns as `close` does.
   */
  lose(trouble: Trouble): number | null {
    return ++this.#lost > 1 ? this.close(trouble) : null;
  }

  /** The server works again. */
  open(): void {
    this.#failures = 0;
    this.#lost = 0;
    this.#trouble = null;
  }
}
