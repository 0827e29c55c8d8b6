import { parseFeed } from 'feedsmith';
import { addDays, type Day, dayAt, isDay } from '../../base/day.js';
import { messageOf, PaperboyError } from '../../base/errors.js';
import { distinctPapers } from '../answer.js';
import { get, type HttpDeps } from '../http.js';
import type { DroppedItem, ListedPaper, Source, SourceAnswer } from '../paper.js';
import { entriesOf, type ParsedFeed, type RawEntry, readEntry } from './feed-entry.js';

export interface FeedOptions {
  urls: readonly URL[];
  /** The zone in which days are counted. */
  timezone: string;
}

/** Feeds hold their newest entries only; a larger one is a fault or an attack. */
const MAX_BODY = 4 * 1024 * 1024;
const MAX_ENTRIES = 5_000;
/** A tag so long is an attack on parsers. */
const ENDLESS_TAG = /<[^<>]{65536}/;
/** Days back from today whose entries are listed for today: they may have come after its pick. */
const LATE_DAYS = 2;

/**
 * RSS, Atom and JSON feeds. An entry is listed for the day of its date, an entry without one for
 * today. Feeds that can't be read leave the others' papers in.
 */
export function feeds({ urls, timezone }: FeedOptions, http: HttpDeps): Source {
  const today = () => dayAt(http.clock.now(), timezone);

  const listDay = async (day: Day, signal?: AbortSignal): Promise<SourceAnswer> => {
    const { entries, failure } = await readAll(signal);
    const isToday = day === today();
    const from = isToday ? addDays(day, -LATE_DAYS) : day;
    const own = entries.filter(({ date }) => {
      return date === null ? isToday : date >= from && date <= day;
    });
    const listed: ListedPaper[] = [];
    const dropped: DroppedItem[] = [];
    for (const { entry, date, place } of own) {
      const read = readEntry(entry);
      if ('reason' in read) dropped.push({ id: place, reason: read.reason });
      else listed.push({ ...read.listed, paper: { ...read.listed.paper, publishedOn: date } });
    }
    const answer = { listed: own.length, dropped, ...distinctPapers(listed) };
    return failure === null ? answer : { ...answer, failure };
  };

  const newestDay = async (last: Day, signal?: AbortSignal): Promise<Day | null> => {
    const { entries } = await readAll(signal);
    const days = entries.map(({ date }) => date ?? today()).filter((day) => day <= last);
    return days.sort().at(-1) ?? null;
  };

  return { name: 'feed', listDay, newestDay };

  /** @throws PaperboyError `source_failed` when none of them can be read. */
  async function readAll(signal?: AbortSignal) {
    const results = await Promise.allSettled(urls.map((url) => read(url, signal)));
    const entries = results.flatMap((result) => {
      return result.status === 'fulfilled' ? result.value : [];
    });
    const failures = results.flatMap((result) => {
      return result.status === 'rejected' ? [messageOf(result.reason)] : [];
    });
    const failure = failures.length > 0 ? failures.join(' ') : null;
    if (failure !== null && failures.length === urls.length) throw failed(failure);
    return { entries, failure };
  }

  async function read(url: URL, signal?: AbortSignal): Promise<DatedEntry[]> {
    const { status, body } = await get(http, url, { signal, accept: ACCEPT, maxBody: MAX_BODY });
    if (status !== 200) throw failed(`${url.host} answered ${status}.`);
    const entries = entriesOf(parsed(url, body)).slice(0, MAX_ENTRIES);
    return entries.map((entry, index) => ({
      entry,
      date: dateOf(entry.date),
      place: `${url.host} #${index + 1}`,
    }));
  }

  function dateOf(date: unknown): Day | null {
    const text = typeof date === 'string' ? date.trim() : '';
    if (isDay(text)) return text;
    const at = Date.parse(text);
    return Number.isNaN(at) ? null : dayAt(at, timezone);
  }
}

const ACCEPT =
  'application/feed+json, application/atom+xml, application/rss+xml, application/json;q=0.9, application/xml;q=0.9, */*;q=0.5';

interface DatedEntry {
  entry: RawEntry;
  date: Day | null;
  /** For the log. */
  place: string;
}

function parsed(url: URL, body: string): ParsedFeed {
  const text = body.trim();
  if (text.startsWith('<') && !/<\/(?:\w+:)?(?:rss|feed|rdf)\s*>/i.test(text.slice(-2000))) {
    throw failed(`${url.host} sent what is no whole feed.`);
  }
  if (ENDLESS_TAG.test(text)) throw failed(`${url.host} sent a feed that is out of shape.`);
  try {
    return parseFeed(text);
  } catch (cause) {
    throw failed(`${url.host} sent what is no feed.`, cause);
  }
}

function failed(sentence: string, cause?: unknown): PaperboyError {
  return new PaperboyError('source_failed', sentence, { cause });
}
