import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { LibraryStore } from '../../library/library-store.js';
import { loadList } from '../../library/list-pages.js';
import { type FacetKind, toSlug } from '../../library/slugs.js';
import type { Messages } from '../../views/messages.js';
import type { PageCache } from '../page-cache.js';
import { type Content, HTML } from '../rendered.js';
import { FAILURES, page } from '../schemas.js';
import type { RenderPage } from '../views.js';
import { followPath, listPath } from './library-paths.js';
import { type ListView, noList, PAGE_SIZE, parsePage } from './list-request.js';
import { Moved, orMoved } from './moved.js';
import type { RenderPaperFeed } from './paper-feeds.js';
import { presentShelved } from './present-paper.js';

export interface ListPagesDeps {
  cache: PageCache;
  library: LibraryStore;
  renderPage: RenderPage;
  renderFeed: RenderPaperFeed;
}

/** So many papers a feed has. */
export const FEED_SIZE = 30;
export const LIMIT = { max: 300, timeWindow: '1 minute' };

const PLACES: Readonly<Record<string, FacetKind>> = { by: 'author', lab: 'lab', topic: 'topic' };

const params = Type.Object({ name: Type.String() });
const SCHEMA = {
  hide: true,
  params,
  querystring: Type.Object({ page: Type.Optional(Type.String()) }),
  response: { 200: page('Papers that have something in common, newest first.'), ...FAILURES },
};

/** `GET /topic/:name`, `/by/:author`, `/lab/:name`, and below each `feed.atom` and `feed.json`. */
export const listPages: FastifyPluginAsyncTypebox<ListPagesDeps> = async (app, deps) => {
  for (const [place, kind] of Object.entries(PLACES)) {
    const options = { config: { rateLimit: LIMIT } };
    app.get(`/${place}/:name`, { schema: SCHEMA, ...options }, (request, reply) => {
      const number = parsePage(request.query.page);
      if (number === null) throw noList();
      const asked: Asked = { kind, name: request.params.name, view: { kind: 'page', number } };
      return send(deps, request, reply, asked);
    });
    for (const format of ['atom', 'json'] as const) {
      const schema = { hide: true, params };
      app.get(`/${place}/:name/feed.${format}`, { schema, ...options }, (request, reply) =>
        send(deps, request, reply, { kind, name: request.params.name, view: { kind: format } }),
      );
    }
  }
};

interface Asked {
  kind: FacetKind;
  name: string;
  view: ListView;
}

function send(
  deps: ListPagesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, name, view }: Asked,
): Promise<void> {
  const slug = toSlug(kind, name);
  const path = listPath(kind, name);
  const key = `${path} ${view.kind} ${view.kind === 'page' ? view.number : ''}`;
  return orMoved(reply, () => {
    if (path === null) throw noList();
    // Other spellings lead there, if there is something.
    const own = slug === name ? '' : ' moved';
    return deps.cache.send(request, reply, key + own, async (messages) => {
      const content = await render(deps, { kind, slug, path, view }, messages);
      if (slug !== name) throw new Moved(path + toSuffix(view));
      return content;
    });
  });
}

function toSuffix(view: ListView): string {
  if (view.kind !== 'page') return `/feed.${view.kind}`;
  return view.number === 1 ? '' : `?page=${view.number}`;
}

interface Wanted {
  kind: FacetKind;
  slug: string;
  path: string;
  view: ListView;
}

async function render(
  { library, renderPage, renderFeed }: ListPagesDeps,
  { kind, slug, path, view }: Wanted,
  messages: Messages,
): Promise<Content> {
  const number = view.kind === 'page' ? view.number : 1;
  const limit = view.kind === 'page' ? PAGE_SIZE : FEED_SIZE;
  const list = await loadList(library, kind, slug, { offset: (number - 1) * limit, limit });
  if (list === null || list.papers.length === 0) throw noList();
  const { name } = list;
  const heading = messages.t(`library.list-${kind}`, { name });
  if (view.kind !== 'page') {
    const feed = { title: heading, path, self: path + toSuffix(view), papers: list.papers };
    return renderFeed(view.kind, feed, messages);
  }
  const body = renderPage('list', messages, {
    ...{ heading, name, kind, path },
    description: messages.t(`library.about-${kind}`, { name }),
    papers: list.papers.map(presentShelved),
    first: (number - 1) * PAGE_SIZE + 1,
    last: (number - 1) * PAGE_SIZE + list.papers.length,
    followUrl: list.follow && followPath(list.follow),
    previous: number > 1 ? path + toSuffix({ kind: 'page', number: number - 1 }) : null,
    next: list.more ? path + toSuffix({ kind: 'page', number: number + 1 }) : null,
    noindex: number > 1,
  });
  return { type: HTML, body };
}
