import type { Ledger } from '../delivery/ledger.js';
import type { PictureStore } from '../pictures/picture.js';
import type { NoticeCounts } from '../subscribers/notice-limits.js';
import { type ForgettingDeps, forgetOld } from './forgetting.js';
import { type LeaseDeps, underLease } from './lease.js';

export interface HousekeepingDeps extends LeaseDeps, ForgettingDeps {
  ledger: Ledger;
  noticeCounts: Pick<NoticeCounts, 'forget'>;
  pictures: Pick<PictureStore, 'forget'>;
  /** Days for which pictures of papers are kept. */
  keepPictures?: number;
}

const EVERY = 60 * 60_000;
/** An edition that was planned so long ago is hardly planned again. */
const PLANNED_AGO = 48 * 60 * 60_000;
/** Selections that are changed at once: others who write must not wait for long. */
const AT_ONCE = 1_000;
/** Pictures: each is some 20 KB. */
const PICTURES_AT_ONCE = 50;
export const KEEP_PICTURES = 90;

/**
 * Forgets, once an hour, what nobody needs any more. Any number of processes may run it on one
 * store.
 */
export async function runHousekeeping(deps: HousekeepingDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await underLease(deps, 'housekeeping', async (lost) => {
      const stop = AbortSignal.any([signal, lost]);
      await deps.noticeCounts.forget(deps.clock.now());
      await forgetReasons(deps, stop);
      await forgetOld(deps, stop);
      await forgetPictures(deps, stop);
    });
    await deps.clock.sleep(EVERY, signal);
  }
}

async function forgetReasons(
  { ledger, clock, logger }: HousekeepingDeps,
  signal: AbortSignal,
): Promise<void> {
  let forgotten = 0;
  while (!signal.aborted) {
    const some = await ledger.forgetReasons(clock.now() - PLANNED_AGO, AT_ONCE);
    if (some === 0) break;
    forgotten += some;
  }
  if (forgotten > 0)
    logger.info({ event: 'reasons_forgotten', selections: forgotten }, 'reasons forgotten');
}

async function forgetPictures(
  { pictures, keepPictures = KEEP_PICTURES, clock, logger }: HousekeepingDeps,
  signal: AbortSignal,
): Promise<void> {
  const before = clock.now() - keepPictures * 24 * EVERY;
  let forgotten = 0;
  while (!signal.aborted) {
    const some = await pictures.forget(before, PICTURES_AT_ONCE);
    if (some === 0) break;
    forgotten += some;
  }
  if (forgotten > 0)
    logger.info({ event: 'pictures_forgotten', pictures: forgotten }, 'old pictures are gone');
}
