import { toErrorMessage } from '../base/errors.js';
import { type FetchPicturesDeps, fetchPictures } from '../pictures/fetch-pictures.js';
import type { PictureStore } from '../pictures/picture.js';
import { type LeaseDeps, underLease } from './lease.js';

/** Where pictures of papers are shown. */
export interface PictureSettings {
  readonly pages: boolean;
  readonly mails: boolean;
}

export interface PictureDeps extends Omit<FetchPicturesDeps, 'pictures'>, LeaseDeps {
  pictures: PictureStore;
  thumbnails: PictureSettings;
}

/** How often it looks whether an edition was picked whose pictures are not here. */
const LOOK_EVERY = 20_000;
/** What a mail can wait for pictures. */
const LONGEST_FOR_MAILS = 60_000;
const LEASE = 'fetching pictures';

/**
 * Fetches pictures of the newest editions' papers, never because somebody reads. Any number of
 * processes may run it on one store.
 */
export async function runPictures(deps: PictureDeps, signal: AbortSignal): Promise<void> {
  const { thumbnails, clock } = deps;
  if (!thumbnails.pages && !thumbnails.mails) return;
  while (!signal.aborted) {
    await underLease(deps, LEASE, (lost) => fetchPictures(deps, AbortSignal.any([signal, lost])));
    await clock.sleep(LOOK_EVERY, signal);
  }
}

/** Fetches pictures before mails are planned that are to carry one. */
export type PrepareMails = (signal?: AbortSignal) => Promise<void>;

/**
 * An edition that is sent without them does not get them later: its mails are all alike. No mail is left
 * out for want of a picture.
 */
export function prepareMails(
  deps: Omit<PictureDeps, keyof LeaseDeps> & FetchPicturesDeps,
): PrepareMails {
  const { thumbnails, logger } = deps;
  return async (signal) => {
    if (!thumbnails.mails) return;
    const limit = AbortSignal.timeout(LONGEST_FOR_MAILS);
    try {
      await fetchPictures(deps, signal ? AbortSignal.any([signal, limit]) : limit);
    } catch (error) {
      const reason = toErrorMessage(error);
      logger.warn({ event: 'pictures_missing', reason }, 'mails go without pictures');
    }
  };
}
