import type { Clock } from '../base/clock.js';
import { dayAt } from '../base/day.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { oneByOne } from '../base/one-by-one.js';
import { getBytes, type HttpDeps } from '../http/http-client.js';
import type { FoundPicture, Picture, PictureStore } from './picture.js';
import { readPicture } from './read-picture.js';

export interface FetchPicturesDeps {
  pictures: Pick<PictureStore, 'wanted' | 'save' | 'saveFailure'>;
  /** What an address is asked with. A source has chosen it, so it keeps out of our own network. */
  pictureHttp: () => Promise<(url: URL, source: string | undefined) => HttpDeps>;
  clock: Clock;
  logger: Logger;
}

/** Fetched at once. */
const AT_ONCE = 3;
/** Figures of papers have a megabyte or two. */
const MAX_BODY = 8 * 1024 * 1024;
const ACCEPT = 'image/webp, image/png, image/jpeg, image/gif;q=0.8';

/** In one round: the next one comes soon. */
const MOST = 100;
const HOUR = 3_600_000;
/** How long after each failed try the next one is; after the last there is none. */
const WAITS = [HOUR / 6, HOUR, 6 * HOUR];
/** Editions that were picked before are not looked at any more. */
const PICKED_AGO = 3 * 24 * HOUR;
/** Nor those of days before: whoever makes editions of the past needs no pictures of all of them. */
const DATED_AGO = 8 * 24 * HOUR;

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
  const of = {
    pickedSince: now - PICKED_AGO,
    datedFrom: dayAt(now - DATED_AGO, 'UTC'),
    most: MOST,
  };
  const wanted = await pictures.wanted(of, now);
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
          const bytes = await load(toHttp(url, one.source), url, signal);
          return inTurn(() => readPicture(bytes, signal));
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
  { source: _, ...wanted }: FoundPicture,
  fetch: (url: URL) => Promise<Picture>,
  signal: AbortSignal,
): Promise<boolean | null> {
  const { picture, failures } = await fetchFirst(wanted.url, fetch, signal);
  if (picture) {
    await pictures.save(wanted, picture, clock.now());
    return true;
  }
  if (signal.aborted) return null;
  const tries = wanted.tries + 1;
  // What may be mended is tried again, and what is beside it too.
  const last = failures.find(({ error }) => !isFinal(error)) ?? failures.at(-1);
  const wait = isFinal(last?.error) ? undefined : WAITS[tries - 1];
  const at = clock.now();
  const reason = toErrorMessage(last?.error).slice(0, 500);
  const nextAt = wait === undefined ? null : at + wait;
  await pictures.saveFailure({ ...wanted, tries, reason, at, nextAt });
  const said = { paper: wanted.paperId, host: last?.host, reason, again: nextAt !== null };
  logger.info({ event: 'picture_failed', ...said }, 'a paper’s picture could not be fetched');
  return false;
}

/** The first of these addresses that leads to a picture, else why none of them does. */
async function fetchFirst(
  addresses: string,
  fetch: (url: URL) => Promise<Picture>,
  signal: AbortSignal,
): Promise<{ picture?: Picture; failures: { host: string; error: unknown }[] }> {
  const failures: { host: string; error: unknown }[] = [];
  for (const address of addresses.split(' ')) {
    const url = new URL(address);
    try {
      return { picture: await fetch(url), failures };
    } catch (error) {
      failures.push({ host: url.host, error });
    }
    if (signal.aborted) break;
  }
  return { failures };
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
