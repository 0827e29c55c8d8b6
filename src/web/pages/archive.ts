import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { addDays, type Day, parseDay } from '../../base/day.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import type { Messages } from '../../views/messages.js';
import { nextMonth, presentMonths } from '../library/calendar.js';
import type { PageCache } from '../page-cache.js';
import { type Content, HTML } from '../rendered.js';
import { FAILURES, page } from '../schemas.js';
import type { RenderPage } from '../views.js';

/** A page has whole months, with so many editions or more. */
const PAGE_SIZE = 30;
const MONTH = 31;

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
    limit: PAGE_SIZE + MONTH,
    ...(before !== undefined && { before }),
  });
  const oldest = found[PAGE_SIZE - 1]?.date.slice(0, 7) ?? '';
  const shown = found.filter(({ date }) => date.slice(0, 7) >= oldest);
  const [newest, last] = [shown[0], shown.at(-1)];
  // A week that ends in the month is of the month.
  const weeklies =
    newest && last
      ? await editions.weeklies(`${last.date.slice(0, 7)}-01`, addDays(nextMonth(newest.date), -1))
      : [];
  const body = renderPage('archive', messages, {
    calendar: presentMonths(shown, weeklies, messages),
    months: (await editions.months()).map((month) => presentMonth(month, messages)),
    older: found.length > shown.length && last ? `/archive?before=${last.date}` : null,
    newer: before === undefined ? null : '/archive',
  });
  return { type: HTML, body };
}

/** A month that has editions, with the address of the page that begins with its last one. */
function presentMonth(
  { month, editions }: { month: string; editions: number },
  messages: Messages,
) {
  const first = `${month}-01`;
  return {
    name: messages.day(first, 'month'),
    year: month.slice(0, 4),
    count: editions,
    url: `/archive?before=${nextMonth(first)}`,
  };
}
