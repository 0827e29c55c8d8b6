import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { KeepDays } from '../../delivery/retention.js';
import { CONFIRM_HOURS } from '../../subscribers/subscribe.js';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import type { RenderPage } from '../views.js';

export interface PrivacyDeps {
  cache: PageCache;
  renderPage: RenderPage;
  keep: KeepDays;
}

const SCHEMA = { hide: true, response: { 200: page('What is kept, and for how long.') } };

/** `GET /privacy`: what is kept and for how long, said by the settings that decide it. */
export const privacyPage: FastifyPluginAsyncTypebox<PrivacyDeps> = async (
  app,
  { cache, renderPage, keep },
) => {
  const context = {
    hours: CONFIRM_HOURS,
    pending: toPeriod(keep.pending),
    left: toPeriod(keep.left),
    ips: toPeriod(keep.ips),
    deliveries: toPeriod(keep.deliveries),
  };
  app.get('/privacy', { schema: SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/privacy', (messages) => ({
      type: HTML,
      body: renderPage('privacy', messages, context),
    })),
  );
};

/** Housekeeping comes by once an hour. */
function toPeriod(days: number): string {
  if (days === 0) return 'an hour';
  return days === 1 ? 'a day' : `${days} days`;
}
