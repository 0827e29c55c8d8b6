import { parseFeed } from 'feedsmith';
import { PaperboyError } from '../../base/errors.js';
import { type GetOptions, get, type HttpDeps } from '../../http/http-client.js';
import { withoutDepth } from '../json.js';
import type { SourceOptions } from '../source.js';
import { type ParsedFeed, type RawEntry, toEntries } from './feed-entry.js';

/** Feeds hold their newest entries only; a larger one is a fault or an attack. */
const MAX_BODY = 4 * 1024 * 1024;
const MAX_ENTRIES = 5_000;
/** A tag so long is an attack on parsers. */
const ENDLESS_TAG = /<[^<>]{65536}/;

/** Elements in each other within one entry. */
const MAX_DEPTH = 50;

const ACCEPT =
  'application/feed+json, application/atom+xml, application/rss+xml, application/json;q=0.9, application/xml;q=0.9, */*;q=0.5';

/** What a feed held when it was read. */
export interface ReadFeed {
  /** By which its server knows it again, `null` where it does not. */
  validator: string | null;
  /** `null` where nothing has changed since an answer that is not at hand. */
  entries: readonly RawEntry[] | null;
}

interface Kept {
  at: number;
  feed?: ReadFeed;
  error?: unknown;
}

/** Reads feeds, each once for all days that are asked for together. */
export class FeedReader {
  readonly #http: HttpDeps;
  readonly #last = new Map<string, Kept>();

  constructor(http: HttpDeps) {
    this.#http = http;
  }

  /**
   * @param validator of an earlier answer, whose entries are not needed if it still holds.
   * @throws PaperboyError `source_failed`
   */
  async read(url: URL, how: SourceOptions, validator?: string): Promise<ReadFeed> {
    const last = this.#last.get(url.href);
    if (last && how.since !== undefined && last.at >= how.since) {
      if (last.feed) return last.feed;
      throw last.error;
    }
    const at = this.#http.clock.now();
    try {
      const feed = await this.#ask(url, how, last?.feed, validator);
      if (feed.entries) this.#last.set(url.href, { at, feed });
      return feed;
    } catch (error) {
      this.#last.set(url.href, { ...last, at, error });
      throw error;
    }
  }

  async #ask(
    url: URL,
    { signal, until }: SourceOptions,
    known: ReadFeed | undefined,
    validator: string | undefined,
  ): Promise<ReadFeed> {
    const same = known?.validator ?? validator;
    const options: GetOptions = { signal, until, accept: ACCEPT, maxBody: MAX_BODY };
    const answer = await get(this.#http, url, { ...options, validator: same });
    if (answer.status === 304 && same !== undefined) {
      return known ?? { validator: same, entries: null };
    }
    if (answer.status !== 200) throw failed(`${url.host} answered ${answer.status}.`);
    const all = toEntries(parsed(url, answer.body));
    const entries = withoutFalseIds(all.slice(0, MAX_ENTRIES));
    if (all.length > MAX_ENTRIES) {
      const counts = { host: url.host, entries: all.length, read: MAX_ENTRIES };
      this.#http.logger.warn({ event: 'feed_cut', source: 'feed', ...counts }, 'a feed was cut');
    }
    return { validator: answer.validator, entries };
  }
}

/** Some feeds give all their entries one id. */
function withoutFalseIds(entries: readonly RawEntry[]): RawEntry[] {
  const links = new Map<string, string | undefined>();
  const shared = new Set<string>();
  for (const { guid, links: [link] = [] } of entries) {
    if (guid === undefined) continue;
    if (links.has(guid) && links.get(guid) !== link) shared.add(guid);
    links.set(guid, link);
  }
  return entries.map((entry) => {
    return entry.guid !== undefined && shared.has(entry.guid)
      ? { ...entry, guid: undefined }
      : entry;
  });
}

function parsed(url: URL, body: string): ParsedFeed {
  const trimmed = body.trim();
  const text = trimmed.startsWith('{') ? withoutDepth(trimmed) : trimmed;
  if (text.startsWith('<') && !/<\/(?:\w+:)?(?:rss|feed|rdf)\s*>/i.test(text.slice(-2000))) {
    throw failed(`${url.host} sent what is no whole feed.`);
  }
  if (ENDLESS_TAG.test(text)) throw failed(`${url.host} sent a feed that is out of shape.`);
  try {
    return parseFeed(text);
  } catch (cause) {
    try {
      return parseFeed(withoutDeepEntries(text));
    } catch {
      throw failed(`${url.host} sent what is no feed.`, cause);
    }
  }
}

/**
 * The parser refuses a whole feed in which one entry is nested deeper than it follows. Each letter is
 * looked at once, however many entries are begun and not ended.
 */
function withoutDeepEntries(text: string): string {
  const [, name] = /<(item|entry)[\s>]/.exec(text) ?? [];
  if (name === undefined) return text;
  // RSS 1.0 has `items` as well.
  const begins = new RegExp(`<${name}[\\s>]`, 'g');
  const pieces: string[] = [];
  let from = 0;
  for (;;) {
    begins.lastIndex = from;
    const begin = begins.exec(text)?.index ?? -1;
    const end = begin < 0 ? -1 : text.indexOf(`</${name}>`, begin);
    if (end < 0) return pieces.join('') + text.slice(from);
    const entry = text.slice(begin, end);
    const isDeep = measureDepth(entry) > MAX_DEPTH;
    pieces.push(text.slice(from, begin), isDeep ? `<${name}>${LEFT_OUT}` : entry);
    from = end;
  }
}

/** Something that each format may have, so that the entry counts, and is named as a broken one. */
const LEFT_OUT = '<category term="left out">left out</category>';

/** In which tags are text: HTML that need not end them, mostly. */
const UNREAD = /<!\[CDATA\[.*?(?:\]\]>|$)|<!--.*?(?:-->|$)/gs;

function measureDepth(xml: string): number {
  let [depth, deepest] = [0, 0];
  for (const [, closes, isEmpty] of xml
    .replace(UNREAD, '')
    .matchAll(/<(\/?)[a-z][^<>]*?(\/?)>/gi)) {
    if (closes) depth--;
    else if (!isEmpty) depth++;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function failed(sentence: string, cause?: unknown): PaperboyError {
  return new PaperboyError('source_failed', sentence, { cause });
}
