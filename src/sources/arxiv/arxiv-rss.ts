import { addDays, type Day, dayAt } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import type { HttpDeps } from '../../http/http-client.js';
import type { SourceOptions } from '../source.js';
import { apiQuery, getApi, getXml, parseEntries } from './arxiv-api.js';
import { ARXIV_ZONE, announcementDay, submissionWindow } from './arxiv-days.js';
import { parseNewId, parsePubDate } from './arxiv-entry.js';
import { type Element, findChild, findChildren, findText, parseXml } from './xml.js';

/** The newest list, as the RSS has it. */
export interface ArxivList {
  /** Of which day the list is, whatever the RSS says of itself; `null` where nobody can tell. */
  day: Day | null;
  items: Element[];
  /** Whether it is older than it says, so that a newer one may be there elsewhere. */
  isStale: boolean;
}

/** The RSS ends at 2,000 items, whatever was announced; a round number is no coincidence. */
const PAGE = 500;

/** Whether there may be more than the RSS shows. */
export function isFullPage({ items }: ArxivList): boolean {
  return items.length > 0 && items.length % PAGE === 0;
}

/** @throws PaperboyError `source_failed` */
export async function getRss(http: HttpDeps, url: URL, options: SourceOptions): Promise<ArxivList> {
  const answer = await getXml(http, url, /<\/rss>\s*$/, options);
  const channel = findChild(findChild(parseXml(answer.body), 'rss'), 'channel');
  const items = findChildren(channel, 'item');
  const day = toArxivDay(parsePubDate(channel));
  const ofItems = mostCommon(items.flatMap((item) => toArxivDay(parsePubDate(item)) ?? []));
  // Dated anew, while the items are still those of the list before.
  const isStale = day !== null && ofItems !== null && ofItems < day;
  return { day: isStale ? ofItems : day, items, isStale };
}

function toArxivDay(at: number | null): Day | null {
  return at === null ? null : dayAt(at, ARXIV_ZONE);
}

function mostCommon(days: readonly Day[]): Day | null {
  const counts = new Map<Day, number>();
  for (const day of days) counts.set(day, (counts.get(day) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? null;
}

/** How many days with a list are looked at for the items of one that says it is new. */
const DAYS_BEFORE = 3;
/** So many of the newest papers tell when a list was made. */
const SAMPLE = 10;
/** Who waits for less than that takes the RSS as it is. */
const LONG_ENOUGH = 30_000;

/**
 * Says of which day a list really is: its papers are not new if they were listed before, or if arXiv
 * had all of them in time for an earlier list.
 * @param apiUrl where the API lives, without a path
 */
export async function checkDay(
  http: HttpDeps,
  apiUrl: URL,
  list: ArxivList,
  options: SourceOptions,
): Promise<ArxivList> {
  const { day, items } = list;
  const ids = items.flatMap((item) => parseNewId(item) ?? []);
  if (day === null || ids.length === 0 || list.isStale) return list;
  const earlier = await findEarlierDay(http, apiUrl, { day, ids }, options);
  if (earlier === null) return list;
  const facts = { source: 'arxiv', says: day, day: earlier };
  http.logger.warn({ event: 'list_stale', ...facts }, 'a list is older than it says');
  return { day: earlier, items, isStale: true };
}

interface NewPapers {
  day: Day;
  ids: readonly string[];
}

async function findEarlierDay(
  http: HttpDeps,
  apiUrl: URL,
  { day, ids }: NewPapers,
  options: SourceOptions,
): Promise<Day | null> {
  const { listedFor, until } = options;
  let isKnown = false;
  for (const before of listDaysBefore(day)) {
    const listed = (await listedFor?.(before)) ?? new Set();
    isKnown ||= listed.size > 0;
    if (ids.filter((id) => listed.has(id)).length * 2 > ids.length) return before;
  }
  if (isKnown || (until !== undefined && until - http.clock.now() < LONG_ENOUGH)) return null;
  return findDayByApi(http, apiUrl, { day, ids }, options);
}

function listDaysBefore(day: Day): Day[] {
  const days: Day[] = [];
  for (let before = addDays(day, -1); days.length < DAYS_BEFORE; before = addDays(before, -1)) {
    if (submissionWindow(before)) days.push(before);
  }
  return days;
}

/** Of the papers with the highest numbers some were submitted after the deadline of the list before. */
async function findDayByApi(
  http: HttpDeps,
  apiUrl: URL,
  { day, ids }: NewPapers,
  options: SourceOptions,
): Promise<Day | null> {
  const newest = [...ids].sort().slice(-SAMPLE);
  const query = { id_list: newest.join(','), max_results: String(SAMPLE) };
  try {
    const entries = parseEntries(await getApi(http, apiQuery(apiUrl, query), options));
    const times = entries.map((entry) => Date.parse(findText(entry, 'published')));
    const days = times.filter((at) => !Number.isNaN(at)).map(announcementDay);
    const last = days.sort().at(-1);
    return days.length * 2 > newest.length && last !== undefined && last < day ? last : null;
  } catch (error) {
    // There is a list, and nothing that speaks against it.
    if (error instanceof PaperboyError && !options.signal?.aborted) return null;
    throw error;
  }
}
