import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../base/clock.js';
import { addDays, type Day, dayAt } from '../../base/day.js';
import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import type { HttpDeps } from '../../http/http-client.js';
import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { cleanLine } from '../../text/clean.js';
import { distinctPapers, readOne } from '../answer.js';
import { parseDate } from '../dates/parse-date.js';
import type { Source, SourceAnswer, SourceOptions } from '../source.js';
import { type PlacedEntry, readEntry, sharedLinks } from './feed-entry.js';
import type { RawEntry } from './feed-formats.js';
import { FeedReader, type ReadFeed } from './feed-reader.js';

export interface FeedOptions {
  urls: readonly URL[];
  /** The zone in which days are counted. */
  timezone: string;
}

/** Days back from today whose entries are listed for today: they may have come after its pick. */
const LATE_DAYS = 2;

const UNCHANGED: SourceAnswer = { listed: 0, papers: [], dropped: [], unchanged: true };

/**
 * RSS, Atom and JSON feeds. An entry is listed for the day of its date, an entry without one for
 * today, one whose date can't be read for no day. Feeds that can't be read leave the others' papers in.
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
    const entries = this.#datedEntries(feeds);
    const listed = entries.filter(({ when }) =>
      when.kind === 'dated' ? when.day >= from && when.day <= day : isToday,
    );
    const answer = await toAnswer(listed, sharedLinks(entries), this.#http.clock);
    if (failure !== null) return { ...answer, failure };
    const given = feeds.flatMap(({ validator }) => validator ?? []);
    const isWhole = given.length === this.#urls.length;
    return { ...answer, validators: isWhole ? [kind, ...given] : null };
  }

  async newestDay(last: Day, options: SourceOptions = {}): Promise<Day | null> {
    const { feeds, failure } = await this.#readAll(options, []);
    const days = this.#datedEntries(feeds).flatMap(({ when }) => {
      if (when.kind === 'unreadable') return [];
      return when.kind === 'dated' ? when.day : this.#today(options);
    });
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
    const hosts = this.#urls.map(({ host }) => host);
    return feeds.flatMap(({ url, entries }) => {
      const foreign = new Set(hosts.filter((host) => host !== url.host));
      return (entries ?? []).map((entry, index) => ({
        ...{ url, entry, when: toWhen(entry, this.#timezone), foreign },
        place: `${url.host} #${index + 1}`,
      }));
    });
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

/** When an entry came out: on a day, not said, or said in a way that nobody can read. */
type When =
  | { kind: 'dated'; day: Day }
  | { kind: 'undated' }
  | { kind: 'unreadable'; text: string };

interface DatedEntry extends PlacedEntry {
  when: When;
  /** For the log. */
  place: string;
}

/** Milliseconds after which others have their turn: an entry may be long, and there may be thousands. */
const LONGEST_STRETCH = 20;

async function toAnswer(
  entries: readonly DatedEntry[],
  shared: ReadonlySet<string>,
  clock: Clock,
): Promise<SourceAnswer> {
  const listed: ListedPaper[] = [];
  const dropped: DroppedItem[] = [];
  let since = clock.steady();
  for (const { when, place, ...placed } of entries) {
    const read = readOne(() => readDated(placed, when, shared));
    if ('reason' in read) dropped.push({ id: place, reason: read.reason });
    else listed.push(read.listed);
    if (clock.steady() - since < LONGEST_STRETCH) continue;
    await setImmediate();
    since = clock.steady();
  }
  return { listed: entries.length, dropped, ...distinctPapers(listed) };
}

function readDated(
  placed: PlacedEntry,
  when: When,
  shared: ReadonlySet<string>,
): ReturnType<typeof readEntry> {
  if (when.kind === 'unreadable') {
    return { reason: `the date ${JSON.stringify(when.text)} can be read in no way, or in several` };
  }
  const read = readEntry(placed, shared);
  if ('reason' in read) return read;
  const publishedOn = when.kind === 'dated' ? when.day : null;
  return { listed: { ...read.listed, paper: { ...read.listed.paper, publishedOn } } };
}

const LONGEST_SHOWN = 60;

/**
 * The first of its dates that can be read. One whose dates nobody can read is of no day: taken for
 * today's, a feed's whole past would be in one edition.
 * @param timezone in which days are counted
 */
function toWhen({ dates = [] }: RawEntry, timezone: string): When {
  const texts = dates.flatMap((date) => date?.trim() || []);
  for (const text of texts) {
    const day = parseDate(text, timezone);
    if (day !== null) return { kind: 'dated', day };
  }
  const [first] = texts;
  if (first === undefined) return { kind: 'undated' };
  return { kind: 'unreadable', text: cleanLine(first.slice(0, LONGEST_SHOWN)) };
}
