import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
/** More need not be remembered to know that there are several. */
const MOST_LOST = 2;

/** Why nothing goes out just now, for programs. */
export const TROUBLE_CODES = [
  'smtp_unreachable',
  'smtp_login',
  // It answered, but takes no mail from anybody just now.
  'smtp_busy',
  // The connection ended without an answer.
  'smtp_lost',
  // It says nothing at all.
  'smtp_silent',
] as const;
export type TroubleCode = (typeof TROUBLE_CODES)[number];

export interface Trouble {
  code: TroubleCode;
  reason: string;
}

/** Holds all connections of a route back while its server as a whole is in trouble. */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #random: Random;
  #openUntil = 0;
  #failures = 0;
  /** Mails over which connections were lost since the server last answered something about one. */
  readonly #lost = new Set<string>();
  #trouble: Trouble | null = null;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether nothing may be tried now. */
  get open(): boolean {
    return this.#clock.steady() < this.#openUntil;
  }

  /** Whether one may try, for all: the server has failed and not answered since. */
  get halfOpen(): boolean {
    return this.#failures > 0;
  }

  /** Why it opened last, `null` once the server works again. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /**
   * Opens for 1 s, 2 s, 4 s … at most a minute, with jitter.
   * @returns the milliseconds, or `null` when another connection has opened it already.
   */
  trip(trouble: Trouble): number | null {
    this.#trouble = trouble;
    if (this.open) return null;
    const wait = backOff(this.#failures++, this.#random);
    this.#openUntil = this.#clock.steady() + wait;
    return wait;
  }

  /**
   * A connection was lost over the mail of that key, or the server was too busy for it. That may be
   * the mail's doing, however often, and the others must not wait for it; over a second one without
   * an answer in between it is the server's trouble.
   * @returns as `trip` does.
   */
  recordLoss(trouble: Trouble, key: string): number | null {
    if (this.#lost.size < MOST_LOST) this.#lost.add(key);
    return this.losing ? this.trip(trouble) : null;
  }

  /** Whether connections were lost over several mails, and no answer came since. */
  get losing(): boolean {
    return this.#lost.size > 1;
  }

  /** The server works again. */
  reset(): void {
    this.#failures = 0;
    this.#lost.clear();
    this.#trouble = null;
  }
}

/** Milliseconds after so many failures: 1 s, 2 s, 4 s … at most a minute, give or take a fifth. */
export function backOff(failures: number, random: Random): number {
  const pause = Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE);
  return Math.round(pause * (0.8 + 0.4 * random.fraction()));
}
