import { type Day, daysBetween } from '../../base/day.js';

/** The warm-up of a new sending address: `first` mails on the day `from`, then 1.5 times each day. */
export interface Warmup {
  from: Day;
  first: number;
}

const GROWTH = 1.5;
/** The day after which a warm-up no longer limits anything. */
export const WARMUP_DAYS = 45;

/** How many mails may go out on a day; `null` for any number. */
export function toDailyCap(
  day: Day,
  { dailyCap, warmup }: { dailyCap: number | null; warmup: Warmup | null },
): number | null {
  if (warmup === null) return dailyCap;
  const days = daysBetween(warmup.from, day);
  if (days < 0 || days >= WARMUP_DAYS) return dailyCap;
  const warm = Math.floor(warmup.first * GROWTH ** days);
  return dailyCap === null ? warm : Math.min(warm, dailyCap);
}
