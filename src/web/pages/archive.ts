import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { addMonths, type Day, longMonth, parseDay } from '../../base/day.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import { findLanguage } from '../../text/language.js';
import type { Messages } from '../../views/messages.js';
import type { PageCache } from '../page-cache.js';
import { presentEdition } from '../present.js';
import { type Content, HTML } from '../rendered.js';
import { FAILURES, page } from '../schemas.js';
import type { RenderPage } from '../views.js';

const PAGE_SIZE = 30;

export interface ArchiveDeps {
  cache: PageCache;
  editions: ShownEditions;
  renderPage: RenderPage;
}

const SCHEMA = {
  hide: true,
  querystring: Type.Object({
    before: Type.Optional(Type.String({ description: 'Only editions of earlier days.' })),
  }),
  response: { 200: page('Editions by month, newest first.'), ...FAILURES },
};

/** `GET /archive?before=DATE`: all editions by month, newest first. */
export const archivePage: FastifyPluginAsyncTypebox<ArchiveDeps> = async (
  app,
  { cache, ...deps },
) => {
  // `/papers` is what is left of the address of an edition without its date.
  for (const path of ['/archive', '/papers']) {
    app.get(path, { schema: SCHEMA }, (request, reply) => {
      const { before } = request.query;
      return cache.send(
        request,
        reply,
        before === undefined ? '/archive' : `/archive ${before}`,
        (messages) =>
          renderArchive(deps, messages, before === undefined ? undefined : parseDay(before)),
      );
    });
  }
};

async function renderArchive(
  { editions, renderPage }: Omit<ArchiveDeps, 'cache'>,
  messages: Messages,
  before: Day | undefined,
): Promise<Content> {
  const found = await editions.list({
    limit: PAGE_SIZE + 1,
    ...(before !== undefined && { before }),
  });
  const shown = found.slice(0, PAGE_SIZE);
  const last = shown.at(-1);
  const body = renderPage('archive', messages, {
    editions: shown.map((edition) => ({
      ...presentEdition(edition),
      month: longMonth(edition.date),
      top: edition.titles.map((title) => ({ title, lang: findLanguage(title) })),
    })),
    months: (await editions.months()).map(presentMonth),
    older: found.length > PAGE_SIZE && last ? `/archive?before=${last.date}` : null,
    newer: before === undefined ? null : '/archive',
  });
  return { type: HTML, body };
}

/** A month that has editions, with the address of the page that begins with its last one. */
function presentMonth({ month, editions }: { month: string; editions: number }) {
  const first = `${month}-01`;
  const [name, year] = longMonth(first).split(' ');
  return { name, year, count: editions, url: `/archive?before=${addMonths(first, 1)}` };
}
