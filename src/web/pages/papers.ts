import type { FastifyInstance } from 'fastify';
import { longDay, longDays, parseDay } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { weekStart } from '../../editions/edition.js';
import type { WebContext } from '../context.js';
import { subscribeForm } from '../form.js';
import { presentFullEdition } from '../present.js';

/**
 * `GET /papers/:date`: one edition, with the ones before and after it. `GET /papers/:date/week`: the
 * weekly edition that ends on that day, where one was made.
 */
export function papersPage(app: FastifyInstance, context: WebContext): void {
  const { editions } = context;
  app.get<{ Params: { date: string } }>('/papers/:date', async (request, reply) => {
    const date = parseDay(request.params.date);
    const daily = await editions.find(date);
    const edition = daily && daily.count > 0 ? daily : await editions.find(date, 'sample');
    if (!edition) {
      throw new PaperboyError('no_edition', `There is no edition of ${longDay(date)}.`);
    }
    const { previous, next } = await editions.neighbours(date);
    return reply.page('edition', {
      ...subscribeForm(context),
      edition: presentFullEdition(await editions.withPapers(edition)),
      previous: link(previous),
      next: link(next),
    });
  });

  app.get<{ Params: { date: string } }>('/papers/:date/week', async (request, reply) => {
    const date = parseDay(request.params.date);
    const edition = await editions.find(date, 'weekly');
    if (!edition || edition.count === 0) {
      const week = longDays(weekStart(date), date);
      throw new PaperboyError('no_edition', `There is no weekly edition of ${week}.`);
    }
    return reply.page('edition', {
      ...subscribeForm(context),
      edition: presentFullEdition(await editions.withPapers(edition)),
    });
  });
}

function link(date: string | null) {
  return date && { date, dateLong: longDay(date), url: `/papers/${date}` };
}
