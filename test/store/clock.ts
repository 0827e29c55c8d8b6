import type { Clock } from '../../src/base/clock.js';

/** Monday, 2 March 2026, 08:00 UTC. */
export const START = Date.UTC(2026, 2, 2, 8);
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

interface Sleeper {
  /** By the steady clock. */
  at: number;
  wake(): void;
}

/** A clock that moves only when it is told to; those who sleep wake on the way, in order. */
export class MovableClock implements Clock {
  protected sleepers: Sleeper[] = [];
  #steady = 0;
  /** What the clock on the wall shows beyond the steady one. */
  #offset: number;

  constructor(start = START) {
    this.#offset = start;
  }

  now(): number {
    return this.#offset + this.#steady;
  }

  steady(): number {
    return this.#steady;
  }

  /** Sets the clock on the wall ahead, or back where `ms` is negative: no time passes. */
  set(ms: number): void {
    this.#offset += ms;
  }

  /** How many wait for it. */
  get sleeping(): number {
    return this.sleepers.length;
  }

  /** How many have just begun to sleep for so long. */
  sleepingFor(ms: number): number {
    return this.sleepers.filter(({ at }) => at === this.#steady + ms).length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        at: this.#steady + ms,
        wake: () => {
          this.sleepers = this.sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  advance(ms: number): void {
    const until = this.#steady + ms;
    for (let next = this.next(); next && next.at <= until; next = this.next()) {
      this.#steady = Math.max(this.#steady, next.at);
      next.wake();
    }
    this.#steady = until;
  }

  protected next(): Sleeper | undefined {
    return this.sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first && first.at <= sleeper.at ? first : sleeper),
      undefined,
    );
  }
}

/** Real milliseconds for what happens outside the process, before a short leap and a long one. */
const MOMENT = 1;
const LONG_MOMENT = 20;
const SHORT_LEAP = 2 * SECOND;

/**
 * A clock that leaps from sleeper to sleeper, so that long waits take no time. When nobody wakes
 * soon, others are probably busy outside the process, and get more time for that.
 */
export class FastClock extends MovableClock {
  #leaping: NodeJS.Timeout | undefined;
  #held = false;

  /** Stands still until `advance` or `release`. */
  hold(): void {
    this.#held = true;
    clearTimeout(this.#leaping);
  }

  release(): void {
    this.#held = false;
    this.#prepare();
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const slept = super.sleep(ms, signal);
    this.#prepare();
    return slept;
  }

  #prepare(): void {
    clearTimeout(this.#leaping);
    const next = this.next();
    if (!next || this.#held) return;
    const moment = next.at - this.steady() <= SHORT_LEAP ? MOMENT : LONG_MOMENT;
    this.#leaping = setTimeout(() => {
      const due = this.next();
      if (due) this.advance(Math.max(0, due.at - this.steady()));
      this.#prepare();
    }, moment);
  }
}
