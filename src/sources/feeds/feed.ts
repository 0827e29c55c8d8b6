import { addDays, type Day, dayAt, isDay } from '../../base/day.js';
import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import type { HttpDeps } from '../../http/http-client.js';
import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { distinctPapers, readOne } from '../answer.js';
import type { Source, SourceAnswer, SourceOptions } from '../source.js';
import { type PlacedEntry, type RawEntry, readEntry, sharedLinks } from './feed-entry.js';
import { FeedReader, type ReadFeed } from './feed-reader.js';

export interface FeedOptions {
  urls: readonly URL[];
  /** The zone in which days are counted. */
  timezone: string;
}

/** Days back from today whose entries are listed for today: they may have come after its pick. */
const LATE_DAYS = 2;

const ZONED = /(?:[a-z]|[+-]\d\d:?\d\d|\))$/i;
const MORNING_OR_EVENING = /[ap]m$/i;
const ISO = /^\d{4}-\d\d-\d\dT/;

const UNCHANGED: SourceAnswer = { listed: 0, papers: [], dropped: [], unchanged: true };

/**
 * RSS, Atom and JSON feeds. An entry is listed for the day of its date, an entry without one for
 * today. Feeds that can't be read leave the others' papers in.
 */
export function feeds(options: FeedOptions, http: HttpDeps): Source {
  return new FeedSource(options, http);
}

class FeedSource implements Source {
  readonly name = 'feed';
  readonly settings: string;
  readonly #urls: readonly URL[];
  readonly #timezone: string;
  readonly #http: HttpDeps;
  readonly #reader: FeedReader;

  constructor({ urls, timezone }: FeedOptions, http: HttpDeps) {
    this.#urls = urls;
    this.#timezone = timezone;
    this.#http = http;
    this.#reader = new FeedReader(http);
    this.settings = JSON.stringify([urls.map(({ href }) => href), timezone]);
  }

  async listDay(day: Day, options: SourceOptions = {}): Promise<SourceAnswer> {
    const isToday = day === this.#today(options);
    const kind = isToday ? 'today' : 'another day';
    // An answer for another day knew less of it than one for today.
    const [knownFor, ...known] = options.validators ?? [];
    const { feeds, failure } = await this.#readAll(options, knownFor === kind ? known : []);
    if (feeds.every(({ entries }) => entries === null)) return UNCHANGED;
    const from = isToday ? addDays(day, -LATE_DAYS) : day;
    const answer = toAnswer(this.#datedEntries(feeds), (date) =>
      date === null ? isToday : date >= from && date <= day,
    );
    if (failure !== null) return { ...answer, failure };
    const given = feeds.flatMap(({ validator }) => validator ?? []);
    const isWhole = given.length === this.#urls.length;
    return { ...answer, validators: isWhole ? [kind, ...given] : null };
  }

  async newestDay(last: Day, options: SourceOptions = {}): Promise<Day | null> {
    const { feeds, failure } = await this.#readAll(options, []);
    const days = this.#datedEntries(feeds).map(({ date }) => date ?? this.#today(options));
    const newest = days.filter((day) => day <= last).sort();
    const day = newest.at(-1) ?? null;
    if (failure !== null && day !== last) options.onMissing?.(failure);
    return day;
  }

  #today({ today }: SourceOptions): Day {
    return today ?? dayAt(this.#http.clock.now(), this.#timezone);
  }

  /**
   * @param known the validators of all feeds, if none of their entries are needed as long as these
   * hold; then no feed has any.
   * @throws PaperboyError `source_failed` when none of them can be read.
   */
  async #readAll(options: SourceOptions, known: readonly string[]): Promise<ReadFeeds> {
    const results = await this.#readEach(options, known);
    const hold = results.map((result, place) => {
      return result.status === 'fulfilled' && result.value.validator === known[place];
    });
    if (known.length > 0 && hold.every(Boolean)) {
      const none = { validator: null, entries: null };
      return { feeds: this.#urls.map((url) => ({ url, ...none })), failure: null };
    }
    const isMissing = results.some((result) => {
      return result.status === 'fulfilled' && result.value.entries === null;
    });
    return this.#toReadFeeds(isMissing ? await this.#readEach(options, []) : results);
  }

  #readEach(options: SourceOptions, validators: readonly string[]) {
    return Promise.allSettled(
      this.#urls.map(async (url, place): Promise<FeedOf> => {
        return { url, ...(await this.#reader.read(url, options, validators[place])) };
      }),
    );
  }

  #toReadFeeds(results: readonly PromiseSettledResult<FeedOf>[]): ReadFeeds {
    const feeds: FeedOf[] = [];
    const failures: string[] = [];
    for (const result of results) {
      if (result.status === 'fulfilled') feeds.push(result.value);
      else failures.push(this.#formatFault(result.reason));
    }
    const failure = failures.length > 0 ? failures.join(' ') : null;
    if (failure !== null && feeds.length === 0) throw new PaperboyError('source_failed', failure);
    return { feeds, failure };
  }

  #formatFault(error: unknown): string {
    if (!(error instanceof PaperboyError)) {
      this.#http.logger.error({ event: 'feed_broke', err: error }, 'a feed broke');
    }
    return toErrorMessage(error);
  }

  #datedEntries(feeds: readonly FeedOf[]): DatedEntry[] {
    return feeds.flatMap(({ url, entries }) =>
      (entries ?? []).map((entry, index) => ({
        ...{ url, entry, date: toDate(entry, this.#timezone) },
        place: `${url.host} #${index + 1}`,
      })),
    );
  }
}

interface FeedOf extends ReadFeed {
  url: URL;
}

interface ReadFeeds {
  feeds: FeedOf[];
  /** Why some could not be read. */
  failure: string | null;
}

interface DatedEntry extends PlacedEntry {
  date: Day | null;
  /** For the log. */
  place: string;
}

function toAnswer(
  entries: readonly DatedEntry[],
  isListed: (date: Day | null) => boolean,
): SourceAnswer {
  const shared = sharedLinks(entries);
  const own = entries.filter(({ date }) => isListed(date));
  const listed: ListedPaper[] = [];
  const dropped: DroppedItem[] = [];
  for (const { date, place, ...placed } of own) {
    const read = readOne(() => readEntry(placed, shared));
    if ('reason' in read) dropped.push({ id: place, reason: read.reason });
    else listed.push({ ...read.listed, paper: { ...read.listed.paper, publishedOn: date } });
  }
  return { listed: own.length, dropped, ...distinctPapers(listed) };
}

/** @param timezone in which days are counted */
function toDate({ date }: RawEntry, timezone: string): Day | null {
  const text = typeof date === 'string' ? date.trim() : '';
  if (isDay(text)) return text;
  // The day of a time without a zone is the one that it names, on any machine.
  const isZoned = ZONED.test(text) && !MORNING_OR_EVENING.test(text);
  const at = Date.parse(isZoned ? text : text + (ISO.test(text) ? 'Z' : ' UTC'));
  return Number.isNaN(at) ? null : dayAt(at, isZoned ? timezone : 'UTC');
}
