import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { PageCache } from '../page-cache.js';

/**
 * Results of searches are no pages to be found. Readers' own pages are not named here: a crawler
 * that may not read them would not see that they ask to be left out.
 */
const RULES = 'User-agent: *\nDisallow: /search\n';

/** `GET /robots.txt` (RFC 9309). */
export const robotsRoute: FastifyPluginAsyncTypebox<{ cache: PageCache }> = async (
  app,
  { cache },
) => {
  app.get('/robots.txt', { schema: { hide: true } }, (request, reply) =>
    cache.send(request, reply, '/robots.txt', () => ({
      type: 'text/plain; charset=utf-8',
      body: RULES,
    })),
  );
};
