import type { Clock } from '../base/clock.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { oneByOne } from '../base/one-by-one.js';
import { getBytes, type HttpDeps } from '../http/http-client.js';
import type { Picture, PictureStore, WantedPicture } from './picture.js';
import { readPicture } from './read-picture.js';

export interface FetchPicturesDeps {
  pictures: Pick<PictureStore, 'wanted' | 'save' | 'saveFailure'>;
  /** What an address is asked with. Sources have chosen it, so it keeps out of our own network. */
  pictureHttp: () => Promise<(url: URL) => HttpDeps>;
  clock: Clock;
  logger: Logger;
}

/** Fetched at once. */
const AT_ONCE = 3;
/** Figures of papers have a megabyte or two. */
const MAX_BODY = 8 * 1024 * 1024;
const ACCEPT = 'image/webp, image/png, image/jpeg, image/gif;q=0.8';

const HOUR = 3_600_000;
/** How long after each failed try the next one is; after the last there is none. */
const WAITS = [HOUR / 6, HOUR, 6 * HOUR];
/** Editions that were picked before are not looked at any more. */
const PICKED_AGO = 3 * 24 * HOUR;

/** What became of one round. */
export interface FetchedPictures {
  fetched: number;
  failed: number;
}

/**
 * Fetches the pictures that the newest editions' papers lack, and keeps our own files of them. What
 * fails is noted: it is tried a few times more, later, or never again.
 */
export async function fetchPictures(
  deps: FetchPicturesDeps,
  signal: AbortSignal,
): Promise<FetchedPictures> {
  const { pictures, clock, logger } = deps;
  const now = clock.now();
  const wanted = await pictures.wanted(now - PICKED_AGO, now);
  const done: FetchedPictures = { fetched: 0, failed: 0 };
  if (wanted.length === 0) return done;
  const toHttp = await deps.pictureHttp();
  // One at a time: all of a process's files and answers are packed by the same few threads.
  const inTurn = oneByOne();
  const queue = wanted.values();
  const fetchSome = async () => {
    for (const one of queue) {
      if (signal.aborted) return;
      const isKept = await fetchOne(
        deps,
        one,
        async (url) => {
          const bytes = await load(toHttp(url), url, signal);
          return inTurn(() => readPicture(bytes));
        },
        signal,
      );
      if (isKept !== null) done[isKept ? 'fetched' : 'failed']++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetchSome));
  logger.info({ event: 'pictures_fetched', ...done }, 'pictures of papers were fetched');
  return done;
}

/** @returns whether there is a picture now; `null` when it was broken off. */
async function fetchOne(
  { pictures, clock, logger }: FetchPicturesDeps,
  wanted: WantedPicture,
  fetch: (url: URL) => Promise<Picture>,
  signal: AbortSignal,
): Promise<boolean | null> {
  const url = new URL(wanted.url);
  let picture: Picture;
  try {
    picture = await fetch(url);
  } catch (error) {
    if (signal.aborted) return null;
    const tries = wanted.tries + 1;
    const wait = isFinal(error) ? undefined : WAITS[tries - 1];
    const at = clock.now();
    const reason = toErrorMessage(error).slice(0, 500);
    const nextAt = wait === undefined ? null : at + wait;
    await pictures.saveFailure({ ...wanted, tries, reason, at, nextAt });
    const said = { paper: wanted.paperId, host: url.host, reason, again: nextAt !== null };
    logger.info({ event: 'picture_failed', ...said }, 'a paper’s picture could not be fetched');
    return false;
  }
  await pictures.save(wanted, picture, clock.now());
  return true;
}

/** @throws PaperboyError `source_failed`, `picture_unreadable`, `picture_gone` */
async function load(http: HttpDeps, url: URL, signal: AbortSignal): Promise<Buffer> {
  const answer = await getBytes(http, url, { signal, accept: ACCEPT, maxBody: MAX_BODY });
  const { status, contentType, body } = answer;
  if (status !== 200) {
    const isForNow = status < 400 || [401, 403, 408, 425].includes(status);
    const code = isForNow ? 'source_failed' : 'picture_gone';
    throw new PaperboyError(code, `${url.host} answered ${status}.`);
  }
  // Some servers say nothing better of it; what it is shows by its first bytes.
  if (
    contentType !== '' &&
    !/^(?:image\/|(?:application|binary)\/octet-stream)/i.test(contentType)
  ) {
    throw new PaperboyError('picture_unreadable', `${url.host} sent what is no picture.`);
  }
  return body;
}

function isFinal(error: unknown): boolean {
  return error instanceof PaperboyError && error.code !== 'source_failed';
}
