import { PaperboyError } from '../../base/errors.js';
import { type GetOptions, get, type HttpAnswer, type HttpDeps } from '../../http/http-client.js';
import { type Element, findChild, findChildren, parseXml } from './xml.js';

/** A page of 500 papers may name some thousands of authors for each. */
const MAX_BODY = 32 * 1024 * 1024;

const FEED_END = /<\/feed>\s*$/;

type How = Pick<GetOptions, 'signal' | 'until'>;

export function apiQuery(apiUrl: URL, query: Record<string, string>): URL {
  const url = new URL('/api/query', apiUrl);
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** @throws PaperboyError `source_failed` */
export function getApi(
  http: HttpDeps,
  url: URL,
  how: How,
  fault?: (body: string) => string | null,
): Promise<HttpAnswer> {
  return getXml(http, url, FEED_END, { ...how, ...(fault && { fault }) });
}

export function parseFeed(body: string): Element | undefined {
  return findChild(parseXml(body), 'feed');
}

export function parseEntries({ body }: HttpAnswer): Element[] {
  return findChildren(parseFeed(body), 'entry');
}

/**
 * Under load arXiv answers with status 200 what is empty, half or a page for people, or it refuses in
 * ways that say no more than that it is too much now. It is asked again after a backoff.
 * @param end what a whole body ends with
 * @throws PaperboyError `source_failed`
 */
export async function getXml(
  http: HttpDeps,
  url: URL,
  end: RegExp,
  { signal, until, fault = () => null }: How & Pick<GetOptions, 'fault'>,
): Promise<HttpAnswer> {
  const answer = await get(http, url, {
    ...{ signal, until, maxBody: MAX_BODY, isBusy },
    accept: 'application/atom+xml, application/rss+xml, application/xml',
    fault: (body) => {
      if (body.trim() === '') return 'sent an empty body';
      if (HTML.test(body)) return 'answered no feed, but a page';
      return end.test(body.slice(-1000)) ? fault(body) : 'sent a body that breaks off';
    },
  });
  if (answer.status !== 200) throw failed(`${url.host} answered ${answer.status}.`);
  return answer;
}

const HTML = /^\s*(?:<!--[^>]*-->\s*)?<(?:!doctype html|html|head|body)\b/i;
/** What arXiv answers beside 429 and 503 to those who ask too often, with nothing to read. */
const REFUSALS = [403, 406, 408, 425];
const TOO_MUCH = /\brate\b|too many|try again|\blater\b|exceeded|throttl|temporar/i;

function isBusy(status: number, body: string): boolean {
  return REFUSALS.includes(status) && (body.trim() === '' || TOO_MUCH.test(body.slice(0, 2000)));
}

function failed(sentence: string): PaperboyError {
  return new PaperboyError('source_failed', sentence);
}
