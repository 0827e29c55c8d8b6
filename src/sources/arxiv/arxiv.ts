import { addDays, type Day, dayAt } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import type { HttpDeps } from '../../http/http-client.js';
import { toCategories, toCategoryNames } from '../../papers/categories.js';
import type { Source, SourceAnswer, SourceOptions } from '../source.js';
import { joinAnswers, toAnswer } from './arxiv-answer.js';
import { apiQuery, getApi, parseEntries, parseFeed } from './arxiv-api.js';
import { ARXIV_ZONE, announcementDay, submissionWindow, type Window } from './arxiv-days.js';
import { readEntry, readItem } from './arxiv-entry.js';
import { type ArxivList, checkDay, getRss, isFullPage } from './arxiv-rss.js';
import { type Element, findChild, findChildren, findText } from './xml.js';

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

interface ReadList extends ArxivList {
  at: number;
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
  #newest: ReadList | undefined;

  constructor(options: ArxivOptions, http: HttpDeps) {
    const categories = toCategories(options.categories);
    this.#options = { ...options, categories };
    this.#http = http;
    this.settings = JSON.stringify([[...categories].sort(), options.crossLists]);
  }

  async listDay(day: Day, options: SourceOptions = {}): Promise<SourceAnswer> {
    const window = submissionWindow(day);
    if (window === null) return EMPTY;
    const now = this.#http.clock.now();
    if (day > addDays(dayAt(now, ARXIV_ZONE), -RSS_DAYS)) {
      const list = await this.#readNewest(options);
      if (list.day === day && list.items.length > 0) return this.#readList(list, window, options);
    }
    if (window.to > this.#http.clock.now()) return { ...EMPTY, isUnsure: true };
    const answer = await this.#readSubmitted(day, window, options);
    // A holiday, or a list that is late, or arXiv under load.
    return answer.listed > 0 ? answer : { ...answer, isUnsure: true };
  }

  /** A list, and what else was submitted for it where the RSS may have left something out. */
  async #readList(list: ArxivList, window: Window, options: SourceOptions): Promise<SourceAnswer> {
    const { categories } = this.#options;
    const answer = toAnswer(list.items, this.#options, (item) => readItem(item, categories));
    const isFull = isFullPage(list);
    if (!isFull && answer.papers.length > 0) return answer;
    try {
      const submitted = await this.#readSubmitted(list.day ?? '', window, options);
      const isUnsure = isFull && submitted.listed === 0;
      return { ...joinAnswers(answer, submitted), ...(isUnsure && { isUnsure }) };
    } catch (error) {
      if (!(error instanceof PaperboyError) || options.signal?.aborted) throw error;
      if (!isFull) return { ...answer, isUnsure: true };
      return { ...answer, failure: `The RSS of arXiv is cut, and ${error.message}` };
    }
  }

  async #readSubmitted(day: Day, window: Window, options: SourceOptions): Promise<SourceAnswer> {
    const { elements, total } = await this.#fetchSubmitted(window, options);
    const { categories } = this.#options;
    const answer = toAnswer(elements, this.#options, (entry) => readEntry(entry, categories));
    if (elements.length >= total) return answer;
    return { ...answer, failure: this.#noteCut(day, elements.length, total) };
  }

  async newestDay(today: Day, options: SourceOptions = {}): Promise<Day | null> {
    const { day, items, isStale } = await this.#readNewest(options);
    const listed = day !== null && day <= today && items.length > 0 ? day : null;
    if (listed !== null && !isStale) return listed;
    try {
      return (await this.#newestSubmitted(today, options)) ?? listed;
    } catch (error) {
      if (listed === null || !(error instanceof PaperboyError) || options.signal?.aborted)
        throw error;
      options.onMissing?.(error.message);
      return listed;
    }
  }

  async #newestSubmitted(today: Day, options: SourceOptions): Promise<Day | null> {
    // What was submitted since then stands on lists of days to come.
    const known = upTo(today, this.#http.clock.now());
    const query = { ...this.#search(known), ...NEWEST, max_results: '1' };
    const url = apiQuery(this.#options.apiUrl, query);
    const [newest] = parseEntries(await getApi(this.#http, url, options));
    const submittedAt = Date.parse(findText(newest, 'published'));
    return Number.isNaN(submittedAt) ? null : announcementDay(submittedAt);
  }

  async #readNewest(options: SourceOptions): Promise<ReadList> {
    const { since } = options;
    if (since !== undefined && this.#newest && this.#newest.at >= since) return this.#newest;
    const at = this.#http.clock.now();
    const { apiUrl, categories, rssUrl } = this.#options;
    const list = await getRss(this.#http, new URL(`/rss/${categories.join('+')}`, rssUrl), options);
    this.#newest = { at, ...(await checkDay(this.#http, apiUrl, list, options)) };
    return this.#newest;
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
  const names = categories.flatMap(toCategoryNames);
  const each = names.map((one) => `cat:${one.includes('.') ? one : `${one}*`}`);
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
