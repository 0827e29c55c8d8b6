import type { Day } from '../../base/day.js';
import type { RateLimits } from '../../delivery/throttle/rate-limits.js';
import type { ThrottleStore } from '../../delivery/throttle/throttle-store.js';
import { toDailyCap } from '../../delivery/throttle/warmup.js';
import type { Finding } from './finding.js';

/** How far a warm-up is, and whether servers slow it. Says nothing where there is none, or it is over. */
export async function examineWarmup(
  limits: Pick<RateLimits, 'dailyCap' | 'warmup'>,
  store: Pick<ThrottleStore, 'slowedDays'>,
  today: Day,
): Promise<Finding[]> {
  const { dailyCap, warmup } = limits;
  if (warmup === null) return [];
  const cap = toDailyCap(today, limits, await store.slowedDays(warmup.from, today));
  if (cap === dailyCap || cap === null) return [];
  const planned = toDailyCap(today, limits);
  const mails = `WARMUP lets ${cap.toLocaleString('en')} mails go today`;
  if (cap === planned) return [{ subject: 'warm-up', ok: true, told: mails }];
  const instead = planned === null ? 'any number' : planned.toLocaleString('en');
  const told = `${mails} instead of ${instead}, for servers wanted fewer on days before (docs/SENDING.md, "Warm-up")`;
  return [{ subject: 'warm-up', ok: true, warns: true, told }];
}
