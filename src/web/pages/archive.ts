import type { FastifyInstance } from 'fastify';
import { addMonths, longMonth, parseDay } from '../../base/day.js';
import type { WebContext } from '../context.js';
import { presentEdition } from '../present.js';

const PAGE_SIZE = 30;

/** `GET /archive?before=DATE`: all editions by month, newest first. */
export function archivePage(app: FastifyInstance, { editions }: WebContext): void {
  app.get<{ Querystring: { before?: string } }>('/archive', async (request, reply) => {
    const { before } = request.query;
    const found = await editions.list({
      limit: PAGE_SIZE + 1,
      ...(before !== undefined && { before: parseDay(String(before)) }),
    });
    const shown = found.slice(0, PAGE_SIZE);
    const last = shown.at(-1);
    return reply.page('archive', {
      editions: shown.map((edition) => ({
        ...presentEdition(edition),
        month: longMonth(edition.date),
        top: edition.titles,
      })),
      months: (await editions.months()).map(presentMonth),
      older: found.length > PAGE_SIZE && last ? `/archive?before=${last.date}` : null,
      newer: before === undefined ? null : '/archive',
    });
  });
}

/** A month that has editions, with the address of the page that begins with its last one. */
function presentMonth({ month, editions }: { month: string; editions: number }) {
  const first = `${month}-01`;
  const [name, year] = longMonth(first).split(' ');
  return { name, year, count: editions, url: `/archive?before=${addMonths(first, 1)}` };
}
