import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import type { RenderPage } from '../views.js';

const SCHEMA = { hide: true, response: { 200: page('Who is responsible for the site.') } };

/** `GET /imprint`: who is responsible for the site, where the operator has said it in a text. */
export const imprintPage: FastifyPluginAsyncTypebox<{
  cache: PageCache;
  renderPage: RenderPage;
}> = async (app, { cache, renderPage }) => {
  app.get('/imprint', { schema: SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/imprint', (messages) => ({
      type: HTML,
      body: renderPage('imprint', messages),
    })),
  );
};
