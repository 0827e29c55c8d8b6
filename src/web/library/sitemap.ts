import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ShownEditions } from '../../editions/shown-editions.js';
import { TOPICS } from '../../interests/topics.js';
import type { LibraryStore } from '../../library/library-store.js';
import { escapeHtml } from '../../views/escape.js';
import { paperPath } from '../../views/paper-path.js';
import type { Site } from '../../views/site.js';
import type { PageCache } from '../page-cache.js';
import type { Content } from '../rendered.js';
import { listPath } from './library-paths.js';
import { LIMIT } from './list-pages.js';
import { noList } from './list-request.js';

export interface SitemapDeps {
  cache: PageCache;
  library: Pick<LibraryStore, 'countPapers' | 'listIds' | 'sampleOf'>;
  editions: Pick<ShownEditions, 'dates' | 'weeklies'>;
  site: Pick<Site, 'publicUrl'>;
}

/** Papers in one file; the format allows 50,000 addresses (https://www.sitemaps.org/protocol.html). */
const IN_FILE = 10_000;
/** The newest two million papers. */
const MOST_FILES = 200;
/** More editions than fifty years have. */
const MOST_EDITIONS = 20_000;
const ALWAYS = ['/', '/archive', '/privacy', '/suggest'];
const XML = 'application/xml; charset=utf-8';
const HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';
const NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"';

/** `GET /sitemap.xml`: an index, of a file for pages and editions and one for each lot of papers. */
export const sitemapRoutes: FastifyPluginAsyncTypebox<SitemapDeps> = async (
  app,
  { cache, library, editions, site },
) => {
  const url = (path: string) => site.publicUrl + path;
  const options = { config: { rateLimit: LIMIT } };
  app.get('/sitemap.xml', { schema: { hide: true }, ...options }, (request, reply) =>
    cache.send(request, reply, '/sitemap.xml', async () => {
      const files = Math.min(MOST_FILES, Math.ceil((await library.countPapers()) / IN_FILE));
      const papers = Array.from({ length: files }, (_, at) => url(`/sitemap/papers-${at + 1}.xml`));
      return toIndex([url('/sitemap/pages.xml'), ...papers]);
    }),
  );
  app.get('/sitemap/pages.xml', { schema: { hide: true }, ...options }, (request, reply) =>
    cache.send(request, reply, '/sitemap/pages.xml', async () => {
      const daily = (await editions.dates(MOST_EDITIONS)).map((date) => `/papers/${date}`);
      const weekly = (await editions.weeklies('', '9')).map((date) => `/papers/${date}/week`);
      return toUrls([...ALWAYS, ...(await listTopics(library)), ...daily, ...weekly].map(url));
    }),
  );
  const params = Type.Object({ file: Type.String() });
  app.get('/sitemap/:file', { schema: { hide: true, params }, ...options }, (request, reply) => {
    const number = Number(/^papers-([1-9]\d{0,2})\.xml$/.exec(request.params.file)?.[1] ?? 0);
    if (number < 1 || number > MOST_FILES) throw noList();
    return cache.send(request, reply, `/sitemap/papers-${number}.xml`, async () => {
      const ids = await library.listIds({ offset: (number - 1) * IN_FILE, limit: IN_FILE });
      if (ids.length === 0) throw noList();
      return toUrls(ids.map((id) => url(paperPath(id))));
    });
  });
};

/** Those with papers. */
async function listTopics(library: SitemapDeps['library']): Promise<string[]> {
  const paths: string[] = [];
  for (const { slug } of TOPICS) {
    const path = listPath('topic', slug);
    if (path !== null && (await library.sampleOf('topic', slug)) !== null) paths.push(path);
  }
  return paths;
}

function toUrls(urls: readonly string[]): Content {
  const entries = urls.map((url) => `<url><loc>${escapeHtml(url)}</loc></url>`).join('\n');
  return { type: XML, body: `${HEAD}<urlset ${NAMESPACE}>\n${entries}\n</urlset>\n` };
}

function toIndex(urls: readonly string[]): Content {
  const entries = urls.map((url) => `<sitemap><loc>${escapeHtml(url)}</loc></sitemap>`).join('\n');
  return { type: XML, body: `${HEAD}<sitemapindex ${NAMESPACE}>\n${entries}\n</sitemapindex>\n` };
}
