import { dayAt } from '../../base/day.js';
import type { NoticeCause } from '../../subscribers/subscribe.js';
import { type RateLimits, toInterval } from './rate-limits.js';
import { toDailyCap, type WarmupDay } from './warmup.js';

/** Whose part of a budget a notice is taken from. */
export type BudgetPart = 'readers' | 'strangers' | 'imports';

/** How many notices may go in a period, and of them in each part. */
export interface Budget {
  total: number;
  /** Those that do not go to readers: a part is left for readers, whatever strangers ask for. */
  notReaders: number;
  /** Those of imports: a part is left for strangers. */
  imports: number;
}

/** A period with its budget. */
export interface BudgetPeriod {
  /** `2026-03-02`, or an hour since the epoch as `h492731`. */
  period: string;
  budget: Budget;
  /** When its count is of no use any more. */
  expiresAt: number;
}

/** What went out in each period, counted for all senders of a store together. */
export interface NoticeBudgets {
  /**
   * Takes up to `wanted` notices of what a period's budget leaves for that part, in one conditional
   * write.
   * @returns how many were taken
   */
  takeOfBudget(period: BudgetPeriod, part: BudgetPart, wanted: number): Promise<number>;
  /** Gives notices back that no server took. */
  giveBack(period: string, part: BudgetPart, count: number): Promise<void>;
}

export type NoticeBudgetLimits = Pick<
  RateLimits,
  'dailyCap' | 'routesCap' | 'warmup' | 'timezone' | 'rate' | 'noticesPerHour' | 'noticesShare'
>;

const HOUR = 3_600_000;
/** Kept for so long after a period has begun. */
const KEPT = 48 * HOUR;
/** Somebody can always ask, however low the cap. */
const LEAST = 2;
/** An hour may take so many times its even part of the day. */
const HOURS_OF_A_DAY = 6;

export function toPart(cause: NoticeCause): BudgetPart {
  if (cause === 'reader') return 'readers';
  return cause === 'import' ? 'imports' : 'strangers';
}

/** What all relays take in a day, as far as each has a cap. */
export function toRoutesCap(
  routes: readonly { readonly dailyCap: number | null }[],
): number | null {
  const caps = routes.map(({ dailyCap }) => dailyCap).filter((cap) => cap !== null);
  const all = caps.reduce((sum, cap) => sum + cap, 0);
  return routes.length > 0 && caps.length === routes.length ? all : null;
}

/** The part of a number of mails that notices have. */
export function toNoticeShare(mails: number, share: number): number {
  return Math.floor((mails * share) / 100);
}

/**
 * The hour and, where there is a cap, the day that a notice counts for, by the store's clock.
 * @param days how the days of the warm-up went, as of `toDailyCap`
 */
export function toBudgetPeriods(
  limits: NoticeBudgetLimits,
  now: number,
  days: readonly WarmupDay[] = [],
): BudgetPeriod[] {
  const day = dayAt(now, limits.timezone);
  const caps = [toDailyCap(day, limits, days), limits.routesCap ?? null].filter(
    (cap) => cap !== null,
  );
  const cap = caps.length === 0 ? null : Math.min(...caps);
  const inDay = cap === null ? null : Math.max(LEAST, toNoticeShare(cap, limits.noticesShare));
  const inHour = findHourly(limits, inDay);
  const expiresAt = now + KEPT;
  return [
    ...(inHour === null
      ? []
      : [{ period: `h${Math.floor(now / HOUR)}`, budget: toBudget(inHour), expiresAt }]),
    ...(inDay === null ? [] : [{ period: day, budget: toDailyBudget(inDay), expiresAt }]),
  ];
}

function findHourly(limits: NoticeBudgetLimits, inDay: number | null): number | null {
  const { rate, noticesPerHour, noticesShare } = limits;
  const ofRate =
    rate === null ? null : toNoticeShare(HOUR / (toInterval(rate) / 1_000), noticesShare);
  const ofDay = inDay === null ? null : Math.ceil(inDay / HOURS_OF_A_DAY);
  const hourly = [noticesPerHour, ofRate, ofDay].filter((number) => number !== null);
  return hourly.length === 0 ? null : Math.max(LEAST, Math.min(...hourly));
}

function toBudget(total: number): Budget {
  return {
    total,
    // One at least, of however few.
    notReaders: total - Math.max(1, Math.floor(total / 5)),
    imports: Math.max(1, Math.min(Math.floor(total / 2), total - 2)),
  };
}

/** In an hour a stranger may come after an import; of a day with one for them, none is taken. */
function toDailyBudget(total: number): Budget {
  const budget = toBudget(total);
  return budget.notReaders > 1 ? budget : { ...budget, imports: 0 };
}

/**
 * How many notices can go out on a day, for whomever: more need not be asked for. Where there is no
 * cap, so many an hour all day.
 */
export function toNoticesPerDay(limits: NoticeBudgetLimits, now: number): number {
  const perDay = toBudgetPeriods(limits, now).map(({ period, budget }) =>
    period.startsWith('h') ? budget.total * 24 : budget.total,
  );
  return Math.min(Number.MAX_SAFE_INTEGER, ...perDay);
}

/** How many confirmations of an import go out in a day at most; `null`: as many as there are. */
export function toImportsPerDay(limits: NoticeBudgetLimits, now: number): number | null {
  const perDay = toBudgetPeriods(limits, now).map(({ period, budget }) =>
    period.startsWith('h') ? budget.imports * 24 : budget.imports,
  );
  return perDay.length === 0 ? null : Math.min(...perDay);
}
