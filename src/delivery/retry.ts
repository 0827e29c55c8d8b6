import type { Random } from '../base/random.js';

const FIRST = 10_000;
const GROWTH = 4;
const LONGEST = 3_600_000;
const JITTER = 0.2;
/** No wait is longer, in milliseconds. */
export const LONGEST_WAIT = LONGEST * (1 + JITTER);

/**
 * Milliseconds until the next try after `attempts` (1 or more) have ended without a verdict:
 * 10 s, 40 s, 160 s … at most an hour, each give or take a fifth, so that mails that failed
 * together do not come back together.
 */
export function retryDelay(attempts: number, random: Random): number {
  const delay = Math.min(FIRST * GROWTH ** (attempts - 1), LONGEST);
  return Math.round(delay * (1 - JITTER + 2 * JITTER * random.fraction()));
}
