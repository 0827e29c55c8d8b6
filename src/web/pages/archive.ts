import type { FastifyInstance } from 'fastify';
import { parseDay } from '../../base/day.js';
import type { WebContext } from '../context.js';
import { presentEdition } from '../present.js';

const PAGE_SIZE = 30;

/** `GET /archive?before=DATE`: all editions, newest first. */
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
      editions: shown.map((edition) => ({ ...presentEdition(edition), top: edition.titles })),
      older: found.length > PAGE_SIZE && last ? `/archive?before=${last.date}` : null,
      newer: before === undefined ? null : '/archive',
    });
  });
}
