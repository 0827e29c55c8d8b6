import { addDays, type Day, daysBetween } from '../../base/day.js';

/**
 * The warm-up of a new sending address: `first` mails on the day `from`, then more on each day after one
 * on which servers took them.
 */
export interface Warmup {
  from: Day;
  first: number;
}

/** How a day of a warm-up went. */
export interface WarmupDay {
  day: Day;
  /** Mails that a server took, or may have taken. */
  taken: number;
  /** Mails that a server wanted later, for there were too many or for what it knows of us. */
  slowed: number;
}

/** A thousandfold in six weeks: from 200 mails to 200,000. */
const GROWTH = 1.18;
/** The step after which a warm-up no longer limits anything. */
export const WARMUP_STEPS = 42;

/** Fewer replies than this may be about single mailboxes. */
const ENOUGH = 5;
/** From this share of slowed mails on, the next day has no more mails than this one. */
const MANY = 0.05;
/** From this share on, it has fewer. */
const BAD = 0.2;
const STEPS_BACK = 2;

/**
 * How many mails may go out on a day; `null` for any number.
 * @param days how the days of the warm-up went; those that are missing went well
 */
export function toDailyCap(
  day: Day,
  { dailyCap, warmup }: { dailyCap: number | null; warmup: Warmup | null },
  days: readonly WarmupDay[] = [],
): number | null {
  if (warmup === null || day < warmup.from) return dailyCap;
  const step = toStep(day, warmup.from, days);
  if (step >= WARMUP_STEPS) return dailyCap;
  const warm = Math.floor(warmup.first * GROWTH ** step);
  return dailyCap === null ? warm : Math.min(warm, dailyCap);
}

/** How often the cap has grown by the morning of a day, less how often it has shrunk. */
function toStep(day: Day, from: Day, days: readonly WarmupDay[]): number {
  const changes = new Map(days.map((one) => [one.day, toChange(one)]));
  const past = daysBetween(from, day);
  let step = 0;
  // Once it is over, it stays so.
  for (let n = 0; n < past && step < WARMUP_STEPS; n++) {
    step = Math.max(0, step + (changes.get(addDays(from, n)) ?? 1));
  }
  return step;
}

function toChange({ taken, slowed }: WarmupDay): number {
  const share = slowed / Math.max(1, taken + slowed);
  if (slowed < ENOUGH || share < MANY) return 1;
  return share < BAD ? 0 : -STEPS_BACK;
}
