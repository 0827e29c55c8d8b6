import { addDays, type Day, dayAt } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { get, type HttpAnswer, type HttpDeps } from '../../http/http-client.js';
import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { distinctPapers, readOne } from '../answer.js';
import type { PaperLookup } from '../lookup.js';
import type { Source, SourceAnswer, SourceOptions } from '../source.js';
import { parseId, readItem, submissionDay } from './huggingface-item.js';

/** The API gives at most this many items a page, and half of it unless asked. */
const PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGES = 20;
/** How far back the newest day is looked for: longer than the year-end break. */
const LOOK_BACK = 14;

const UNCHANGED: SourceAnswer = { listed: 0, papers: [], dropped: [], unchanged: true };

/**
 * "Daily Papers" of Hugging Face: `GET /api/daily_papers?date=`, page by page.
 * @param baseUrl where the API lives, without a path.
 */
export function huggingFace(baseUrl: URL, http: HttpDeps): Source {
  const listDay = async (day: Day, options: SourceOptions = {}): Promise<SourceAnswer> => {
    const { validators, ...how } = options;
    const known = [...(validators ?? [])];
    const given: (string | null)[] = [];
    const items: unknown[] = [];
    let before = '';
    for (let page = 0; page < MAX_PAGES; page++) {
      const url = pageUrl(baseUrl, { date: day, p: page });
      const answer = await get(http, url, { ...how, validator: known[page] });
      if (answer.status === 304) {
        if (page + 1 === known.length) return UNCHANGED;
        continue;
      }
      // What stood on the pages before is needed as well.
      if (page > 0 && known.length > 0) return listDay(day, how);
      known.length = 0;
      // The API refuses days that have not begun where it lives; here they may have.
      if (answer.status === 400 && day >= dayAt(http.clock.now(), 'UTC')) break;
      const batch = parseItems(answer, baseUrl);
      given.push(answer.validator);
      // A server that ignores `p` would be read forever.
      if (page > 0 && answer.body === before) break;
      before = answer.body;
      items.push(...batch);
      if (batch.length < DEFAULT_PAGE_SIZE) break;
    }
    const tags = given.filter((one) => one !== null);
    const isWhole = tags.length > 0 && tags.length === given.length;
    return { ...readItems(items), validators: isWhole ? tags : null };
  };

  /** The answer without a date begins with the newest papers; without it, day by day. */
  const newestDay = async (today: Day, how: SourceOptions = {}): Promise<Day | null> => {
    const answer = await get(http, pageUrl(baseUrl, {}), how);
    if (answer.status === 200) {
      const newest = findNewestDay(parseItems(answer, baseUrl), today);
      if (newest !== undefined) return newest;
    }
    for (let back = 0; back < LOOK_BACK; back++) {
      const day = addDays(today, -back);
      if ((await listDay(day, how)).papers.length > 0) return day;
    }
    return null;
  };

  return { name: 'huggingface', countsVotes: true, listDay, newestDay };
}

function findNewestDay(items: readonly unknown[], last: Day): Day | undefined {
  const days = items.flatMap((item) => submissionDay(item) ?? []);
  return days
    .filter((day) => day <= last)
    .sort()
    .at(-1);
}

function pageUrl(baseUrl: URL, query: { date?: Day; p?: number }): URL {
  const url = new URL('/api/daily_papers', baseUrl);
  url.searchParams.set('limit', String(PAGE_SIZE));
  if (query.date !== undefined) url.searchParams.set('date', query.date);
  if (query.p) url.searchParams.set('p', String(query.p));
  return url;
}

function parseItems(answer: HttpAnswer, baseUrl: URL): unknown[] {
  if (answer.status !== 200) {
    throw new PaperboyError('source_failed', `${baseUrl.host} answered ${answer.status}.`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer.body);
  } catch (cause) {
    const what = answer.contentType.split(';')[0] || 'something';
    throw new PaperboyError('source_failed', `${baseUrl.host} answered ${what} that is not JSON.`, {
      cause,
    });
  }
  if (!Array.isArray(parsed)) {
    throw new PaperboyError('source_failed', `${baseUrl.host} did not answer a list of papers.`);
  }
  return parsed;
}

/** Reads every item on its own: a bad one costs itself only. */
function readItems(items: unknown[]): SourceAnswer {
  const listed: ListedPaper[] = [];
  const dropped: DroppedItem[] = [];
  items.forEach((item, index) => {
    const read = readOne(() => readItem(item));
    if ('listed' in read) listed.push(read.listed);
    else dropped.push({ id: parseId(item) ?? `#${index + 1}`, reason: read.reason });
  });
  return { listed: items.length, dropped, ...distinctPapers(listed) };
}

/**
 * One paper of Hugging Face: `GET /api/papers/ID`, whatever day it was listed on, if any.
 * @param baseUrl where the API lives, without a path
 */
export function huggingFaceLookup(baseUrl: URL, http: HttpDeps): PaperLookup {
  return async (arxivId, signal) => {
    const path = arxivId.split('/').map(encodeURIComponent).join('/');
    const answer = await get(http, new URL(`/api/papers/${path}`, baseUrl), { signal });
    if (answer.status === 404) return null;
    if (answer.status !== 200) {
      throw new PaperboyError('source_failed', `${baseUrl.host} answered ${answer.status}.`);
    }
    const read = readItem(parseItem(answer.body));
    if ('reason' in read) {
      throw new PaperboyError(
        'source_failed',
        `What ${baseUrl.host} tells of ${arxivId} can't be used: ${read.reason}.`,
      );
    }
    return read.listed;
  };
}

/** As the answer for a day has it: there the paper is inside, and its comments are outside. */
function parseItem(body: string): unknown {
  try {
    const paper = JSON.parse(body);
    if (typeof paper !== 'object' || paper === null) return paper;
    const comments = 'numComments' in paper ? { numComments: paper.numComments } : {};
    return { paper, ...comments };
  } catch {
    return null;
  }
}
