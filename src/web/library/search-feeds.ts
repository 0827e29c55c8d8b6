import etag from '@fastify/etag';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { LibraryStore } from '../../library/library-store.js';
import { parseSearch } from '../../search/query.js';
import type { SearchStore } from '../../search/search-store.js';
import { readFields } from '../form.js';
import { FEED_SIZE } from './list-pages.js';
import type { RenderPaperFeed } from './paper-feeds.js';

export interface SearchFeedsDeps {
  search: SearchStore;
  library: Pick<LibraryStore, 'byIds'>;
  renderFeed: RenderPaperFeed;
}

/** As many as a search shows; the newest of them make the feed. */
const FOUND = 300;
const LIMIT = { max: 60, timeWindow: '1 minute' };
const PARAMETER = Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())]));

/** `GET /search/feed.atom?q=` and `/search/feed.json?q=`: what a search finds, newest first. */
export const searchFeeds: FastifyPluginAsyncTypebox<SearchFeedsDeps> = async (app, deps) => {
  // Too many to be kept.
  await app.register(etag, { weak: true });
  for (const format of ['atom', 'json'] as const) {
    const schema = { hide: true, querystring: Type.Object({ q: PARAMETER }) };
    const path = `/search/feed.${format}`;
    app.get(path, { schema, config: { rateLimit: LIMIT } }, async (request, reply) => {
      const { q = '' } = readFields(request.query);
      const papers = await findNewest(deps, q);
      const query = new URLSearchParams({ q: q.trim().toWellFormed() });
      const feed = {
        title: request.messages.t('library.search-feed', { query: q.trim().toWellFormed() }),
        ...{ path: `/search?${query}`, self: `${path}?${query}`, papers },
      };
      const { type, body } = deps.renderFeed(format, feed, request.messages);
      return reply
        .type(type)
        .header('x-robots-tag', 'noindex')
        .header('cache-control', 'private, no-cache')
        .send(body);
    });
  }
};

/** @throws FieldError `bad_search` */
async function findNewest({ search, library }: SearchFeedsDeps, q: string) {
  const { text } = parseSearch({ q, from: '', to: '' });
  if (text === null) return [];
  const { papers } = await search.findPapers(text, { offset: 0, limit: FOUND });
  const newest = papers
    .sort((a, b) =>
      a.listedOn === b.listedOn ? (a.id < b.id ? 1 : -1) : a.listedOn < b.listedOn ? 1 : -1,
    )
    .slice(0, FEED_SIZE)
    .map(({ id }) => id);
  const known = new Map((await library.byIds(newest)).map((paper) => [paper.id, paper]));
  return newest.flatMap((id) => known.get(id) ?? []);
}
