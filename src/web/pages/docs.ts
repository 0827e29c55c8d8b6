import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { OpenAPIV3_1 } from 'openapi-types';
import { presentApi } from '../api-docs.js';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import type { RenderPage } from '../views.js';

export interface DocsDeps {
  cache: PageCache;
  renderPage: RenderPage;
}

const SCHEMA = { hide: true, response: { 200: page('The description for people.') } };

/** `GET /api/openapi.json`: what programs can ask of the site. `GET /api/docs`: the same to read. */
export const docsPages: FastifyPluginAsyncTypebox<DocsDeps> = async (
  app,
  { cache, renderPage },
) => {
  const describe = () => app.swagger() as OpenAPIV3_1.Document;

  app.get('/api/openapi.json', { schema: { hide: true } }, (request, reply) =>
    cache.send(request, reply, '/api/openapi.json', () => ({
      type: 'application/json; charset=utf-8',
      body: JSON.stringify(describe()),
    })),
  );

  app.get('/api/docs', { schema: SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/api/docs', () => ({
      type: HTML,
      body: renderPage('docs', { ...presentApi(describe()) }),
    })),
  );
};
