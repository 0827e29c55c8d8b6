import { arxivDoi, paperId, parseArxivId, parseDoi } from '../../papers/identity.js';
import type { ListedPaper } from '../../papers/paper.js';
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
    announcement: wanted.some((category) => covers(category, primary)) ? 'new' : 'cross',
  });
}

/** One `item` of the daily RSS. */
export function readItem(item: Element): Read {
  const description = findText(item, 'description');
  const type =
    findText(item, 'arxiv:announce_type') ||
    /Announce Type:\s*([\w-]+)/.exec(description)?.[1] ||
    '';
  const published = Date.parse(findText(item, 'pubDate'));
  return toEntry({
    id: findText(item, 'guid').replace(/^oai:arXiv\.org:/i, '') || findText(item, 'link'),
    title: findText(item, 'title'),
    abstract: description.replace(/^arXiv:\S+\s+Announce Type:.*?\bAbstract:\s*/is, ''),
    authors: findChildren(item, 'dc:creator').flatMap(({ text }) => text.split(/,\s+/)),
    categories: findChildren(item, 'category').map(({ text }) => text.trim()),
    doi: findText(item, 'arxiv:DOI'),
    comment: '',
    // The day of a replacement is not the day on which the paper appeared.
    published: type === 'new' && published ? new Date(published).toISOString() : '',
    announcement: parseAnnouncement(type),
  });
}

function parseAnnouncement(type: string): Announcement | null {
  if (type.startsWith('replace')) return 'replace';
  return type === 'new' || type === 'cross' ? type : null;
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
  const categories = fields.categories.filter((one) => CATEGORY.test(one));
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
        authors: toNames(fields.authors, MAX_AUTHORS),
        organisation: null,
        publishedOn: toDay(fields.published),
        url: `https://arxiv.org/abs/${arxivId}`,
        pdfUrl: `https://arxiv.org/pdf/${arxivId}`,
        codeUrl: null,
        projectUrl: null,
        keywords: [],
        categories: [...new Set(categories)].slice(0, MAX_CATEGORIES),
        withdrawn: isWithdrawn(fields.comment, abstract),
      },
      signal: null,
      version: version ?? undefined,
    },
  };
}

export const CATEGORY = /^[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]{2}|\.[a-z]+(?:-[a-z]+)*)?$/;

/** `cs` covers `cs.CL`. */
function covers(category: string, other: string): boolean {
  return other === category || other.startsWith(`${category}.`);
}

/** arXiv keeps such papers and says so in the comment, or in place of the abstract. */
function isWithdrawn(comment: string, abstract: string): boolean {
  return (
    /\bwithdrawn\b/i.test(comment) ||
    /^(?:(?:this|the|our) \S+ (?:has been|is|was) )?withdrawn\b/i.test(abstract)
  );
}
