import { addLogin, type Holds } from './holds.js';

/** Refused logins that are kept in mind. */
const MOST_KEPT = 10;

/**
 * Logins that may be refused are few: servers ban who guesses. They are counted in the store, over
 * all processes and restarts.
 */
export class LoginBudget {
  readonly #holds: Holds;
  readonly #route: string;

  constructor(holds: Holds, route: string) {
    this.#holds = holds;
    this.#route = route;
  }

  /** Takes one of the few. @returns what names it, or `null` when there were enough lately */
  async reserve(): Promise<number | null> {
    let reserved: number | null = null;
    const written = await this.#holds.changeLogins(this.#route, (times, now) => {
      const more = addLogin(times, now);
      reserved = more === null ? null : now;
      return more;
    });
    return written ? reserved : null;
  }

  /** It was not refused, so it does not count. */
  async release(reserved: number): Promise<void> {
    await this.#holds.changeLogins(this.#route, (times) => {
      const index = times.indexOf(reserved);
      return index < 0 ? null : times.toSpliced(index, 1);
    });
  }

  /** One was refused that had not been reserved, since others had been accepted before. */
  async record(): Promise<void> {
    await this.#holds.changeLogins(this.#route, (times, now) => [
      ...times.slice(1 - MOST_KEPT),
      now,
    ]);
  }
}
