import { parseFeed } from 'feedsmith';
import { PaperboyError } from '../../base/errors.js';
import { type GetOptions, get, type HttpDeps } from '../../http/http-client.js';
import type { SourceOptions } from '../source.js';
import { boundXml } from './bound-xml.js';
import { toPlace } from './entry-links.js';
import { type ParsedFeed, type RawEntry, toEntries } from './feed-formats.js';

/** Feeds hold their newest entries only; a longer one is a fault or an attack. */
const MAX_ENTRIES = 5_000;

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

/** Reads feeds, each once for all days that are fetched together. */
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
      const feed = await this.#fetch(url, how, last?.feed, validator);
      if (feed.entries) this.#last.set(url.href, { at, feed });
      return feed;
    } catch (error) {
      this.#last.set(url.href, { ...last, at, error });
      throw error;
    }
  }

  async #fetch(
    url: URL,
    { signal, until }: SourceOptions,
    known: ReadFeed | undefined,
    validator: string | undefined,
  ): Promise<ReadFeed> {
    const same = known?.validator ?? validator;
    const options: GetOptions = { signal, until, accept: ACCEPT };
    const answer = await get(this.#http, url, { ...options, validator: same });
    if (answer.status === 304 && same !== undefined) {
      return known ?? { validator: same, entries: null };
    }
    if (answer.status !== 200) throw failed(`${url.host} answered ${answer.status}.`);
    const all = toEntries(parsed(url, answer.body), toPlace(url, answer.movedTo));
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
  for (const {
    guid,
    links: [link],
  } of entries) {
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

function parsed({ host }: URL, body: string): ParsedFeed {
  const text = body.trim();
  if (text.startsWith('<') && !/<\/(?:\w+:)?(?:rss|feed|rdf)\s*>/i.test(text.slice(-2000))) {
    throw failed(`${host} sent what is no whole feed.`);
  }
  const fit = text.startsWith('<') ? boundXml(text) : text;
  if (fit === null) throw failed(`${host} sent what is no feed: it is out of shape.`);
  try {
    return parseFeed<string>(fit);
  } catch (cause) {
    throw failed(`${host} sent what is no feed.`, cause);
  }
}

function failed(sentence: string, cause?: unknown): PaperboyError {
  return new PaperboyError('source_failed', sentence, { cause });
}
