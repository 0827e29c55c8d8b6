import type { FastifyInstance } from 'fastify';
import type { ShownEditions } from '../../editions/shown-editions.js';
import { PageCache, type PageCacheDeps } from '../page-cache.js';
import type { RenderPage } from '../views.js';
import type { WebDeps } from '../web-deps.js';
import { bestPages } from './best-pages.js';
import { listPages } from './list-pages.js';
import { openPaperFeeds } from './paper-feeds.js';
import { paperPage } from './paper-page.js';
import { searchFeeds } from './search-feeds.js';
import { sitemapRoutes } from './sitemap.js';

/** After that a page is made anew: votes are counted and papers come without an edition of them. */
const STALE_AFTER = 5 * 60_000;
/** Of a hundred thousand pages, those that are read most; some 30 KB each, with compressed forms. */
const MOST_PAGES = 300;
/** Files for crawlers are large and seldom read. */
const MOST_SITEMAPS = 6;

export interface LibraryDeps {
  renderPage: RenderPage;
  shown: ShownEditions;
  /** How the pages' own cache is made. */
  caching: PageCacheDeps;
}

/**
 * The pages of papers and lists of them. There are as many as papers, and anybody can ask for all, so
 * they have a cache of their own, which pushes nothing else out.
 */
export async function registerLibrary(
  app: FastifyInstance,
  { store, site, pages, clock, freezeAfter }: WebDeps,
  { renderPage, shown, caching }: LibraryDeps,
): Promise<void> {
  const { library, papers, search } = store;
  const version = async () => `${await caching.version()} ${Math.floor(clock.now() / STALE_AFTER)}`;
  const cache = new PageCache({ ...caching, version, mostPages: MOST_PAGES });
  const sitemaps = new PageCache({ ...caching, version, mostPages: MOST_SITEMAPS });
  const renderFeed = openPaperFeeds(site);
  const shared = { cache, library, renderPage, renderFeed };
  await app.register(paperPage, { ...shared, papers, search, site, clock, freezeAfter });
  await app.register(listPages, shared);
  await app.register(bestPages, { ...shared, clock, timezone: pages.defaultTimezone });
  await app.register(searchFeeds, { search, library, renderFeed });
  await app.register(sitemapRoutes, { cache: sitemaps, library, editions: shown, site });
}
