import type { Clock } from '../base/clock.js';
import { toErrorMessage } from '../base/errors.js';
import type { Leases } from '../base/leases.js';
import type { Logger } from '../base/logger.js';
import { TIMING, type Timing } from '../base/timing.js';

export interface LeaseDeps {
  leases: Leases;
  /** This process's name, its own among all that use the store. */
  holder: string;
  clock: Clock;
  logger: Logger;
  /** Production's when left out. */
  timing?: Timing;
}

/**
 * Does `work` while no other process does, and keeps the lease for as long as it takes. A process
 * that was frozen for longer than a lease goes on beside its successor, so what the work writes
 * must stand being written twice.
 * @param work its signal aborts when the lease is lost.
 * @returns `null` when another process holds the lease, and nothing was done.
 */
export async function underLease<T>(
  { leases, holder, clock, logger, timing = TIMING }: LeaseDeps,
  name: string,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<{ result: T } | null> {
  if (!(await leases.take(name, holder, timing.lease))) return null;
  const done = new AbortController();
  const lost = new AbortController();
  const renewing = renew().catch((error: unknown) => {
    logger.warn(
      { event: 'lease_not_renewed', lease: name, reason: toErrorMessage(error) },
      'a lease could not be renewed',
    );
    lost.abort();
  });
  try {
    return { result: await work(lost.signal) };
  } finally {
    done.abort();
    await renewing;
    await leases.release(name, holder);
  }

  async function renew(): Promise<void> {
    for (;;) {
      await clock.sleep(timing.renewEvery, done.signal);
      if (done.signal.aborted) return;
      if (await leases.take(name, holder, timing.lease)) continue;
      lost.abort();
      return;
    }
  }
}
