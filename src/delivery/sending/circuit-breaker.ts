import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
/** Lost mails that are kept: enough to know that there are several. */
const MOST_LOST = 2;

/** Why nothing goes out now, for programs. */
export const TROUBLE_CODES = [
  'smtp_unreachable',
  'smtp_login',
  // It replies, but takes no mail from anybody now.
  'smtp_busy',
  // The connection ended without a reply.
  'smtp_lost',
  // It does not reply.
  'smtp_silent',
] as const;
export type TroubleCode = (typeof TROUBLE_CODES)[number];

export interface Trouble {
  code: TroubleCode;
  reason: string;
}

/** Stops all sending over a route while its server as a whole is in trouble. */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #random: Random;
  #openUntil = 0;
  #failures = 0;
  /** Keys of mails over which connections were lost since the server last replied about a mail. */
  readonly #lost = new Set<string>();
  #trouble: Trouble | null = null;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether nothing may be sent now. */
  get open(): boolean {
    return this.#clock.steady() < this.#openUntil;
  }

  /** Whether one mail may test the server: it has failed and not replied since. */
  get halfOpen(): boolean {
    return this.#failures > 0;
  }

  /** Why it opened last; `null` once the server works again. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /**
   * Opens for 1 s, 2 s, 4 s … at most a minute, with jitter.
   * @returns the milliseconds; `null` if it is open already
   */
  trip(trouble: Trouble): number | null {
    this.#trouble = trouble;
    if (this.open) return null;
    const wait = backOff(this.#failures++, this.#random);
    this.#openUntil = this.#clock.steady() + wait;
    return wait;
  }

  /**
   * Records that a connection was lost over the mail of that key, or that the server was too busy for
   * it. A single mail may be the cause itself, however often. Over a second mail, without a reply in
   * between, the server is in trouble and the breaker opens.
   * @returns as `trip` does
   */
  recordLoss(trouble: Trouble, key: string): number | null {
    if (this.#lost.size < MOST_LOST) this.#lost.add(key);
    return this.losing ? this.trip(trouble) : null;
  }

  /** Whether connections were lost over several mails without a reply since. */
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
