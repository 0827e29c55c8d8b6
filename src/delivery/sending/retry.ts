import type { Random } from '../../base/random.js';
import { TIMING, type Timing } from '../../base/timing.js';

/**
 * Attempts come after 10, 30, 70, 150 seconds, so a mail waits at most three times as long as a server
 * greylists. With a growth of four, some mails waited four times as long as they had to.
 */
const GROWTH = 2;
const LONGEST = 3_600_000;
const JITTER = 0.2;
/** Longest wait in milliseconds. */
export const LONGEST_WAIT = LONGEST * (1 + JITTER);

const SOON = 1_000;
/** Losses of a mail that do not count while the server loses other mails as well. */
const SHARED_LOSSES = 25;

/** Waits of a mail that a server throttled: short at first, since the throttle spaces all mails. */
const FIRST_THROTTLED = 500;
const THROTTLED_GROWTH = 3;
const LONGEST_THROTTLED = 600_000;

/**
 * Milliseconds until the next attempt after `attempts` (1 or more) failed ones: 10 s, 20 s, 40 s … at
 * most an hour, with a jitter of a fifth, so that mails that failed together do not come back together.
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
 * Milliseconds until the next attempt of a mail over which connections were lost `losses` times. The
 * first is soon, since connections end for many reasons; then they grow as after failed attempts. While
 * the server loses other mails as well (`shared`), the circuit breaker spaces the attempts, and only
 * many losses show that the mail is the cause.
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

/** Milliseconds until the next attempt of a mail that was throttled `times` times. */
export function throttledDelay(times: number): number {
  return Math.min(FIRST_THROTTLED * THROTTLED_GROWTH ** (times - 1), LONGEST_THROTTLED);
}
