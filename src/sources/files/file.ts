import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isDay } from '../../base/day.js';
import { PaperboyError, toErrorCode, toErrorMessage } from '../../base/errors.js';
import { normaliseTitle, ownId, paperId, parseArxivId, parseDoi } from '../../papers/identity.js';
import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { distinctPapers, readOne } from '../answer.js';
import {
  MAX_ABSTRACT,
  MAX_AUTHORS,
  MAX_KEYWORDS,
  MAX_NAME,
  textOrNull,
  toDay,
  toNames,
  toTitle,
  webUrl,
} from '../fields.js';
import type { Source, SourceAnswer } from '../source.js';
import { detectFormat, type FileRow, readRows } from './file-rows.js';

const MAX_SIZE = 64 * 1024 * 1024;
const MAX_SUMMARY = 2000;

/**
 * Papers in a file of the operator's: JSON, JSON Lines or CSV. All of them are listed for the day
 * that is wanted.
 */
export function fileSource(file: string): Source {
  return {
    name: 'file',
    async listDay(): Promise<SourceAnswer> {
      const text = await readText(file);
      const rows = parseRows(file, text);
      const papers: ListedPaper[] = [];
      const dropped: DroppedItem[] = [];
      for (const row of rows) {
        const read = 'reason' in row ? row : readOne(() => readRow(row.fields));
        if ('reason' in read) dropped.push({ id: `line ${row.line}`, reason: read.reason });
        else papers.push(read.listed);
      }
      return { listed: rows.length, dropped, ...distinctPapers(papers) };
    },
    newestDay: async (today) => today,
  };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_SIZE) throw new PaperboyError('not_read', `${file} has more than 64 MB.`);
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof PaperboyError) throw error;
    const reason = toErrorCode(error) ?? toErrorMessage(error);
    throw new PaperboyError('not_read', `${file} can't be read (${reason}).`, { cause: error });
  }
}

function parseRows(file: string, text: string): FileRow[] {
  try {
    return readRows[detectFormat(basename(file), text)](text);
  } catch (error) {
    const reason = toErrorMessage(error).slice(0, 200);
    throw new PaperboyError('not_read', `${file} can't be read (${reason}).`, { cause: error });
  }
}

function readRow(raw: Record<string, unknown>): { listed: ListedPaper } | { reason: string } {
  const fields = new Map(Object.entries(raw).map(([name, value]) => [plainName(name), value]));
  const text = (...names: string[]) =>
    names.map((name) => fields.get(name)).find(isFilled) ?? undefined;
  const title = toTitle(text('title'));
  if (title === null) return { reason: 'title is missing' };
  const abstract = textOrNull(text('abstract', 'summary'), MAX_ABSTRACT);
  if (abstract === null) return { reason: 'abstract is missing' };
  const published = text('publishedon', 'published', 'date');
  if (published !== undefined && !isDay(published.slice(0, 10))) {
    return { reason: `date is not YYYY-MM-DD` };
  }
  const url = webUrl(text('url', 'link'));
  const arxiv = parseArxivId(text('arxivid', 'arxiv', 'id') ?? url ?? '');
  const arxivId = arxiv?.id ?? null;
  const doi = parseDoi(text('doi') ?? url ?? '');
  const identity = { arxivId, doi, title };
  const authors = toNames(toList(fields.get('authors') ?? fields.get('author')), MAX_AUTHORS);
  const upvotes = toCount(fields.get('upvotes') ?? fields.get('votes'));
  return {
    listed: {
      paper: {
        ...identity,
        id: paperId(identity, ownKey(title, abstract, authors)),
        abstract,
        summary: fields.has('abstract') ? textOrNull(text('summary', 'tldr'), MAX_SUMMARY) : null,
        authors,
        organisation: textOrNull(text('organisation', 'organization'), MAX_NAME),
        publishedOn: toDay(published),
        url: url ?? toPlace(identity),
        pdfUrl: webUrl(text('pdfurl', 'pdf')) ?? (arxivId && `https://arxiv.org/pdf/${arxivId}`),
        codeUrl: webUrl(text('codeurl', 'code')),
        projectUrl: webUrl(text('projecturl', 'project')),
        keywords: toNames(toList(fields.get('keywords')), MAX_KEYWORDS),
        categories: toNames(toList(fields.get('categories')), MAX_KEYWORDS),
        withdrawn: false,
      },
      signal: upvotes === null ? null : { upvotes, comments: 0, codeStars: null },
      version: arxiv?.version ?? undefined,
    },
  };
}

/** A title without letters or digits tells nothing from anything. */
function ownKey(title: string, abstract: string, authors: readonly string[]): string {
  const words = normaliseTitle(title);
  const names = words === '' ? [title, abstract] : [words];
  return ownId('file', ...names, ...authors.map(normaliseTitle));
}

/** `arXiv ID`, `arxiv_id` and `arxivId` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** A list, or text with semicolons between, or else commas. */
function toList(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown) => {
      if (typeof one === 'string') return [one];
      const name: unknown = typeof one === 'object' && one !== null && Reflect.get(one, 'name');
      return typeof name === 'string' ? [name] : [];
    });
  }
  if (!isFilled(value)) return [];
  return value.split(value.includes(';') ? ';' : ',');
}

function toCount(value: unknown): number | null {
  const count = isFilled(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}

/** Where a paper without an address of its own is found. */
function toPlace({
  arxivId,
  doi,
  title,
}: Record<'arxivId' | 'doi', string | null> & { title: string }) {
  if (arxivId !== null) return `https://arxiv.org/abs/${arxivId}`;
  if (doi !== null) return `https://doi.org/${encodeURI(doi)}`;
  return `https://scholar.google.com/scholar?q=${encodeURIComponent(`"${[...title].slice(0, 100).join('')}"`)}`;
}
