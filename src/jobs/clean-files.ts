import type { Retention } from '../delivery/retention.js';
import { type LeaseDeps, underLease } from './lease.js';

export interface CleanFilesDeps extends LeaseDeps {
  retention: Retention;
}

/** Soon after somebody deleted their data, and yet once for all who did: others wait meanwhile. */
const EVERY = 10 * 60_000;

/**
 * Overwrites what the store's files may still hold of what was erased. Any number of processes may
 * run it on one store.
 */
export async function runCleanFiles(deps: CleanFilesDeps, signal: AbortSignal): Promise<void> {
  const { retention, clock, logger } = deps;
  while (!signal.aborted) {
    await clock.sleep(EVERY, signal);
    if (signal.aborted) return;
    await underLease(deps, 'files', async () => {
      const done = await retention.cleanFiles();
      if (done !== null) logger.info({ event: 'files_cleaned', done }, 'what was erased is gone');
    });
  }
}
