import type { parseFeed } from 'feedsmith';
import { type Place, resolveBase, toLinks } from './entry-links.js';

export type ParsedFeed = ReturnType<typeof parseFeed<string>>;
type Texts = readonly (string | undefined)[] | undefined;

/** What feeds of every format say of an entry; texts may be HTML. */
export interface RawEntry {
  title: string | undefined;
  abstract: string | undefined;
  authors: Texts;
  keywords: Texts;
  /** What the feed calls it, for ever. */
  guid: string | undefined;
  /** Whole addresses, in the order in which they are believed. */
  links: readonly string[];
  /** What may hold a DOI or an arXiv id. */
  ids: Texts;
  /** In whatever form, in the order in which they are believed. */
  dates: Texts;
  /** Whole addresses of what may be pictures of it. */
  pictures?: readonly string[];
}

/** The entries of a feed, whatever its format, in its order. */
export function toEntries(parsed: ParsedFeed, place: Place): RawEntry[] {
  switch (parsed.format) {
    case 'rss':
      return readRss(parsed.feed, place);
    case 'rdf':
      return readRdf(parsed.feed, place);
    case 'atom':
      return readAtom(parsed.feed, place);
    case 'json':
      return readJson(parsed.feed, place);
  }
}

type FeedOf<Format> = Extract<ParsedFeed, { format: Format }>['feed'];

function readRss(feed: FeedOf<'rss'>, place: Place): RawEntry[] {
  const inFeed = resolveBase(place, feed.xml?.base);
  return (feed.items ?? []).map((item) => {
    const { guid } = item;
    const isLink = guid?.isPermaLink === true;
    return {
      title: item.title ?? item.dc?.titles?.[0],
      abstract: item.description ?? item.content?.encoded,
      authors: [...(item.dc?.creators ?? []), ...(item.authors ?? []).map(({ name }) => name)],
      keywords: item.categories?.map(({ name }) => name),
      guid: guid?.value,
      links: toLinks(resolveBase(inFeed, item.xml?.base), {
        references: [
          ...[item.link, ...toAlternates(item.atom?.links), ...(item.prism?.urls ?? [])],
          isLink ? guid.value : undefined,
        ],
        ids: [guid?.isPermaLink === false ? undefined : guid?.value],
      }),
      ids: [item.prism?.doi, ...(item.dc?.identifiers ?? []), guid?.value],
      dates: [item.pubDate, ...toDates(item), ...(item.prism?.publicationDates ?? [])],
      pictures: toPictures(resolveBase(inFeed, item.xml?.base), [
        ...toEnclosed(item.media),
        ...(item.enclosures ?? []),
      ]),
    };
  });
}

function readRdf(feed: FeedOf<'rdf'>, place: Place): RawEntry[] {
  const inFeed = resolveBase(place, feed.xml?.base);
  return (feed.items ?? []).map((item) => ({
    title: item.title ?? item.dc?.titles?.[0],
    abstract: item.description ?? item.content?.encoded,
    authors: item.dc?.creators,
    keywords: item.dc?.subjects,
    guid: undefined,
    links: toLinks(resolveBase(inFeed, item.xml?.base), {
      references: [item.link, ...toAlternates(item.atom?.links)],
      ids: [item.rdf?.about],
    }),
    ids: item.dc?.identifiers,
    dates: toDates(item),
    pictures: toPictures(resolveBase(inFeed, item.xml?.base), toEnclosed(item.media)),
  }));
}

function readAtom(feed: FeedOf<'atom'>, place: Place): RawEntry[] {
  const inFeed = resolveBase(place, feed.xml?.base);
  return (feed.entries ?? []).map((entry) => ({
    title: plain(entry.title),
    abstract: plain(entry.summary) ?? plain(entry.content),
    authors: entry.authors?.map(({ name }) => name),
    keywords: entry.categories?.map(({ label, term }) => label ?? term),
    guid: entry.id,
    links: toLinks(resolveBase(inFeed, entry.xml?.base), {
      // RFC 4287 §4.1.3.2: the content may stand elsewhere.
      references: [...toAlternates(entry.links), entry.content?.src],
      ids: [entry.id],
    }),
    ids: [entry.arxiv?.doi, ...(entry.dc?.identifiers ?? []), entry.id],
    dates: [entry.published, entry.updated, ...toDates(entry)],
    pictures: toPictures(resolveBase(inFeed, entry.xml?.base), [
      ...toEnclosed(entry.media),
      ...(entry.links ?? []).flatMap(({ rel, href, type }) =>
        rel === 'enclosure' ? [{ url: href, type }] : [],
      ),
    ]),
  }));
}

function readJson(feed: FeedOf<'json'>, place: Place): RawEntry[] {
  return (feed.items ?? []).map((item) => ({
    title: escaped(item.title),
    abstract: escaped(item.summary) ?? escaped(item.content_text) ?? item.content_html,
    authors: item.authors?.map(({ name }) => name),
    keywords: item.tags,
    guid: item.id,
    links: toLinks(place, { references: [item.url, item.external_url], ids: [item.id] }),
    ids: [item.id],
    dates: [item.date_published, item.date_modified],
    pictures: toPictures(place, [
      ...[item.image, item.banner_image].map((url) => ({ url, medium: 'image' })),
      ...(item.attachments ?? []).map(({ url, mime_type: type }) => ({ url, type })),
    ]),
  }));
}

/** RFC 4287 §3.1.1: text that is not said to be HTML is none. */
function plain(text: { value?: string; type?: string } | undefined): string | undefined {
  return /html/.test(text?.type ?? '') ? text?.value : escaped(text?.value);
}

/** So that reading it as HTML gives it back. */
function escaped(text: string | undefined): string | undefined {
  return text?.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** RFC 4287 §4.2.7.2: a link without a relation, or with the registered one. */
const ALTERNATE = /^(?:http:\/\/www\.iana\.org\/assignments\/relation\/)?alternate$/i;

function toAlternates(links: readonly { href?: string; rel?: string }[] = []) {
  return links
    .filter(({ rel = 'alternate' }) => ALTERNATE.test(rel.trim()))
    .map(({ href }) => href);
}

interface Dated {
  dc?: { dates?: string[] } | undefined;
  dcterms?: Partial<Record<'issued' | 'created' | 'dates' | 'modified', string[]>> | undefined;
  atom?: { published?: string; updated?: string } | undefined;
}

/** What other vocabularies say of when an entry came out. */
function toDates({ dc, dcterms, atom }: Dated): (string | undefined)[] {
  const terms = [dcterms?.issued, dcterms?.created, dcterms?.dates, dcterms?.modified];
  return [dc?.dates?.[0], ...terms.map((dates) => dates?.[0]), atom?.published, atom?.updated];
}

/** What may be a picture, as feeds say it. */
interface Enclosed {
  url?: string | undefined;
  type?: string | undefined;
  medium?: string | undefined;
}

interface MediaPart {
  thumbnails?: Enclosed[];
  contents?: (Enclosed & { thumbnails?: Enclosed[] })[];
}

/** Media RSS: what is said to be a small picture of the entry, then what it holds. */
function toEnclosed(media: (MediaPart & { groups?: MediaPart[] }) | undefined) {
  const parts = media ? [media, ...(media.groups ?? [])] : [];
  return parts.flatMap(({ thumbnails = [], contents = [] }) => [
    ...[...thumbnails, ...contents.flatMap((content) => content.thumbnails ?? [])].map(
      ({ url }) => ({ url, medium: 'image' }),
    ),
    ...contents,
  ]);
}

/** The addresses of those that are said to be pictures, whole. */
function toPictures(place: Place, enclosed: readonly Enclosed[]): string[] {
  const references = enclosed
    .filter(({ type, medium }) => /^image\//i.test(type ?? '') || /^image$/i.test(medium ?? ''))
    .map(({ url }) => url);
  return toLinks(place, { references, ids: [] });
}
