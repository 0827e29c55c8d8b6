import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { longDay, longDays, parseDay } from '../../base/day.js';
import { type Edition, type EditionPaper, weekStart } from '../../editions/edition.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import type { CardPainter } from '../../pictures/share/draw-card.js';
import type { ShareCard } from '../../pictures/share/share-card.js';
import { shortAuthors } from '../../views/paper-view.js';
import type { SendFailure } from '../errors.js';
import { NOT_FOUND } from '../failure.js';
import type { PageCache } from '../page-cache.js';
import { findDaily, findWeekly } from './find-shown.js';

export interface ShareCardsDeps {
  cache: PageCache;
  editions: ShownEditions;
  painter: CardPainter;
  siteName: string;
  sendFailure: SendFailure;
}

const NAME = /^(?:site|(\d{4}-\d{2}-\d{2})(-week)?)\.png$/;
const TITLES = 6;

/** The name of an edition's card below `/og/`. */
export function toCardName({ kind, date }: Pick<Edition, 'kind' | 'date'>): string {
  return kind === 'weekly' ? `${date}-week.png` : `${date}.png`;
}

/**
 * `GET /og/NAME`: the pictures that other sites show beside a link to one of our pages. There are as many
 * as editions and no more, each is drawn once per change, one at a time.
 */
export const shareCards: FastifyPluginAsyncTypebox<ShareCardsDeps> = async (
  app,
  { cache, editions, painter, siteName, sendFailure },
) => {
  const load = async (date: string | undefined, isWeek: boolean): Promise<ShareCard> => {
    if (date === undefined) return buildSiteCard(siteName);
    const day = parseDay(date);
    const edition = await (isWeek ? findWeekly : findDaily)(editions, day);
    return buildEditionCard(siteName, await editions.withPapers(edition));
  };

  const schema = { hide: true, params: Type.Object({ name: Type.String({ maxLength: 40 }) }) };
  app.get('/og/:name', { schema }, async (request, reply) => {
    const [found, date, week] = NAME.exec(request.params.name) ?? [];
    if (found === undefined) return sendFailure(request, reply, NOT_FOUND);
    return cache.sendPlain(request, reply, `/og/${found}`, async () => {
      const card = await load(date, week !== undefined);
      return { type: 'image/png', body: await painter.draw(card) };
    });
  });
};

export function buildSiteCard(siteName: string): ShareCard {
  return {
    siteName,
    ...{ left: 'Every day, by mail', right: '', title: 'The day’s trending research papers' },
    others: ['Ranked by its readers’ votes, each paper in a sentence'],
  };
}

export function buildEditionCard(
  siteName: string,
  { kind, date, count, papers }: Edition & { papers: readonly EditionPaper[] },
): ShareCard {
  const [title = '', ...others] = papers.slice(0, TITLES).map((paper) => paper.title);
  const left = kind === 'weekly' ? `The best of ${longDays(weekStart(date), date)}` : longDay(date);
  const right = `${count} ${count === 1 ? 'paper' : 'papers'}`;
  return { siteName, left, right, title, others };
}

/** For the page of one paper. */
export function buildPaperCard(
  siteName: string,
  { title, authors, organisation, publishedOn }: EditionPaper,
): ShareCard {
  const left = publishedOn === null ? '' : longDay(publishedOn);
  const others = [shortAuthors(authors), organisation ?? ''].filter((text) => text !== '');
  return { siteName, left, right: '', title, others };
}
