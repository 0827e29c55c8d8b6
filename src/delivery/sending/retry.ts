import type { Random } from '../../base/random.js';
import { TIMING, type Timing } from '../../base/timing.js';

/**
 * A greylist of any length is met before it has lasted three times as long: tries come after 10, 30,
 * 70, 150 seconds. Growing by four was tried, and some mails waited four times as long as they had to.
 */
const GROWTH = 2;
const LONGEST = 3_600_000;
const JITTER = 0.2;
/** No wait is longer, in milliseconds. */
export const LONGEST_WAIT = LONGEST * (1 + JITTER);

const SOON = 1_000;
/** Losses that a mail is forgiven while the server loses others as well. */
const SHARED_LOSSES = 25;

/** Of a mail that a server had no room for: short at first, since the throttle spaces them all. */
const FIRST_THROTTLED = 500;
const THROTTLED_GROWTH = 3;
const LONGEST_THROTTLED = 600_000;

/**
 * Milliseconds until the next try after `attempts` (1 or more) have ended without a verdict:
 * 10 s, 20 s, 40 s … at most an hour, each give or take a fifth, so that mails that failed
 * together do not come back together.
 */
export function retryDelay(
  attempts: number,
  random: Random,
  { firstRetry }: Timing = TIMING,
): number {
  const delay = Math.min(firstRetry * GROWTH ** (attempts - 1), LONGEST);
  return Math.round(delay * (1 - JITTER + 2 * JITTER * random.fraction()));
}

/**
 * Milliseconds until the next try of a mail over which the connection was lost for the `losses`th
 * time. The first follows soon, since connections end for many reasons; then it grows as after
 * attempts. But while the server loses others as well, the breaker spaces the tries, and only a mail
 * that is never spared is taken for the reason in the end.
 */
export function lossDelay(
  losses: number,
  shared: boolean,
  random: Random,
  timing: Timing = TIMING,
): number {
  const alone = shared ? losses - SHARED_LOSSES : losses;
  return alone <= 1 ? SOON : retryDelay(alone - 1, random, timing);
}

/** Milliseconds until a mail comes up again that was thrown back for the `times`th time. */
export function throttledDelay(times: number): number {
  return Math.min(FIRST_THROTTLED * THROTTLED_GROWTH ** (times - 1), LONGEST_THROTTLED);
}
