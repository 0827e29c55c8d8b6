import type { Clock } from '../../base/clock.js';

/** Milliseconds until one more connection is tried. */
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 10 * 60_000;

/**
 * How many connections a server allows: as set, or fewer after it has refused one. More are tried
 * slowly.
 */
export class ConnectionLimit {
  readonly #set: number;
  readonly #clock: Clock;
  #allowed: number;
  #wait = FIRST_WAIT;
  /** Whether one more is being tried. */
  #trying = false;
  #raiseAt = Number.POSITIVE_INFINITY;

  /** @param set connections by the settings */
  constructor(set: number, clock: Clock) {
    this.#set = set;
    this.#clock = clock;
    this.#allowed = set;
  }

  /** Connections that may be open now. */
  get allowed(): number {
    const now = this.#clock.steady();
    if (now >= this.#raiseAt) {
      this.#allowed = Math.min(this.#allowed + 1, this.#set);
      this.#trying = true;
      this.#raiseAt = this.#allowed < this.#set ? now + this.#wait : Number.POSITIVE_INFINITY;
    }
    return this.#allowed;
  }

  /** The server has refused a connection while so many others were open. */
  refused(beside: number): void {
    const allowed = Math.max(1, Math.min(beside, this.#set));
    this.#wait = this.#trying ? Math.min(this.#wait * 2, LONGEST_WAIT) : FIRST_WAIT;
    this.#trying = false;
    this.#allowed = Math.min(allowed, this.#allowed);
    this.#raiseAt = this.#clock.steady() + this.#wait;
  }
}
