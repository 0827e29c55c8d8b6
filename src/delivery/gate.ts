import type { Clock } from '../base/clock.js';
import type { Random } from '../base/random.js';

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
/** More need not be remembered to know that there are several. */
const MOST_LOST = 2;

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
  /** Mails over which connections were lost since the server last answered something about one. */
  readonly #lost = new Set<string>();
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
   * A connection was lost over the mail of that key. That may be the mail's doing, however often,
   * and the others must not wait for it; over a second one without an answer in between it is the
   * server's trouble.
   * @returns as `close` does.
   */
  lose(trouble: Trouble, key: string): number | null {
    if (this.#lost.size < MOST_LOST) this.#lost.add(key);
    return this.losing ? this.close(trouble) : null;
  }

  /** Whether connections were lost over several mails, and no answer came since. */
  get losing(): boolean {
    return this.#lost.size > 1;
  }

  /** The server works again. */
  open(): void {
    this.#failures = 0;
    this.#lost.clear();
    this.#trouble = null;
  }
}
