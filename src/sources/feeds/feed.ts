import { addDays, type Day, dayAt, isDay } from '../../base/day.js';
import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import type { HttpDeps } from '../../http/http-client.js';
import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { distinctPapers, readOne } from '../answer.js';
import type { Source, SourceAnswer, SourceOptions } from '../source.js';
import { type RawEntry, readEntry, sharedLinks } from './feed-entry.js';
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
export function feeds({ urls, timezone }: FeedOptions, http: HttpDeps): Source {
  const todayFor = ({ today }: SourceOptions) => today ?? dayAt(http.clock.now(), timezone);
  const reader = new FeedReader(http);

  const listDay = async (day: Day, how: SourceOptions = {}): Promise<SourceAnswer> => {
    const isToday = day === todayFor(how);
    const kind = isToday ? 'today' : 'another day';
    // An answer for another day knew less of it than one for today.
    const [knownFor, ...known] = how.validators?.split('\n') ?? [];
    const { feeds, failure } = await readAll(how, knownFor === kind ? known : []);
    if (feeds.every(({ entries }) => entries === null)) return UNCHANGED;
    const from = isToday ? addDays(day, -LATE_DAYS) : day;
    const entries = feeds.flatMap(datedEntries);
    const shared = sharedLinks(entries);
    const own = entries.filter(({ date }) => {
      return date === null ? isToday : date >= from && date <= day;
    });
    const listed: ListedPaper[] = [];
    const dropped: DroppedItem[] = [];
    for (const { date, place, ...placed } of own) {
      const read = readOne(() => readEntry(placed, shared));
      if ('reason' in read) dropped.push({ id: place, reason: read.reason });
      else listed.push({ ...read.listed, paper: { ...read.listed.paper, publishedOn: date } });
    }
    const answer = { listed: own.length, dropped, ...distinctPapers(listed) };
    if (failure !== null) return { ...answer, failure };
    const given = feeds.flatMap(({ validator }) => validator ?? []);
    const whole = given.length === urls.length;
    return { ...answer, validators: whole ? [kind, ...given].join('\n') : null };
  };

  const newestDay = async (last: Day, how: SourceOptions = {}): Promise<Day | null> => {
    const { feeds, failure } = await readAll(how, []);
    const days = feeds.flatMap(datedEntries).map(({ date }) => date ?? todayFor(how));
    const newest = days.filter((day) => day <= last).sort();
    const day = newest.at(-1) ?? null;
    if (failure !== null && day !== last) how.onMissing?.(failure);
    return day;
  };

  const settings = JSON.stringify([urls.map(({ href }) => href), timezone]);
  return { name: 'feed', settings, listDay, newestDay };

  /**
   * @param known the validators of all of them, if none of their entries are needed as long as
   * these hold; then no feed has any.
   * @throws PaperboyError `source_failed` when none of them can be read.
   */
  async function readAll(how: SourceOptions, known: readonly string[]) {
    const ask = (validators: readonly string[], anew: SourceOptions) =>
      Promise.allSettled(
        urls.map(async (url, place) => {
          return { url, ...(await reader.read(url, anew, validators[place])) };
        }),
      );
    let results = await ask(known, how);
    const hold = results.map((result, place) => {
      return result.status === 'fulfilled' && result.value.validator === known[place];
    });
    if (known.length > 0 && hold.every(Boolean)) {
      return { feeds: urls.map((url) => ({ url, validator: null, entries: null })), failure: null };
    }
    const missing = results.some((result) => {
      return result.status === 'fulfilled' && result.value.entries === null;
    });
    if (missing) results = await ask([], how);
    return toOutcome(results);
  }

  function toOutcome(results: readonly PromiseSettledResult<FeedOf>[]) {
    const feeds: FeedOf[] = [];
    const failures: string[] = [];
    for (const result of results) {
      if (result.status === 'fulfilled') feeds.push(result.value);
      else failures.push(formatFault(result.reason));
    }
    const failure = failures.length > 0 ? failures.join(' ') : null;
    if (failure !== null && feeds.length === 0) throw new PaperboyError('source_failed', failure);
    return { feeds, failure };
  }

  function formatFault(error: unknown): string {
    if (!(error instanceof PaperboyError))
      http.logger.error({ event: 'feed_broke', err: error }, 'a feed broke');
    return toErrorMessage(error);
  }

  function datedEntries({ url, entries }: FeedOf) {
    return (entries ?? []).map((entry, index) => ({
      ...{ url, entry },
      date: toDate(entry),
      /** For the log. */
      place: `${url.host} #${index + 1}`,
    }));
  }

  function toDate({ date }: RawEntry): Day | null {
    const text = typeof date === 'string' ? date.trim() : '';
    if (isDay(text)) return text;
    // The day of a time without a zone is the one that it names, on any machine.
    const isZoned = ZONED.test(text) && !MORNING_OR_EVENING.test(text);
    const at = Date.parse(isZoned ? text : text + (ISO.test(text) ? 'Z' : ' UTC'));
    return Number.isNaN(at) ? null : dayAt(at, isZoned ? timezone : 'UTC');
  }
}

interface FeedOf extends ReadFeed {
  url: URL;
}
