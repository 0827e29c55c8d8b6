import type { Clock } from '../../base/clock.js';
import { type Day, dayAt } from '../../base/day.js';
import { NOTICE_CAUSES, type NoticeCause } from '../../subscribers/subscribe.js';
import type { ClaimedNotice } from '../delivery.js';
import type { Notices } from '../ledger.js';
import type { Outcome } from '../outcome.js';
import {
  type BudgetPart,
  type BudgetPeriod,
  type NoticeBudgetLimits,
  type NoticeBudgets,
  toBudgetPeriods,
  toPart,
} from './notice-budget.js';
import type { ThrottleStore } from './throttle-store.js';
import type { WarmupDay } from './warmup.js';

export interface NoticeClaimsDeps {
  notices: Pick<Notices, 'claim' | 'dueByCause'>;
  noticeBudgets: NoticeBudgets;
  limits: NoticeBudgetLimits;
  worker: string;
  clock: Clock;
  /** Tells how the days of a warm-up went; they went well when left out. */
  throttleStore?: Pick<ThrottleStore, 'slowedDays'>;
}

/** What a notice was charged to. */
interface Charge {
  periods: readonly string[];
  part: BudgetPart;
}

/** Milliseconds until a budget that is used up is looked at again. */
const AGAIN = 5_000;
/** Digests go on meanwhile: strangers and lists have at most this part of what is claimed at once. */
const PART_OF_A_CLAIM = 4;

/**
 * Claims notices, no more than their budget allows: readers' before strangers', and those before the
 * ones of imports. What is over it stays where it is.
 */
export class NoticeClaims {
  readonly #deps: NoticeClaimsDeps;
  readonly #charges = new WeakMap<object, Charge>();
  /** Charged notices that no server took. */
  #refunds: Charge[] = [];
  /** Until when there is nothing left for a part, by the steady clock. */
  readonly #closedUntil = new Map<BudgetPart, number>();
  /** Causes of which some were due at the last look and had to wait. */
  #waiting: NoticeCause[] = [];

  /** How the days of the warm-up before this one went. */
  #warmup: { day: Day; days: readonly WarmupDay[] } | undefined;

  constructor(deps: NoticeClaimsDeps) {
    this.#deps = deps;
  }

  /** Whether any notice waits for its budget. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Claims up to `limit` due notices.
   * @returns them, and whether more could go that the claim had no room for
   */
  async claim(limit: number): Promise<{ mails: ClaimedNotice[]; more: boolean }> {
    const { notices, worker } = this.#deps;
    await this.#giveBack();
    const { now, due } = await notices.dueByCause(limit + 1);
    const periods = toBudgetPeriods(this.#deps.limits, now, await this.#loadWarmupDays(now));
    const mails: ClaimedNotice[] = [];
    const slow = Math.max(1, Math.floor(limit / PART_OF_A_CLAIM));
    let slowLeft = slow;
    let more = false;
    this.#waiting = [];
    for (const cause of NOTICE_CAUSES) {
      const room = cause === 'reader' ? limit : Math.min(slowLeft, limit - mails.length);
      const wanted = Math.min(due[cause], room);
      more ||= due[cause] > room;
      if (wanted === 0) continue;
      const taken = await this.#take(toPart(cause), periods, wanted);
      if (taken < wanted) this.#waiting.push(cause);
      if (taken === 0) continue;
      const claimed = await notices.claim(worker, taken, cause);
      await this.#charge(claimed, { periods: periods.map(toName), part: toPart(cause) }, taken);
      mails.push(...claimed);
      if (cause !== 'reader') slowLeft -= claimed.length;
    }
    // Claiming also ends expired mails and leases.
    if (mails.length === 0) await notices.claim(worker, 0);
    return { mails, more: more && mails.length > 0 };
  }

  /** Notes how an attempt ended, `undefined` if there was none. */
  noteEnd(mail: object, outcome: Outcome | undefined): void {
    const charge = this.#charges.get(mail);
    const perhapsTaken = outcome?.kind === 'accepted' || outcome?.kind === 'uncertain';
    if (!charge || perhapsTaken) return;
    this.#charges.delete(mail);
    this.#refunds.push(charge);
  }

  /** Gives back what was not used. */
  close(): Promise<void> {
    return this.#giveBack();
  }

  /** Once a day: what is over does not change any more. */
  async #loadWarmupDays(now: number): Promise<readonly WarmupDay[]> {
    const { limits, throttleStore } = this.#deps;
    if (!limits.warmup || !throttleStore) return [];
    const day = dayAt(now, limits.timezone);
    if (this.#warmup?.day !== day) {
      this.#warmup = { day, days: await throttleStore.slowedDays(limits.warmup.from, day) };
    }
    return this.#warmup.days;
  }

  /** Takes from all periods, or gives back what one of them has less of. */
  async #take(part: BudgetPart, periods: readonly BudgetPeriod[], wanted: number): Promise<number> {
    const { noticeBudgets, clock } = this.#deps;
    if ((this.#closedUntil.get(part) ?? 0) > clock.steady()) return 0;
    let taken = wanted;
    for (const [index, period] of periods.entries()) {
      const some = await noticeBudgets.takeOfBudget(period, part, taken);
      for (const { period: earlier } of some < taken ? periods.slice(0, index) : []) {
        await noticeBudgets.giveBack(earlier, part, taken - some);
      }
      taken = some;
      if (taken === 0) break;
    }
    if (taken < wanted) this.#closedUntil.set(part, clock.steady() + AGAIN);
    return taken;
  }

  /** Another sender may have claimed some of them first. */
  async #charge(mails: readonly ClaimedNotice[], charge: Charge, taken: number): Promise<void> {
    if (charge.periods.length === 0) return;
    for (const mail of mails) this.#charges.set(mail, charge);
    for (let n = mails.length; n < taken; n++) this.#refunds.push(charge);
  }

  async #giveBack(): Promise<void> {
    const counts = new Map<string, { period: string; part: BudgetPart; count: number }>();
    for (const { periods, part } of this.#refunds.splice(0)) {
      this.#closedUntil.delete(part);
      for (const period of periods) {
        const name = `${period} ${part}`;
        const count = (counts.get(name)?.count ?? 0) + 1;
        counts.set(name, { period, part, count });
      }
    }
    for (const { period, part, count } of counts.values()) {
      await this.#deps.noticeBudgets.giveBack(period, part, count);
    }
  }
}

function toName({ period }: BudgetPeriod): string {
  return period;
}
