import { DailyQuota } from '../throttle/daily-quota.js';
import { toNoticeShare } from '../throttle/notice-budget.js';
import type { RateLimits } from '../throttle/rate-limits.js';
import type { ThrottleStore } from '../throttle/throttle-store.js';
import type { Route } from './routes.js';

/** What a permit may send. */
export type RouteShare = 'all' | 'notices' | 'digests';

interface QuotaPermit {
  takes: RouteShare;
}

/**
 * The daily cap of a route. It is what the relay takes in all, so a part of it is kept for notices:
 * neither they nor digests can use up what the others have. Of a cap too low to be parted, both take.
 */
export class RouteQuota {
  readonly #digests: DailyQuota;
  /** `null`: notices are of the same quota as digests. */
  readonly #notices: DailyQuota | null;
  readonly #cap: number | null;
  #isCapped = false;
  #isCappedForNotices = false;
  /** Serializes taking, so that the last mail of the day is taken once. */
  #taking: Promise<unknown> = Promise.resolve();

  constructor(
    { throttleStore }: { throttleStore: ThrottleStore },
    { name, dailyCap }: Pick<Route, 'name' | 'dailyCap'>,
    { timezone, noticesShare }: Pick<RateLimits, 'timezone' | 'noticesShare'>,
  ) {
    const kept = dailyCap === null ? 0 : toNoticeShare(dailyCap, noticesShare);
    const open = (route: string, cap: number | null) =>
      new DailyQuota({ throttleStore, route, limits: { dailyCap: cap, warmup: null, timezone } });
    this.#cap = dailyCap;
    this.#digests = open(name, dailyCap === null ? null : dailyCap - kept);
    this.#notices = kept === 0 ? null : open(`${name} notices`, kept);
  }

  /** Whether digests may go today. */
  get open(): boolean {
    return !this.#isCapped;
  }

  get openForNotices(): boolean {
    return this.#notices === null ? !this.#isCapped : !this.#isCappedForNotices;
  }

  /** The cap, if what digests have of it is used up. */
  get reached(): { day: string; cap: number } | null {
    const reached = this.#digests.reached;
    return reached && { ...reached, cap: this.#cap ?? reached.cap };
  }

  startDay(now: number): void {
    this.#digests.startDay(now);
    this.#notices?.startDay(now);
    if (this.#digests.reached === null) this.#isCapped = false;
    if (this.#notices?.reached === null) this.#isCappedForNotices = false;
  }

  /**
   * Takes one mail for a permit, and says in it of what kind it may be.
   * @param hasNotice whether a notice waits
   * @returns whether there is any
   */
  async take(permit: QuotaPermit, hasNotice: boolean): Promise<boolean> {
    if (!this.#digests.limited) return true;
    const taking = this.#taking.then(() => this.#take(permit, hasNotice));
    this.#taking = taking.catch(() => undefined);
    return taking;
  }

  async #take(permit: QuotaPermit, hasNotice: boolean): Promise<boolean> {
    const forDigest = (await this.#digests.reserve(1)) > 0;
    if (forDigest) await this.#digests.charge([permit]);
    else this.#isCapped = true;
    if (this.#notices === null) return forDigest;
    const forNotice = hasNotice && (await this.#notices.reserve(1)) > 0;
    if (forNotice) await this.#notices.charge([permit]);
    else if (hasNotice) this.#isCappedForNotices = true;
    permit.takes = forDigest ? (forNotice ? 'all' : 'digests') : 'notices';
    return forDigest || forNotice;
  }

  /** Gives back what a permit did not use. */
  settle(permit: QuotaPermit, work?: { taken: boolean; urgent: boolean }): void {
    const isNotice = work?.urgent === true && this.#notices !== null;
    if (!work?.taken || isNotice) this.#digests.refund(permit);
    if (!work?.taken || !isNotice) this.#notices?.refund(permit);
  }

  async release(): Promise<void> {
    await this.#digests.release();
    await this.#notices?.release();
  }
}
