import { type Day, dayAt } from '../../base/day.js';
import type { RateLimits, ThrottleStore } from './rate-limits.js';
import { capOn } from './warmup.js';

/** At most this part of a cap is taken ahead of what is wanted, and at most so many mails. */
const AHEAD_PART = 100;
const MOST_AHEAD = 500;

type DayLimits = Pick<RateLimits, 'dailyCap' | 'warmup' | 'timezone'>;

/**
 * The mails of a day that this sender may still send under the cap. A mail is counted when it is
 * claimed, and given back when no server took it.
 */
export class DayQuota {
  readonly #throttleStore: ThrottleStore;
  readonly #route: string;
  readonly #limits: DayLimits;
  #day: Day | undefined;
  #left = 0;
  /** The day on which a mail was counted. */
  readonly #countedOn = new WeakMap<object, Day>();
  /** The cap that was found used up, `null` while there is room. */
  #reached: { day: Day; cap: number } | null = null;

  /** @param route whose mails are counted, '' for all */
  constructor({
    throttleStore,
    route,
    limits,
  }: { throttleStore: ThrottleStore; route: string; limits: DayLimits }) {
    this.#throttleStore = throttleStore;
    this.#route = route;
    this.#limits = limits;
  }

  get limited(): boolean {
    return this.#limits.dailyCap !== null || this.#limits.warmup !== null;
  }

  get reached(): { day: Day; cap: number } | null {
    return this.#reached;
  }

  /** Turns to the day that it is at `now` by the store's clock; what was left of another is void. */
  turnTo(now: number): void {
    if (!this.limited) return;
    const day = dayAt(now, this.#limits.timezone);
    if (day === this.#day) return;
    this.#day = day;
    this.#left = 0;
    this.#reached = null;
  }

  /** How many mails may be claimed, up to `wanted`. */
  async room(wanted: number): Promise<number> {
    const day = this.#day;
    if (!this.limited || day === undefined || wanted === 0) return wanted;
    const cap = capOn(day, this.#limits);
    if (cap === null) return wanted;
    if (this.#left < wanted) {
      const ahead = Math.min(Math.floor(cap / AHEAD_PART), MOST_AHEAD);
      this.#left += await this.#throttleStore.takeOfDay(
        day,
        this.#route,
        Math.max(wanted, ahead) - this.#left,
        cap,
      );
    }
    this.#reached = this.#left === 0 ? { day, cap } : null;
    return Math.min(wanted, this.#left);
  }

  /** Counts claimed mails, also those that are not held back. */
  async count(mails: readonly object[]): Promise<void> {
    const day = this.#day;
    if (!this.limited || day === undefined || mails.length === 0) return;
    for (const mail of mails) this.#countedOn.set(mail, day);
    const own = Math.min(mails.length, this.#left);
    this.#left -= own;
    if (mails.length > own)
      await this.#throttleStore.addToDay(day, this.#route, mails.length - own);
  }

  /** A mail that was counted, and that no server took. */
  refund(mail: object): void {
    if (this.#day === undefined || this.#countedOn.get(mail) !== this.#day) return;
    this.#countedOn.delete(mail);
    this.#left++;
    this.#reached = null;
  }

  /** Leaves to other senders what this one does not use now. */
  async giveBack(): Promise<void> {
    const left = this.#left;
    this.#left = 0;
    if (this.#day !== undefined && left > 0)
      await this.#throttleStore.addToDay(this.#day, this.#route, -left);
  }
}
