import { parseGivenFirst } from '../../papers/author-list.js';
import { CATEGORY, coversCategory, toCategories } from '../../papers/categories.js';
import { arxivDoi, paperId, parseArxivId, parseDoi } from '../../papers/identity.js';
import type { ListedPaper } from '../../papers/paper.js';
import { saysWithdrawn } from '../../papers/withdrawn.js';
import { cleanText } from '../../text/clean.js';
import { MAX_AUTHORS, toDay, toNames, toTitle } from '../fields.js';
import { type Element, findChild, findChildren, findText } from './xml.js';

/** How arXiv announces a paper: as new here, as one of another category, or anew. */
export type Announcement = 'new' | 'cross' | 'replace';

export interface ArxivEntry {
  listed: ListedPaper;
  announcement: Announcement;
  submittedAt: number;
}

type Read = ArxivEntry | { id?: string; reason: string };

const MAX_CATEGORIES = 30;

/** One `entry` of the Atom API. What is asked for by its categories is new if the first is one. */
export function readEntry(entry: Element, wanted: readonly string[]): Read {
  const primary = findChild(entry, 'arxiv:primary_category')?.attributes['term'] ?? '';
  const others = findChildren(entry, 'category').map(({ attributes }) => attributes['term'] ?? '');
  const authors = findChildren(entry, 'author').map((author) => findText(author, 'name'));
  const published = findText(entry, 'published');
  return toEntry({
    id: findText(entry, 'id'),
    title: findText(entry, 'title'),
    abstract: findText(entry, 'summary'),
    authors,
    categories: [primary, ...others],
    doi: findText(entry, 'arxiv:doi'),
    comment: findText(entry, 'arxiv:comment'),
    published,
    announcement: isWanted(primary, wanted) ? 'new' : 'cross',
  });
}

/** One `item` of the daily RSS, which tells how it is announced. */
export function readItem(item: Element, wanted: readonly string[]): Read {
  const description = findText(item, 'description');
  const type = findType(item);
  const published = parsePubDate(item);
  const categories = findChildren(item, 'category').map(({ text }) => text.trim());
  return toEntry({
    id: findId(item),
    title: findText(item, 'title'),
    abstract: description.replace(/^arXiv:\S+\s+Announce Type:.*?\bAbstract:\s*/is, ''),
    authors: findChildren(item, 'dc:creator').flatMap(({ text }) => parseGivenFirst(text)),
    categories,
    doi: findText(item, 'arxiv:DOI'),
    comment: '',
    // The day of a replacement is not the day on which the paper appeared.
    published: type === 'new' && published !== null ? new Date(published).toISOString() : '',
    announcement: parseAnnouncement(type, categories, wanted),
  });
}

/** The arXiv id of an item that is announced as new; `null` for others. */
export function parseNewId(item: Element): string | null {
  return findType(item) === 'new' ? (parseArxivId(findId(item))?.id ?? null) : null;
}

function findId(item: Element): string {
  return findText(item, 'guid').replace(/^oai:arXiv\.org:/i, '') || findText(item, 'link');
}

function findType(item: Element): string {
  const inText = /Announce Type:\s*([\w-]+)/.exec(findText(item, 'description'))?.[1] ?? '';
  return findText(item, 'arxiv:announce_type') || inText;
}

/** Milliseconds since the epoch, of an item or of the whole RSS. */
export function parsePubDate(element: Element | undefined): number | null {
  const at = Date.parse(findText(element, 'pubDate') || findText(element, 'lastBuildDate'));
  return Number.isNaN(at) ? null : at;
}

function parseAnnouncement(
  type: string,
  [primary = '', ...others]: readonly string[],
  wanted: readonly string[],
): Announcement | null {
  if (type.startsWith('replace')) return 'replace';
  if (type !== 'cross') return type === 'new' ? type : null;
  // A category with two names lists its own papers as cross-lists under its second one.
  const [own] = toCategories([primary]);
  const crossed = toCategories(others).filter((other) => other !== own);
  const isOwn = isWanted(primary, wanted) && !crossed.some((other) => isWanted(other, wanted));
  return isOwn ? 'new' : 'cross';
}

function isWanted(category: string, wanted: readonly string[]): boolean {
  return wanted.some((one) => coversCategory(one, category));
}

interface Fields {
  id: string;
  title: string;
  abstract: string;
  authors: string[];
  categories: string[];
  doi: string;
  comment: string;
  published: string;
  announcement: Announcement | null;
}

function toEntry(fields: Fields): Read {
  const arxiv = parseArxivId(fields.id);
  if (!arxiv) return { reason: `"${cleanText(fields.id.slice(0, 60))}" is not an arXiv id` };
  const { id: arxivId, version } = arxiv;
  const title = toTitle(fields.title);
  if (title === null) return { id: arxivId, reason: 'title is blank' };
  if (fields.announcement === null) return { id: arxivId, reason: 'announce_type is unknown' };
  const doi = parseDoi(fields.doi);
  const abstract = cleanText(fields.abstract);
  const categories = toCategories(fields.categories.filter((one) => CATEGORY.test(one)));
  return {
    announcement: fields.announcement,
    submittedAt: Date.parse(fields.published),
    listed: {
      paper: {
        id: paperId({ arxivId, doi, title }),
        arxivId,
        doi: doi === arxivDoi(arxivId) ? null : doi,
        title,
        abstract,
        summary: null,
        // The API has the colons behind a collaboration's name as authors.
        authors: toNames(
          fields.authors.filter((name) => /\p{L}/u.test(name)),
          MAX_AUTHORS,
        ),
        organisation: null,
        publishedOn: toDay(fields.published),
        url: `https://arxiv.org/abs/${arxivId}`,
        pdfUrl: `https://arxiv.org/pdf/${arxivId}`,
        codeUrl: null,
        projectUrl: null,
        keywords: [],
        categories: categories.slice(0, MAX_CATEGORIES),
        withdrawn: saysWithdrawn({ title, comment: cleanText(fields.comment), abstract }),
      },
      signal: null,
      version: version ?? undefined,
    },
  };
}
