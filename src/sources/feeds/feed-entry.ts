import { parseUrl } from '../../base/url.js';
import { ownId, paperId, parseArxivId, parseDoi } from '../../papers/identity.js';
import type { ListedPaper } from '../../papers/paper.js';
import { saysWithdrawn } from '../../papers/withdrawn.js';
import { htmlToText, withoutPictures } from '../../text/html-text.js';
import {
  MAX_ABSTRACT,
  MAX_KEYWORDS,
  textOrNull,
  toAuthors,
  toNames,
  toPicture,
  toTitle,
} from '../fields.js';
import type { RawEntry } from './feed-formats.js';

/** An entry, and where its feed is. */
export interface PlacedEntry {
  entry: RawEntry;
  url: URL;
  /** Hosts of the other feeds: pictures there may be named by those alone. */
  foreign?: ReadonlySet<string>;
}

/** The links that several entries have, which go by other names. */
export function sharedLinks(entries: readonly PlacedEntry[]): ReadonlySet<string> {
  const owners = new Map<string, string>();
  const shared = new Set<string>();
  for (const { entry, url } of entries) {
    const [link] = entry.links;
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

/**
 * Reads one entry; `reason` says what is wrong with a bad one.
 * @param shared links by which it is not known from others
 */
export function readEntry(
  { entry, url: feed, foreign }: PlacedEntry,
  shared: ReadonlySet<string>,
): { listed: ListedPaper } | { reason: string } {
  const title = toTitle(toText(entry.title));
  if (title === null) return { reason: 'title is missing' };
  const { links } = entry;
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
        authors: toAuthors((entry.authors ?? []).map(toText)),
        organisation: null,
        publishedOn: null,
        url,
        pdfUrl: arxivId === null ? null : `https://arxiv.org/pdf/${arxivId}`,
        codeUrl: null,
        projectUrl: null,
        ...toPicture(entry.pictures ?? [], new Set([feed.host]), foreign),
        keywords: [...new Set(keywords)],
        categories: [],
        withdrawn: saysWithdrawn({ title }),
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
  const own = /^https?:/i.test(address) ? parseUrl(address)?.host : undefined;
  const feeds = new URL(feedUrl).host;
  // Not the other way about: blogs of many people may stand below one address.
  return own !== undefined && (own === feeds || own.endsWith(`.${feeds}`));
}

function toText(html: string | undefined): string {
  return htmlToText(withoutPictures(html ?? '').slice(0, MAX_ABSTRACT * 8));
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
