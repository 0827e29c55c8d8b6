import type { parseFeed } from 'feedsmith';
import { ownId, paperId, parseArxivId, parseDoi } from '../../papers/identity.js';
import type { ListedPaper } from '../../papers/paper.js';
import { htmlToText } from '../../text/html-text.js';
import {
  MAX_ABSTRACT,
  MAX_AUTHORS,
  MAX_KEYWORDS,
  textOrNull,
  toNames,
  toTitle,
  webUrl,
} from '../fields.js';

export type ParsedFeed = ReturnType<typeof parseFeed>;
type Texts = readonly (string | undefined)[] | undefined;

/** What feeds of every format say of an entry; texts may be HTML. */
export interface RawEntry {
  title: string | undefined;
  abstract: string | undefined;
  authors: Texts;
  keywords: Texts;
  /** What the feed calls it, for ever. */
  guid: string | undefined;
  /** In the order in which they are believed. */
  links: Texts;
  /** What may hold a DOI or an arXiv id. */
  ids: Texts;
  date: unknown;
}

/** The entries of a feed, whatever its format, in its order. */
export function toEntries({ format, feed }: ParsedFeed): RawEntry[] {
  switch (format) {
    case 'rss':
      return (feed.items ?? []).map((item) => ({
        title: item.title ?? item.dc?.titles?.[0],
        abstract: item.description ?? item.content?.encoded,
        authors: [...(item.dc?.creators ?? []), ...(item.authors ?? []).map(({ name }) => name)],
        keywords: item.categories?.map(({ name }) => name),
        guid: item.guid?.value,
        links: [item.link, item.guid?.isPermaLink === false ? undefined : item.guid?.value],
        ids: [item.prism?.doi, ...(item.dc?.identifiers ?? []), item.guid?.value],
        date: item.pubDate ?? item.dc?.dates?.[0] ?? item.prism?.publicationDates?.[0],
      }));
    case 'rdf':
      return (feed.items ?? []).map((item) => ({
        title: item.title ?? item.dc?.titles?.[0],
        abstract: item.description ?? item.content?.encoded,
        authors: item.dc?.creators,
        keywords: item.dc?.subjects,
        guid: undefined,
        links: [item.link],
        ids: item.dc?.identifiers,
        date: item.dc?.dates?.[0],
      }));
    case 'atom':
      return (feed.entries ?? []).map((entry) => ({
        title: plain(entry.title),
        abstract: plain(entry.summary) ?? plain(entry.content),
        authors: entry.authors?.map(({ name }) => name),
        keywords: entry.categories?.map(({ label, term }) => label ?? term),
        guid: entry.id,
        links: [...toLinks(entry.links ?? []), entry.id],
        ids: [entry.arxiv?.doi, ...(entry.dc?.identifiers ?? []), entry.id],
        date: entry.published ?? entry.updated,
      }));
    case 'json':
      return (feed.items ?? []).map((item) => ({
        title: escaped(item.title),
        abstract: escaped(item.summary) ?? escaped(item.content_text) ?? item.content_html,
        authors: item.authors?.map(({ name }) => name),
        keywords: item.tags,
        guid: item.id,
        links: [item.url, item.external_url, item.id],
        ids: [item.id],
        date: item.date_published ?? item.date_modified,
      }));
  }
}

/** RFC 4287 §3.1.1: text that is not said to be HTML is none. */
function plain(text: { value?: string; type?: string } | undefined): string | undefined {
  return /html/.test(text?.type ?? '') ? text?.value : escaped(text?.value);
}

/** So that reading it as HTML gives it back. */
function escaped(text: string | undefined): string | undefined {
  return text?.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function toLinks(links: readonly { href?: string; rel?: string }[]): (string | undefined)[] {
  const alternate = links.filter(({ rel }) => rel === undefined || rel === 'alternate');
  return alternate.map(({ href }) => href);
}

/** An entry, and where its feed is. */
export interface PlacedEntry {
  entry: RawEntry;
  url: URL;
}

/** The links that several entries have, which go by other names. */
export function sharedLinks(entries: readonly PlacedEntry[]): ReadonlySet<string> {
  const owners = new Map<string, string>();
  const shared = new Set<string>();
  for (const { entry, url } of entries) {
    const [link] = linksOfEntry(entry);
    if (link === undefined) continue;
    const key = toEntryKey(entry, url, link);
    if ((owners.get(link) ?? key) !== key) shared.add(link);
    owners.set(link, key);
  }
  return shared;
}

/** By what it is known: its own id, or its link. */
function toEntryKey({ guid }: RawEntry, feed: URL, link: string): string {
  return ownKey(guid, feed.href) ?? ownId('feed', link);
}

function linksOfEntry({ links }: RawEntry): string[] {
  return (links ?? []).flatMap((link) => webUrl(link) ?? []);
}

/**
 * Reads one entry; `reason` says what is wrong with a bad one.
 * @param shared links by which it is not known from others
 */
export function readEntry(
  { entry, url: feed }: PlacedEntry,
  shared: ReadonlySet<string>,
): { listed: ListedPaper } | { reason: string } {
  const title = toTitle(toText(entry.title));
  if (title === null) return { reason: 'title is missing' };
  const links = linksOfEntry(entry);
  const ids = [...(entry.ids ?? []), ...links].filter((id) => id !== undefined);
  const arxivId = findFirst(ids, (id) => parseArxivId(id)?.id ?? null);
  const doi = findFirst(ids, doiIn);
  const url = links[0] ?? (doi === null ? null : `https://doi.org/${encodeURI(doi)}`);
  if (url === null) return { reason: 'link is missing' };
  const paper = {
    arxivId,
    doi: doi?.startsWith('10.48550/') ? null : doi,
    title,
  };
  const keywords = toNames((entry.keywords ?? []).map(toText), MAX_KEYWORDS);
  return {
    listed: {
      paper: {
        ...paper,
        id: paperId(paper, toEntryKey(entry, feed, url)),
        abstract: textOrNull(toText(entry.abstract), MAX_ABSTRACT) ?? '',
        summary: null,
        authors: toNames((entry.authors ?? []).map(toText), MAX_AUTHORS),
        organisation: null,
        publishedOn: null,
        url,
        pdfUrl: arxivId === null ? null : `https://arxiv.org/pdf/${arxivId}`,
        codeUrl: null,
        projectUrl: null,
        keywords: [...new Set(keywords)],
        categories: [],
        withdrawn: /^withdrawn:/i.test(title),
      },
      signal: null,
      alias: { key: ownId('feed', url), isShared: shared.has(url) },
    },
  };
}

/**
 * What a feed calls an entry is its own name for it: `post:12` is another entry in another feed. Only
 * names that are nobody else's, and addresses of the feed's own site, are the same in all feeds.
 */
function ownKey(guid: string | undefined, feedUrl: string): string | null {
  const id = guid?.trim() ?? '';
  if (id === '') return null;
  const isItsOwn = /^(?:urn|tag|doi):/i.test(id) || isOfOneSite(id, feedUrl);
  return isItsOwn ? ownId('feed', id) : ownId('feed', feedUrl, id);
}

function isOfOneSite(address: string, feedUrl: string): boolean {
  if (!/^https?:/i.test(address) || !URL.canParse(address)) return false;
  const [own, feeds] = [new URL(address).host, new URL(feedUrl).host];
  // Not the other way about: blogs of many people may stand below one address.
  return own === feeds || own.endsWith(`.${feeds}`);
}

function toText(html: string | undefined): string {
  return htmlToText((html ?? '').slice(0, MAX_ABSTRACT * 8));
}

function findFirst(texts: readonly string[], read: (text: string) => string | null): string | null {
  for (const text of texts) {
    const found = read(text);
    if (found !== null) return found;
  }
  return null;
}

/** Journals' addresses have the DOI in their path: `…/content/10.1101/2026.03.01.1v1?rss=1`. */
function doiIn(text: string): string | null {
  const own = parseDoi(text);
  if (own !== null) return own;
  const [, inPath] = /^https?:\/\/[^/]+\/(?:.*?\/)?(10\.\d{4,9}\/[^?#\s]+)/i.exec(text) ?? [];
  if (inPath === undefined) return null;
  const bare = inPath.replace(/(?:\/|\.(?:full|abstract|short|pdf|html?))+$/i, '');
  return parseDoi(bare.startsWith('10.1101/') ? bare.replace(/v\d+$/, '') : bare);
}
