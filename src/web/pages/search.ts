import type { FastifyInstance } from 'fastify';
import { longDay } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { excerpt, hasMatch, highlight, type Sought, toSought } from '../../search/highlight.js';
import { parseSearch, type Search, type SearchFields, type Term } from '../../search/query.js';
import type { FoundPaper } from '../../search/search-store.js';
import { shortAuthors } from '../../views/names.js';
import type { WebContext } from '../context.js';
import { readFields } from '../form.js';

const PAGE_SIZE = 20;
/** Behind the last page that any search has. */
const MAX_PAGE = 100;
/** Length of what is shown of an abstract, in UTF-16 units. */
const EXCERPT = 320;

/** Requests per client: more than anybody types, and far fewer than would keep others waiting. */
const LIMIT = { max: 60, timeWindow: '1 minute' };

/** `GET /search?q=&from=&to=&page=`: the papers that match, best first. */
export function searchPage(app: FastifyInstance, context: WebContext): void {
  app.get('/search', { config: { rateLimit: LIMIT } }, async (request, reply) => {
    const { q = '', from = '', to = '', page = '' } = readFields(request.query);
    const fields = { q, from, to };
    reply.header('x-robots-tag', 'noindex');
    let search: Search;
    try {
      search = parseSearch(fields);
    } catch (error) {
      if (!(error instanceof PaperboyError)) throw error;
      // The form again, with what was typed and what is wrong with it.
      return reply.code(400).page('search', { ...toForm(fields), error });
    }
    return reply.page('search', {
      ...toForm(fields),
      asked: q.trim() !== '',
      ...(await findResults(context, search, fields, readPage(page))),
    });
  });
}

function toForm(fields: SearchFields) {
  // A browser that gets ten thousand characters back would send them again.
  const q = fields.q.slice(0, 600).toWellFormed();
  return { noindex: true, values: { ...fields, q }, dated: fields.from !== '' || fields.to !== '' };
}

async function findResults(
  { search: store }: WebContext,
  { arxivId, text, shortened }: Search,
  fields: SearchFields,
  page: number,
) {
  const known = arxivId === null ? null : await store.findById(arxivId);
  if (known) return { papers: [presenter([])(known)], count: 1, known: true };
  if (text === null) return { wordless: true };
  const offset = (page - 1) * PAGE_SIZE;
  const { papers, count, more } = await store.findPapers(text, { offset, limit: PAGE_SIZE });
  return {
    papers: papers.map(presenter(text.all)),
    ...{ count, more, shortened, first: offset + 1, last: offset + papers.length },
    previous: page > 1 ? toAddress(fields, page - 1) : null,
    next: offset + papers.length < count ? toAddress(fields, page + 1) : null,
    paged: page > 1,
    start: toAddress(fields, 1),
  };
}

function presenter(terms: readonly Term[]) {
  const sought = toSought(terms);
  const anywhere = toSought(terms.filter(({ author }) => !author));
  return (paper: FoundPaper) => ({
    url: paper.url,
    title: highlight(paper.title, anywhere),
    titleText: paper.title,
    authors: highlight(authorsShown(paper.authors, sought), sought),
    excerpt: excerpt(paper.abstract, anywhere, EXCERPT),
    organisation: paper.organisation,
    dateLong: longDay(paper.edition ?? paper.listedOn),
    date: paper.edition ?? paper.listedOn,
    editionUrl: paper.edition && `/papers/${paper.edition}`,
    arxivUrl: arxivUrl(paper),
    pdfUrl: paper.pdfUrl,
  });
}

/** The authors as everywhere, and behind them whoever was searched for and is not among those. */
function authorsShown(all: readonly string[], sought: Sought): string {
  const short = shortAuthors(all);
  const found = all.filter((name) => !short.includes(name) && hasMatch(name, sought));
  return found.length === 0 ? short : `${short} (among them ${found.slice(0, 3).join(', ')})`;
}

function arxivUrl({ id }: FoundPaper): string | null {
  return /^(?:\d{4}\.\d{4,5}|[a-z-]+\/\d{7})$/.test(id) ? `https://arxiv.org/abs/${id}` : null;
}

function toAddress({ q, from, to }: SearchFields, page: number): string {
  const parameters = new URLSearchParams({ q: q.trim().toWellFormed() });
  if (from !== '') parameters.set('from', from);
  if (to !== '') parameters.set('to', to);
  if (page > 1) parameters.set('page', String(page));
  return `/search?${parameters}`;
}

/** Whatever is no number of a page means the first one. */
function readPage(text: string): number {
  const page = /^\d{1,4}$/.test(text) ? Number(text) : 1;
  return Math.min(Math.max(page, 1), MAX_PAGE);
}
