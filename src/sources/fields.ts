import { type Day, isDay } from '../base/day.js';
import { parseUrl } from '../base/url.js';
import { isPublicHost } from '../http/public-address.js';
import { parseAuthors } from '../papers/author-list.js';
import { cleanText, shorten } from '../text/clean.js';

/** As it stands in an `href`, where each letter beyond ASCII takes six characters or more. */
const MAX_URL = 500;

export const MAX_NAME = 200;
export const MAX_TITLE = 2000;
export const MAX_ABSTRACT = 50_000;
export const MAX_KEYWORDS = 50;
export const MAX_AUTHORS = 20_000;

/** Clean text of a length that no honest one exceeds; blank is `null`. */
export function textOrNull(text: string | null | undefined, max: number): string | null {
  return shorten(cleanText((text ?? '').slice(0, max * 4)), max) || null;
}

/** Clean names, without blank ones. */
export function toNames(names: readonly (string | null | undefined)[], max: number): string[] {
  return names.flatMap((name) => textOrNull(name, MAX_NAME) ?? []).slice(0, max);
}

/** Clean names of authors, from texts of one or more each. */
export function toAuthors(texts: readonly (string | null | undefined)[]): string[] {
  return toNames(parseAuthors(texts.filter((text) => typeof text === 'string')), MAX_AUTHORS);
}

/** The clean title, `null` where nothing of it could be seen. */
export function toTitle(text: string | null | undefined): string | null {
  const title = textOrNull(text, MAX_TITLE);
  return title !== null && /[\p{L}\p{N}\p{P}\p{S}]/u.test(title) ? title : null;
}

/** The day that a time begins with, as `2026-03-02` or `2026-03-02T10:00:00Z`. */
export function toDay(time: string | null | undefined): Day | null {
  const day = time?.slice(0, 10) ?? '';
  return isDay(day) ? day : null;
}

/**
 * An address that may stand in an `href`: of the web, without a login, and on the public internet, since
 * whoever follows it is not where we are.
 * @param ownHosts are taken though they are not public
 */
export function webUrl(
  text: string | null | undefined,
  ownHosts: ReadonlySet<string> = NONE,
): string | null {
  const url = text && text.length <= MAX_URL ? parseUrl(text) : null;
  if (!url) return null;
  const { protocol, href, host, hostname, username, password } = url;
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return null;
  return href.length <= MAX_URL && (isPublicHost(hostname) || ownHosts.has(host)) ? href : null;
}

const NONE: ReadonlySet<string> = new Set();

/** Films, sound, drawings that may hold a program, and documents. What it is shows when it is fetched. */
const NO_PICTURE = /\.(?:mp4|m4v|webm|mov|mkv|avi|ogv|mp3|wav|ogg|svgz?|pdf|html?)$/i;
/** So many addresses are looked at, and so many kept: the first may be no picture that we can use. */
const MOST_PICTURES = 20;
const KEPT_PICTURES = 2;

/**
 * The first of these addresses that may well be pictures, as a field of a paper.
 * @param ownHosts are taken though they are not public
 * @param foreign hosts that are not taken, public or not
 */
export function toPicture(
  addresses: readonly unknown[],
  ownHosts: ReadonlySet<string> = NONE,
  foreign: ReadonlySet<string> = NONE,
): { pictureUrl?: string } {
  const found = new Set<string>();
  for (const address of addresses.slice(0, MOST_PICTURES)) {
    const url = typeof address === 'string' ? webUrl(address, ownHosts) : null;
    if (url === null) continue;
    const { host, pathname } = new URL(url);
    if (!foreign.has(host) && !NO_PICTURE.test(pathname)) found.add(url);
  }
  return found.size === 0 ? {} : { pictureUrl: [...found].slice(0, KEPT_PICTURES).join(' ') };
}
