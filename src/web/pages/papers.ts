import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { addDays, type Day, longDay, parseDay } from '../../base/day.js';
import { type Edition, editionPath, type FullEdition, weekStart } from '../../editions/edition.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import type { LibraryStore } from '../../library/library-store.js';
import { periodsWith } from '../../library/period.js';
import type { Messages } from '../../views/messages.js';
import type { BlankForm } from '../form-page.js';
import { formatPeriod } from '../library/best-pages.js';
import { formatEditionTitle } from '../library/present-paper.js';
import type { PageCache } from '../page-cache.js';
import { presentFullEdition } from '../present.js';
import { type Content, HTML } from '../rendered.js';
import { FAILURES, page } from '../schemas.js';
import type { RenderPage } from '../views.js';
import { findDaily, findWeekly } from './find-shown.js';

export interface PapersDeps {
  cache: PageCache;
  editions: ShownEditions;
  renderPage: RenderPage;
  blankForm: BlankForm;
  library: Pick<LibraryStore, 'daysOf'>;
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
  { cache, editions, renderPage, blankForm, library },
) => {
  const render = async (edition: Edition, messages: Messages, links: object): Promise<Content> => {
    const full = await editions.withPapers(edition);
    const body = renderPage('edition', messages, {
      ...blankForm(),
      edition: presentFullEdition(full, await loadDays(library, full)),
      weeks: await loadWeeks(editions, edition, messages),
      best: presentBest(edition, messages),
      ...links,
    });
    return { type: HTML, body };
  };

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

/** Of which day each paper of a weekly edition is. */
async function loadDays(
  library: PapersDeps['library'],
  { kind, date, papers }: FullEdition,
): Promise<ReadonlyMap<string, Day>> {
  if (kind !== 'weekly') return new Map();
  const days = { from: weekStart(date), to: date };
  return library.daysOf(
    papers.map(({ id }) => id),
    days,
  );
}

/** Weekly editions that a daily one's papers may be in. */
async function loadWeeks(editions: ShownEditions, { kind, date }: Edition, messages: Messages) {
  if (kind !== 'daily') return [];
  const weeklies = await editions.weeklies(date, addDays(date, 6));
  return weeklies.map((day) => {
    const week = { kind: 'weekly' as const, date: day };
    return { url: editionPath(week), title: formatEditionTitle(week, messages) };
  });
}

function presentBest({ kind, date }: Edition, messages: Messages) {
  if (kind === 'sample') return [];
  return periodsWith(date).map((period) => ({
    url: `/best/${period.name}`,
    title: messages.t('library.best', { period: formatPeriod(period, messages) }),
  }));
}

function toLink(date: Day | null) {
  return date && { date, dateLong: longDay(date), url: `/papers/${date}` };
}
