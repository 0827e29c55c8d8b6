import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { PaperboyError, toErrorCode, toErrorMessage } from '../../base/errors.js';
import { readFileText } from '../../base/file-text.js';
import { CATEGORY, toCategories } from '../../papers/categories.js';
import {
  type ArxivId,
  normaliseTitle,
  ownId,
  paperId,
  parseArxivId,
  parseDoi,
} from '../../papers/identity.js';
import type { DroppedItem, ListedPaper } from '../../papers/paper.js';
import { saysWithdrawn } from '../../papers/withdrawn.js';
import { cleanText } from '../../text/clean.js';
import { distinctPapers, readOne } from '../answer.js';
import {
  MAX_ABSTRACT,
  MAX_KEYWORDS,
  MAX_NAME,
  textOrNull,
  toAuthors,
  toNames,
  toTitle,
  webUrl,
} from '../fields.js';
import type { Source, SourceAnswer } from '../source.js';
import { parsePublished } from './file-dates.js';
import { FileFields } from './file-fields.js';
import { detectFormat, type FileRow, readRows } from './file-rows.js';
import { isArxivAddress, repairArxivId } from './spreadsheet-ids.js';

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
    let text = '';
    // Of a pipe nobody knows the size beforehand.
    const check = (length: number) => {
      if (length > MAX_SIZE) throw new PaperboyError('not_read', `${file} has more than 64 MB.`);
    };
    check(size);
    for await (const piece of readFileText(file)) {
      text += piece;
      check(text.length);
    }
    return text;
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
  const fields = new FileFields(raw);
  const title = toTitle(fields.text('title'));
  if (title === null) return { reason: 'title is missing' };
  const own = textOrNull(fields.text('abstract'), MAX_ABSTRACT);
  const abstract = own ?? textOrNull(fields.text('summary'), MAX_ABSTRACT);
  if (abstract === null) return { reason: 'abstract is missing' };
  const published = parsePublished(fields.text('date') ?? 'none');
  if ('reason' in published) return published;
  const arxiv = readArxivId(fields);
  if (arxiv && 'reason' in arxiv) return arxiv;
  const arxivId = arxiv?.id ?? null;
  const url = liveUrl(fields.text('url')) ?? toForum(fields);
  const doi = parseDoi(fields.text('doi') ?? url ?? '');
  const identity = { arxivId, doi: doi?.startsWith(ARXIV_DOI) ? null : doi, title };
  const parsed = fields.value('parsedAuthors');
  const authors = toAuthors(fields.list(Array.isArray(parsed) ? 'parsedAuthors' : 'authors'));
  const upvotes = toCount(fields.value('upvotes'));
  const comment = fields.text('comment') ?? '';
  return {
    listed: {
      paper: {
        ...identity,
        id: paperId(identity, ownKey(title, abstract, authors)),
        abstract,
        summary: own === null ? null : textOrNull(fields.text('summary'), MAX_SUMMARY),
        authors,
        organisation: textOrNull(fields.text('organisation'), MAX_NAME),
        publishedOn: published.day,
        url: url ?? toPlace(identity),
        pdfUrl: liveUrl(fields.text('pdfUrl')) ?? (arxivId && `https://arxiv.org/pdf/${arxivId}`),
        codeUrl: webUrl(fields.text('codeUrl')),
        projectUrl: webUrl(fields.text('projectUrl')),
        keywords: toNames(splitList(fields.list('keywords')), MAX_KEYWORDS),
        categories: readCategories(fields.list('categories')),
        withdrawn: saysWithdrawn({ title, comment: cleanText(comment), abstract }),
      },
      signal: upvotes === null ? null : { upvotes, comments: 0, codeStars: null },
      version: arxiv?.version ?? undefined,
    },
  };
}

const ARXIV_DOI = '10.48550/';

/** From where it stands whole, else as it was before a spreadsheet made a number of it. */
function readArxivId(fields: FileFields): ArxivId | { reason: string } | null {
  const [, inExtra] = /\barxiv:\s*(\S+)/i.exec(fields.text('extra') ?? '') ?? [];
  const own = fields.text('arxivId');
  const elsewhere = [fields.text('url'), fields.text('doi'), inExtra, fields.text('pdfUrl')];
  const id = fields.text('id');
  for (const text of [own, ...elsewhere, id]) {
    const whole = text === undefined ? null : parseArxivId(text);
    if (whole) return whole;
  }
  const links = elsewhere.filter((text) => text !== undefined && isArxivAddress(text));
  // Other tools count their rows in `id`.
  const isCount = /^\d+$/.test(id ?? '');
  for (const text of [own, ...links, isCount ? undefined : id]) {
    const repaired = text === undefined ? null : repairArxivId(text);
    if (repaired) return 'reason' in repaired ? repaired : { ...repaired, version: null };
  }
  return null;
}

/** An address, unless it is one of arXiv with an id that was made a number. */
function liveUrl(text: string | undefined): string | null {
  const isDead = text !== undefined && isArxivAddress(text) && repairArxivId(text) !== null;
  return isDead && parseArxivId(text) === null ? null : webUrl(text);
}

function toForum({ forum }: FileFields): string | null {
  return forum === undefined
    ? null
    : webUrl(`https://openreview.net/forum?id=${encodeURIComponent(forum)}`);
}

/** arXiv has spaces between its categories, others commas or semicolons. */
function readCategories(texts: readonly string[]): string[] {
  const words = texts.flatMap((text) => text.split(/[\s,;|]+/).filter(Boolean));
  const categories = words.every((word) => CATEGORY.test(word)) ? words : splitList(texts);
  return toNames(toCategories(categories.map((one) => one.trim())), MAX_KEYWORDS);
}

/** Semicolons between, or else commas. */
function splitList(texts: readonly string[]): string[] {
  const [text = '', ...others] = texts;
  if (others.length > 0) return [...texts];
  return text.split(text.includes(';') ? ';' : ',');
}

/** A title without letters or digits tells nothing from anything. */
function ownKey(title: string, abstract: string, authors: readonly string[]): string {
  const words = normaliseTitle(title);
  const names = words === '' ? [title, abstract] : [words];
  return ownId('file', ...names, ...authors.map(normaliseTitle));
}

function toCount(value: unknown): number | null {
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
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
