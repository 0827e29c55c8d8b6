import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { formerNames, timezones } from '../../base/timezones.js';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
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
    cache.send(request, reply, '/timezones', (messages) => ({
      type: HTML,
      body: renderPage('timezones', messages, { regions: zonesByRegion() }),
    })),
  );
};

/** The zones of one part of the world. */
export interface ZoneRegion {
  name: string;
  zones: string[];
}

/** All zones that can be chosen, by the part of the world before their first slash. */
export function zonesByRegion(): ZoneRegion[] {
  const regions = new Map<string, string[]>();
  for (const zone of timezones()) {
    const [region = ''] = zone.split('/');
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return [...regions].map(([name, zones]) => ({ name, zones }));
}

/** How many zones are offered instead of one that is unknown. */
const MOST = 3;

/** Zones that somebody may have meant: `vienna` leads to `Europe/Vienna`. */
export function similarZones(text: string): string[] {
  const wanted = toPlain(text);
  if (wanted.length < 3) return [];
  return timezones()
    .filter((zone) => [zone, ...formerNames(zone)].some((name) => toPlain(name).includes(wanted)))
    .slice(0, MOST);
}

function toPlain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s_/-]+/g, ' ')
    .trim();
}
