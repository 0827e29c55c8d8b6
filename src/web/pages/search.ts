import etag from '@fastify/etag';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { longDay } from '../../base/day.js';
import { toPickedBefore } from '../../editions/shown-editions.js';
import { toInterests } from '../../library/follow.js';
import { toSearchedSummary } from '../../papers/search-texts.js';
import { excerpt, hasMatch, highlight, type Sought, toSought } from '../../search/highlight.js';
import {
  parseSearch,
  type Search,
  type SearchFields,
  type Term,
  type TextQuery,
} from '../../search/query.js';
import type { FoundPaper, SearchStore } from '../../search/search-store.js';
import { MAX_ENTRY } from '../../subscribers/preferences.js';
import { findLanguage } from '../../text/language.js';
import { paperPath } from '../../views/paper-path.js';
import { shortAuthors } from '../../views/paper-view.js';
import { firstWrong, readFields, toFieldErrors } from '../form.js';
import { followPath } from '../library/library-paths.js';
import { FAILURES, page } from '../schemas.js';
import { type RenderPage, sendPage } from '../views.js';

/** The fields of the form, in their order. */
const SHOWN = ['q', 'from', 'to'];
const PAGE_SIZE = 20;
/** Behind the last page that any search has. */
const MAX_PAGE = 100;
/** Length of what is shown of an abstract, in UTF-16 units. */
const EXCERPT = 320;

/** Of a title likewise. */
const TITLE = 300;
/** In which whoever was searched for is looked for: the largest collaborations have about as many. */
const MAX_AUTHORS = 6_000;

/** Requests per client: more than anybody types, and far fewer than would keep others waiting. */
const LIMIT = { max: 60, timeWindow: '1 minute' };

export interface SearchDeps {
  search: SearchStore;
  renderPage: RenderPage;
  clock: Pick<Clock, 'now'>;
  /** Minutes for which a fresh draft is left to its editor: no result leads there. */
  freezeAfter: number;
}

/** A parameter that comes twice is two lines of one. */
const PARAMETER = Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())]));

const SCHEMA = {
  hide: true,
  querystring: Type.Object({ q: PARAMETER, from: PARAMETER, to: PARAMETER, page: PARAMETER }),
  response: { 200: page('The papers that match, best first.'), ...FAILURES },
};

/** `GET /search?q=&from=&to=&page=`: the papers that match, best first. */
export const searchPage: FastifyPluginAsyncTypebox<SearchDeps> = async (app, deps) => {
  // Too many answers to be kept.
  await app.register(etag, { weak: true });
  app.get('/search', { schema: SCHEMA, config: { rateLimit: LIMIT } }, async (request, reply) => {
    const { q = '', from = '', to = '', page = '' } = readFields(request.query);
    const fields = { q, from, to };
    // It carries what is left of the client's own limit.
    reply.header('x-robots-tag', 'noindex').header('cache-control', 'private, no-cache');
    let search: Search;
    try {
      search = parseSearch(fields);
    } catch (error) {
      const errors = toFieldErrors(error, SHOWN);
      if (errors === null) throw error;
      // The form again, with what was typed and what is wrong with it.
      const wrong = { errors, focus: firstWrong(errors, SHOWN) };
      return sendPage(
        reply.code(400),
        deps.renderPage('search', request.messages, { ...toForm(fields), ...wrong }),
      );
    }
    const results = await findResults(deps, search, fields, readPage(page));
    const asked = q.trim() !== '';
    return sendPage(
      reply,
      deps.renderPage('search', request.messages, { ...toForm(fields), asked, ...results }),
    );
  });
};

function toForm(fields: SearchFields) {
  // A browser that gets ten thousand characters back would send them again.
  const q = fields.q.slice(0, 600).toWellFormed();
  const query = toAddress(fields, 1).replace(/^[^?]*\?/, '');
  return {
    ...{ noindex: true, values: { ...fields, q }, query },
    dated: fields.from !== '' || fields.to !== '',
  };
}

async function findResults(
  { search: store, clock, freezeAfter }: SearchDeps,
  { arxivId, text, shortened }: Search,
  fields: SearchFields,
  page: number,
) {
  const pickedBefore = toPickedBefore(freezeAfter, clock.now());
  const known = arxivId === null ? null : await store.findById(arxivId, pickedBefore);
  if (known) return { papers: [presenter([])(known)], count: 1, known: true };
  if (text === null) return { wordless: true };
  const offset = (page - 1) * PAGE_SIZE;
  const { papers, count, more } = await store.findPapers(text, {
    offset,
    limit: PAGE_SIZE,
    pickedBefore,
  });
  return {
    papers: papers.map(presenter(text.all)),
    ...{ count, more, shortened, first: offset + 1, last: offset + papers.length },
    ...toWays(text, fields),
    previous: page > 1 ? toAddress(fields, page - 1) : null,
    next: offset + papers.length < count ? toAddress(fields, page + 1) : null,
    paged: page > 1,
    start: toAddress(fields, 1),
  };
}

/** How to stay with a search: by its feed, and by mail. */
function toWays(text: Pick<TextQuery, 'all'>, fields: SearchFields) {
  const { q } = fields;
  const follow = toInterests(text);
  const tooLong = Object.values(follow)
    .flat()
    .some((entry) => entry.length > MAX_ENTRY);
  const feed = new URLSearchParams({ q: q.trim().toWellFormed() });
  return {
    feedUrl: `/search/feed.atom?${feed}`,
    jsonUrl: `/search/feed.json?${feed}`,
    followUrl: tooLong || Object.keys(follow).length === 0 ? null : followPath(follow),
  };
}

function presenter(terms: readonly Term[]) {
  const sought = toSought(terms);
  const anywhere = toSought(terms.filter(({ author }) => !author));
  return (paper: FoundPaper) => {
    const text = textShown(paper, anywhere);
    return {
      page: paperPath(paper.id),
      url: paper.url,
      title: excerpt(paper.title, anywhere, TITLE),
      titleText: paper.title,
      titleLang: findLanguage(paper.title),
      authors: highlight(authorsShown(paper.authors, sought), sought),
      excerpt: excerpt(text, anywhere, EXCERPT),
      excerptLang: findLanguage(text),
      organisation: paper.organisation,
      dateLong: longDay(paper.edition ?? paper.listedOn),
      date: paper.edition ?? paper.listedOn,
      editionUrl: paper.edition && `/papers/${paper.edition}`,
      arxivUrl: arxivUrl(paper),
      pdfUrl: paper.pdfUrl,
    };
  };
}

/** The abstract, or a summary that is searched with it where only that has what was searched for. */
function textShown(paper: FoundPaper, sought: Sought): string {
  const summary = toSearchedSummary(paper);
  return hasMatch(summary, sought) && !hasMatch(paper.abstract, sought) ? summary : paper.abstract;
}

/** The authors as everywhere, and behind them whoever was searched for and is not among those. */
function authorsShown(all: readonly string[], sought: Sought): string {
  const short = shortAuthors(all);
  const found = all
    .slice(0, MAX_AUTHORS)
    .filter((name) => !short.includes(name) && hasMatch(name, sought));
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
