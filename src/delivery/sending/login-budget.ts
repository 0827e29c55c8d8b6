import { addLogin, type Holds } from './holds.js';

/** Refused logins that are kept. */
const MOST_KEPT = 10;

/**
 * Limits logins that may be refused, since servers ban clients that guess passwords. They are counted
 * in the store, over all processes and restarts.
 */
export class LoginBudget {
  readonly #holds: Holds;
  readonly #route: string;

  constructor(holds: Holds, route: string) {
    this.#holds = holds;
    this.#route = route;
  }

  /** Reserves a login. @returns the reservation, or `null` if there were too many lately */
  async reserve(): Promise<number | null> {
    let reserved: number | null = null;
    const written = await this.#holds.changeLogins(this.#route, (times, now) => {
      const more = addLogin(times, now);
      reserved = more === null ? null : now;
      return more;
    });
    return written ? reserved : null;
  }

  /** Removes a reservation whose login was not refused. */
  async release(reserved: number): Promise<void> {
    await this.#holds.changeLogins(this.#route, (times) => {
      const index = times.indexOf(reserved);
      return index < 0 ? null : times.toSpliced(index, 1);
    });
  }

  /** Records a refused login that was not reserved, since others had been accepted before. */
  async record(): Promise<void> {
    await this.#holds.changeLogins(this.#route, (times, now) => [
      ...times.slice(1 - MOST_KEPT),
      now,
    ]);
  }
}
