import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import { zonesByRegion } from '../timezones.js';
import type { RenderPage } from '../views.js';

const SCHEMA = { hide: true, response: { 200: page('All time zones.') } };

/**
 * `GET /timezones`: all time zones, for whoever looks up their own. Forms that need one offer this
 * list where scripts run.
 */
export const timezonesPage: FastifyPluginAsyncTypebox<{
  cache: PageCache;
  renderPage: RenderPage;
}> = async (app, { cache, renderPage }) => {
  app.get('/timezones', { schema: SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/timezones', () => ({
      type: HTML,
      body: renderPage('timezones', { regions: zonesByRegion() }),
    })),
  );
};
