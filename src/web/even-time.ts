import type { Clock } from '../base/clock.js';

/** Milliseconds. What is done for an address takes far less, unless the disk is slow. */
const STEP = 100;

/**
 * Waits until a multiple of `step` has passed, so that an answer does not tell by its time what was
 * done for an address. The writes are the same for all; a few reads are not.
 */
export async function waitForStep(clock: Clock, began: number, step: number = STEP): Promise<void> {
  if (step > 0) await clock.sleep(step - ((clock.steady() - began) % step));
}
