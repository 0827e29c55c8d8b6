import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type Day, longDay, longDays, parseDay } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { type Edition, weekStart } from '../../editions/edition.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import type { Messages } from '../../views/messages.js';
import type { BlankForm } from '../form-page.js';
import type { PageCache } from '../page-cache.js';
import { presentFullEdition } from '../present.js';
import { type Content, HTML } from '../rendered.js';
import { FAILURES, page } from '../schemas.js';
import type { RenderPage } from '../views.js';

export interface PapersDeps {
  cache: PageCache;
  editions: ShownEditions;
  renderPage: RenderPage;
  blankForm: BlankForm;
}

const SCHEMA = {
  hide: true,
  params: Type.Object({ date: Type.String() }),
  response: { 200: page('An edition.'), ...FAILURES },
};

/**
 * `GET /papers/:date`: one edition, with the ones before and after it. `GET /papers/:date/week`: the
 * weekly edition that ends on that day, where one was made.
 */
export const papersPages: FastifyPluginAsyncTypebox<PapersDeps> = async (
  app,
  { cache, editions, renderPage, blankForm },
) => {
  const render = async (edition: Edition, messages: Messages, links: object): Promise<Content> => ({
    type: HTML,
    body: renderPage('edition', messages, {
      ...blankForm(),
      edition: presentFullEdition(await editions.withPapers(edition)),
      ...links,
    }),
  });

  // Reading a date takes as long as sending a page, so it is left for when the page is not known.
  app.get('/papers/:date', { schema: SCHEMA }, (request, reply) => {
    const { date } = request.params;
    return cache.send(request, reply, `/papers/${date}`, async (messages) => {
      const edition = await findDaily(editions, parseDay(date));
      const { previous, next } = await editions.neighbours(edition.date);
      return render(edition, messages, { previous: toLink(previous), next: toLink(next) });
    });
  });

  app.get('/papers/:date/week', { schema: SCHEMA }, (request, reply) => {
    const { date } = request.params;
    return cache.send(request, reply, `/papers/${date}/week`, async (messages) =>
      render(await findWeekly(editions, parseDay(date)), messages, {}),
    );
  });
};

/** @throws PaperboyError `no_edition` */
async function findDaily(editions: ShownEditions, date: Day): Promise<Edition> {
  const edition = (await editions.find(date)) ?? (await editions.find(date, 'sample'));
  if (edition) return edition;
  throw new PaperboyError('no_edition', `There is no edition of ${longDay(date)}.`);
}

/** @throws PaperboyError `no_edition` */
async function findWeekly(editions: ShownEditions, date: Day): Promise<Edition> {
  const edition = await editions.find(date, 'weekly');
  if (edition) return edition;
  const week = longDays(weekStart(date), date);
  throw new PaperboyError('no_edition', `There is no weekly edition of ${week}.`);
}

function toLink(date: Day | null) {
  return date && { date, dateLong: longDay(date), url: `/papers/${date}` };
}
