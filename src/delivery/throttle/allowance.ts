import type { Clock } from '../../base/clock.js';
import type { Deliveries } from '../ledger.js';
import type { Limiter } from '../sending/sender-status.js';
import type { DailyQuota } from './daily-quota.js';
import { LOOKAHEAD } from './gcra.js';
import { type RateLimits, toInterval } from './rate-limits.js';
import type { ThrottledMail } from './set-aside-claims.js';
import type { SlotCache } from './slot-cache.js';
import { ALL_MAILS } from './throttle-store.js';

/** How many deliveries the overall rate and the daily cap allow now. */
export interface Allowance {
  mails: number;
  /** The slots of those mails; `undefined` without an overall rate. */
  slots: number[] | undefined;
  /** When there may be more, by the steady clock. */
  moreAt: number;
  /** The limits that keep mails waiting. */
  limitedBy: Limiter[];
}

export interface AllowanceDeps {
  deliveries: Pick<Deliveries, 'due'>;
  limits: Pick<RateLimits, 'rate'>;
  quota: DailyQuota;
  slots: SlotCache;
  clock: Clock;
}

/** Milliseconds for which the main queue is taken to be empty once it was. */
export const EMPTY_FOR = 1_000;
/** Milliseconds until a daily cap that is used up is looked at again. */
const CAP_AGAIN = 1_000;

/**
 * Takes what the overall rate and the daily cap allow now.
 * @param limit most mails to claim
 * @param setAside set-aside mails that could go now
 */
export async function takeAllowance(
  { deliveries, limits, quota, slots, clock }: AllowanceDeps,
  limit: number,
  setAside: number,
): Promise<Allowance> {
  const interval = toInterval(limits.rate);
  const limitedBy: Limiter[] = [];
  if (interval === 0 && !quota.limited) {
    return { mails: limit, slots: undefined, moreAt: 0, limitedBy };
  }
  // Takes no more than there are mails, so that other senders get the rest.
  const due = Math.min(limit, setAside + (await deliveries.due(limit)));
  const left = await quota.reserve(due);
  if (left < due) limitedBy.push('cap');
  let moreAt = 0;
  if (due === 0) moreAt = clock.steady() + EMPTY_FOR;
  else if (left === 0) moreAt = clock.steady() + CAP_AGAIN;
  if (interval === 0) return { mails: left, slots: undefined, moreAt, limitedBy };
  // If there are plenty of mails, takes slots for later claims too: fewer writes at high rates.
  const wanted = due === limit ? Math.max(left, Math.floor(LOOKAHEAD / 2 / interval)) : left;
  const taken = await slots.take([{ name: ALL_MAILS, wanted, interval }]);
  const own = taken.get(ALL_MAILS) ?? [];
  if (own.length < left) limitedBy.push('rate');
  const opensAt = own.length < left ? slots.opensAt(ALL_MAILS) : 0;
  return {
    mails: Math.min(own.length, left),
    slots: own,
    moreAt: Math.max(moreAt, opensAt),
    limitedBy,
  };
}

/** Gives each mail one of the overall slots, and puts the unused ones back. */
export function assignSlots(mails: ThrottledMail[], slots: number[], cache: SlotCache): void {
  mails.sort((a, b) => a.slot - b.slot);
  for (const mail of mails) mail.slot = Math.max(mail.slot, slots.shift() ?? 0);
  cache.putBack(ALL_MAILS, slots);
}
