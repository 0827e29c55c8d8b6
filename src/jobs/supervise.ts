import type { Clock } from '../base/clock.js';
import { toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { TIMING, type Timing } from '../base/timing.js';

const LONGEST_BACKOFF = 60_000;

/**
 * Runs `work` until `signal` aborts, again after each failure, with longer and longer rests: a
 * store that was locked or a disk that was full must not end the service for good.
 */
export async function keepRunning(
  name: string,
  work: () => Promise<void>,
  { clock, logger, timing = TIMING }: { clock: Clock; logger: Logger; timing?: Timing },
  signal: AbortSignal,
): Promise<void> {
  let rest = timing.firstRestart;
  while (!signal.aborted) {
    const began = clock.steady();
    try {
      await work();
      if (!signal.aborted) throw new Error('it ended before it was stopped');
    } catch (error) {
      logger.error(
        { event: 'part_failed', part: name, reason: toErrorMessage(error), rest },
        `the ${name} failed and starts again`,
      );
      if (clock.steady() - began > LONGEST_BACKOFF) rest = timing.firstRestart;
      await clock.sleep(rest, signal);
      rest = Math.min(rest * 2, LONGEST_BACKOFF);
    }
  }
}
