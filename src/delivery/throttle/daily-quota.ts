import { type Day, dayAt } from '../../base/day.js';
import type { RateLimits } from './rate-limits.js';
import type { ThrottleStore } from './throttle-store.js';
import { toDailyCap, type WarmupDay } from './warmup.js';

/** Mails taken ahead of what is wanted: at most a hundredth of the cap, and at most 500. */
const AHEAD_PART = 100;
const MOST_AHEAD = 500;

type DayLimits = Pick<RateLimits, 'dailyCap' | 'warmup' | 'timezone'>;

/**
 * The mails that this sender may still send today under the daily cap. A mail is charged when it is
 * claimed and refunded if no server took it.
 */
export class DailyQuota {
  readonly #throttleStore: ThrottleStore;
  readonly #route: string;
  readonly #limits: DayLimits;
  #day: Day | undefined;
  /** How the days of the warm-up before `#day` went; `undefined` until it is asked. */
  #warmupDays: Promise<readonly WarmupDay[]> | undefined;
  /** Mails that were taken from the store and not charged yet. */
  #left = 0;
  /** The day on which each mail was charged. */
  readonly #chargedOn = new WeakMap<object, Day>();
  /** The cap that was found used up; `null` while there is any left. */
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

  /** Whether there is a cap at all. */
  get limited(): boolean {
    return this.#limits.dailyCap !== null || this.#limits.warmup !== null;
  }

  /** The cap that is used up; `null` if none is. */
  get reached(): { day: Day; cap: number } | null {
    return this.#reached;
  }

  /** Starts the day of `now`, by the store's clock, if it is another one. What was left is void. */
  startDay(now: number): void {
    if (!this.limited) return;
    const day = dayAt(now, this.#limits.timezone);
    if (day === this.#day) return;
    this.#day = day;
    this.#warmupDays = undefined;
    this.#left = 0;
    this.#reached = null;
  }

  /** Makes sure of as many as `wanted` mails. @returns how many may be claimed */
  async reserve(wanted: number): Promise<number> {
    const day = this.#day;
    if (!this.limited || day === undefined || wanted === 0) return wanted;
    const cap = toDailyCap(day, this.#limits, await this.#loadWarmupDays(day));
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

  /** Reads them once a day: what is over does not change any more. */
  #loadWarmupDays(day: Day): Promise<readonly WarmupDay[]> {
    const { warmup } = this.#limits;
    if (warmup === null) return Promise.resolve([]);
    this.#warmupDays ??= this.#throttleStore.slowedDays(warmup.from, day).catch((error) => {
      this.#warmupDays = undefined;
      throw error;
    });
    return this.#warmupDays;
  }

  /** Charges claimed mails. Probes are charged too, even if that exceeds the cap. */
  async charge(mails: readonly object[]): Promise<void> {
    const day = this.#day;
    if (!this.limited || day === undefined || mails.length === 0) return;
    for (const mail of mails) this.#chargedOn.set(mail, day);
    const own = Math.min(mails.length, this.#left);
    this.#left -= own;
    if (mails.length > own)
      await this.#throttleStore.addToDay(day, this.#route, mails.length - own);
  }

  /** Refunds a mail that no server took. Does nothing if it was not charged today. */
  refund(mail: object): void {
    if (this.#day === undefined || this.#chargedOn.get(mail) !== this.#day) return;
    this.#chargedOn.delete(mail);
    this.#left++;
    this.#reached = null;
  }

  /** Gives back what this sender does not use now, for other senders. */
  async release(): Promise<void> {
    const left = this.#left;
    this.#left = 0;
    if (this.#day !== undefined && left > 0)
      await this.#throttleStore.addToDay(this.#day, this.#route, -left);
  }
}
