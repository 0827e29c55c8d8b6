import { addDays, type Day, dayAt } from '../../base/day.js';
import type { HttpDeps } from '../../http/http-client.js';
import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { readOne } from '../answer.js';
import type { Source, SourceAnswer, SourceOptions } from '../source.js';
import { apiQuery, getApi, getXml, parseEntries, parseFeed } from './arxiv-api.js';
import { ARXIV_ZONE, announcementDay, submissionWindow, type Window } from './arxiv-days.js';
import { type ArxivEntry, readEntry, readItem } from './arxiv-entry.js';
import { type Element, findChild, findChildren, findText, parseXml } from './xml.js';

export interface ArxivOptions {
  /** Where the Atom API lives, without a path. */
  apiUrl: URL;
  /** Where the daily RSS lives, without a path. */
  rssUrl: URL;
  categories: readonly string[];
  /** Whether papers of other categories are listed that are also in these. */
  crossLists: boolean;
}

const PAGE_SIZE = 500;
const MAX_PAGES = 20;
/** The RSS holds the newest lists only; for days before these the API is asked at once. */
const RSS_DAYS = 3;

const EMPTY: SourceAnswer = { listed: 0, papers: [], dropped: [] };
/** When arXiv began. */
const BEGINNING = Date.UTC(1991, 0);

interface Submitted {
  elements: Element[];
  /** How many there are, by arXiv's own count. */
  total: number;
}

interface ReadRss {
  at: number;
  day: Day | null;
  items: Element[];
}

/**
 * arXiv's lists of new papers. A day here is the day of the list, by arXiv's own clock: the newest
 * comes from the daily RSS, those before it from the API, by when their papers were submitted.
 */
export function arxiv(options: ArxivOptions, http: HttpDeps): Source {
  return new ArxivSource(options, http);
}

class ArxivSource implements Source {
  readonly name = 'arxiv';
  readonly settings: string;
  readonly #options: ArxivOptions;
  readonly #http: HttpDeps;
  #rss: ReadRss | undefined;

  constructor(options: ArxivOptions, http: HttpDeps) {
    this.#options = options;
    this.#http = http;
    this.settings = JSON.stringify([[...options.categories].sort(), options.crossLists]);
  }

  async listDay(day: Day, options: SourceOptions = {}): Promise<SourceAnswer> {
    const window = submissionWindow(day);
    if (window === null) return EMPTY;
    const now = this.#http.clock.now();
    if (day > addDays(dayAt(now, ARXIV_ZONE), -RSS_DAYS)) {
      const rss = await this.#readRss(options);
      const isOfDay = rss.day === day && rss.items.length > 0;
      if (isOfDay) return toAnswer(rss.items, this.#options, readItem);
    }
    if (window.to > this.#http.clock.now()) return { ...EMPTY, isUnsure: true };
    const { elements, total } = await this.#fetchSubmitted(window, options);
    const { categories } = this.#options;
    const answer = toAnswer(elements, this.#options, (entry) => readEntry(entry, categories));
    if (elements.length < total) {
      return { ...answer, failure: this.#noteCut(day, elements.length, total) };
    }
    // A holiday, or a list that is late, or arXiv under load.
    return elements.length > 0 ? answer : { ...answer, isUnsure: true };
  }

  async newestDay(today: Day, options: SourceOptions = {}): Promise<Day | null> {
    const rss = await this.#readRss(options);
    if (rss.day !== null && rss.day <= today && rss.items.length > 0) return rss.day;
    // What was submitted since then stands on lists of days to come.
    const known = upTo(today, this.#http.clock.now());
    const query = { ...this.#search(known), ...NEWEST, max_results: '1' };
    const url = apiQuery(this.#options.apiUrl, query);
    const [newest] = parseEntries(await getApi(this.#http, url, options));
    const submittedAt = Date.parse(findText(newest, 'published'));
    return Number.isNaN(submittedAt) ? null : announcementDay(submittedAt);
  }

  async #readRss(options: SourceOptions): Promise<ReadRss> {
    const { since } = options;
    if (since !== undefined && this.#rss && this.#rss.at >= since) return this.#rss;
    const readAt = this.#http.clock.now();
    const { categories, rssUrl } = this.#options;
    const url = new URL(`/rss/${categories.join('+')}`, rssUrl);
    const answer = await getXml(this.#http, url, /<\/rss>\s*$/, options);
    const channel = findChild(findChild(parseXml(answer.body), 'rss'), 'channel');
    const at = Date.parse(findText(channel, 'pubDate') || findText(channel, 'lastBuildDate'));
    const day = Number.isNaN(at) ? null : dayAt(at, ARXIV_ZONE);
    this.#rss = { at: readAt, day, items: findChildren(channel, 'item') };
    return this.#rss;
  }

  #noteCut(day: Day, read: number, total: number): string {
    const facts = { source: 'arxiv', day, read, total };
    this.#http.logger.warn({ event: 'list_cut', ...facts }, 'a list was cut');
    return `arXiv lists ${total} papers for ${day}, and only the first ${read} were read.`;
  }

  async #fetchSubmitted(window: Window, options: SourceOptions): Promise<Submitted> {
    const elements: Element[] = [];
    let total = 0;
    for (let page = 0; page < MAX_PAGES; page++) {
      const url = apiQuery(this.#options.apiUrl, {
        ...this.#search(window),
        ...OLDEST,
        start: String(elements.length),
        max_results: String(PAGE_SIZE),
      });
      const answer = await getApi(this.#http, url, options, (body) =>
        missing(body, elements.length),
      );
      const feed = parseFeed(answer.body);
      const batch = findChildren(feed, 'entry');
      elements.push(...batch);
      total = parseTotal(feed);
      if (batch.length === 0 || elements.length >= total) break;
    }
    return { elements, total };
  }

  #search(window: Window): { search_query: string } {
    const category = formatAnyCategory(this.#options.categories);
    return { search_query: `${category} AND ${submittedIn(window)}` };
  }
}

const NEWEST = { sortBy: 'submittedDate', sortOrder: 'descending' };
const OLDEST = { sortBy: 'submittedDate', sortOrder: 'ascending' };

function formatAnyCategory(categories: readonly string[]): string {
  // The API takes an archive only with what stands for its categories.
  const each = categories.map((one) => `cat:${one.includes('.') ? one : `${one}*`}`);
  return `(${each.join(' OR ')})`;
}

function submittedIn({ from, to }: Window): string {
  return `submittedDate:[${minute(from)} TO ${minute(to - 1)}]`;
}

/** All that may be on a list that is out, of `today` or before. */
function upTo(today: Day, now: number): Window {
  for (let back = 0; ; back++) {
    const window = submissionWindow(addDays(today, -back));
    if (window === null || window.to > now) continue;
    return { from: BEGINNING, to: window.to };
  }
}

/** `202603021859`, in UTC. */
function minute(at: number): string {
  return new Date(at).toISOString().replace(/\D/g, '').slice(0, 12);
}

function parseTotal(feed: Element | undefined): number {
  return Number(findText(feed, 'opensearch:totalResults')) || 0;
}

function missing(body: string, have: number): string | null {
  const feed = parseFeed(body);
  return parseTotal(feed) > have && !findChild(feed, 'entry')
    ? 'sent none of the papers it counts'
    : null;
}

/** Of a paper that stands there twice, as new and as a cross-list, the new one counts. */
function toAnswer(
  elements: readonly Element[],
  { crossLists }: ArxivOptions,
  read: (element: Element) => ReturnType<typeof readItem>,
): SourceAnswer {
  const papers = new Map<string, ListedPaper>();
  const updates = new Map<string, ListedPaper>();
  const dropped: DroppedItem[] = [];
  const repeated: string[] = [];
  elements.forEach((element, index) => {
    const entry = readOne(() => read(element));
    if ('reason' in entry) {
      const id = ('id' in entry && entry.id) || `#${index + 1}`;
      dropped.push({ id, reason: entry.reason });
      return;
    }
    const { id } = entry.listed.paper;
    const kept = isListed(entry, crossLists) ? papers : updates;
    if (papers.has(id)) repeated.push(id);
    else if (kept === papers) updates.delete(id);
    if (!papers.has(id)) kept.set(id, entry.listed);
  });
  return {
    listed: elements.length,
    papers: [...papers.values()],
    dropped,
    repeated,
    updates: [...updates.values()],
  };
}

function isListed({ announcement }: ArxivEntry, crossLists: boolean): boolean {
  return announcement === 'new' || (announcement === 'cross' && crossLists);
}
