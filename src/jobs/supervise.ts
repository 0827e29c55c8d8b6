import type { Clock } from '../base/clock.js';
import { toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { TIMING, type Timing } from '../base/timing.js';

const LONGEST_BACKOFF = 60_000;

/**
 * Runs `work` until `signal` aborts, again after each failure, with a longer and longer backoff: a
 * store that was locked or a disk that was full must not end the service for good.
 */
export async function keepRunning(
  name: string,
  work: () => Promise<void>,
  { clock, logger, timing = TIMING }: { clock: Clock; logger: Logger; timing?: Timing },
  signal: AbortSignal,
): Promise<void> {
  let backoff = timing.firstRestart;
  while (!signal.aborted) {
    const began = clock.steady();
    try {
      await work();
      if (!signal.aborted) throw new Error('it ended before it was stopped');
    } catch (error) {
      logger.error(
        { event: 'part_failed', part: name, reason: toErrorMessage(error), backoff },
        `the ${name} failed and starts again`,
      );
      if (clock.steady() - began > LONGEST_BACKOFF) backoff = timing.firstRestart;
      await clock.sleep(backoff, signal);
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF);
    }
  }
}
