import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { dayAt } from '../../base/day.js';
import { besidePeriod, type Period, parsePeriod, periodsWith } from '../../library/period.js';
import type { Messages } from '../../views/messages.js';
import { type Content, HTML } from '../rendered.js';
import { FAILURES, page } from '../schemas.js';
import { formatDays } from './day-range.js';
import { followPath } from './library-paths.js';
import { FEED_SIZE, LIMIT, type ListPagesDeps } from './list-pages.js';
import { type ListView, noList, PAGE_SIZE, parsePage } from './list-request.js';
import { Moved, orMoved } from './moved.js';
import { presentShelved } from './present-paper.js';

export interface BestPagesDeps extends ListPagesDeps {
  clock: Pick<Clock, 'now'>;
  /** Where days are counted. */
  timezone: string;
}

/** The best hundred: beyond them it is no choice. */
const MAX_PAGE = 5;

const params = Type.Object({ period: Type.String() });
const SCHEMA = {
  hide: true,
  params,
  querystring: Type.Object({ page: Type.Optional(Type.String()) }),
  response: { 200: page('The papers of a week, month or year, most votes first.'), ...FAILURES },
};

/** `GET /best/2026-W34`, `/best/2026-08`, `/best/2026`, and below each `feed.atom`, `feed.json`. */
export const bestPages: FastifyPluginAsyncTypebox<BestPagesDeps> = async (app, deps) => {
  const options = { config: { rateLimit: LIMIT } };
  app.get('/best', { schema: { hide: true } }, (_request, reply) => {
    const [week] = periodsWith(dayAt(deps.clock.now(), deps.timezone));
    return reply.redirect(`/best/${week?.name}`, 302);
  });
  app.get('/best/:period', { schema: SCHEMA, ...options }, (request, reply) => {
    const number = parsePage(request.query.page);
    if (number === null || number > MAX_PAGE) throw noList();
    return send(deps, request, reply, request.params.period, { kind: 'page', number });
  });
  for (const format of ['atom', 'json'] as const) {
    const schema = { hide: true, params };
    app.get(`/best/:period/feed.${format}`, { schema, ...options }, (request, reply) =>
      send(deps, request, reply, request.params.period, { kind: format }),
    );
  }
};

function send(
  deps: BestPagesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  view: ListView,
): Promise<void> {
  return orMoved(reply, () => {
    const period = parsePeriod(name);
    if (period === null) throw noList();
    if (period.name !== name) throw new Moved(`/best/${period.name}${toSuffix(view)}`);
    const key = `/best/${name} ${view.kind} ${view.kind === 'page' ? view.number : ''}`;
    return deps.cache.send(request, reply, key, (messages) => render(deps, period, view, messages));
  });
}

function toSuffix(view: ListView): string {
  if (view.kind !== 'page') return `/feed.${view.kind}`;
  return view.number === 1 ? '' : `?page=${view.number}`;
}

async function render(
  { library, renderPage, renderFeed, clock, timezone }: BestPagesDeps,
  period: Period,
  view: ListView,
  messages: Messages,
): Promise<Content> {
  const number = view.kind === 'page' ? view.number : 1;
  const limit = view.kind === 'page' ? PAGE_SIZE : FEED_SIZE;
  const place = { offset: (number - 1) * limit, limit };
  const { papers, more } = await library.listBest(period.from, period.to, place);
  if (papers.length === 0) throw noList();
  const path = `/best/${period.name}`;
  const heading = messages.t('library.best', { period: formatPeriod(period, messages) });
  if (view.kind !== 'page') {
    return renderFeed(
      view.kind,
      { title: heading, path, self: path + toSuffix(view), papers },
      messages,
    );
  }
  const today = dayAt(clock.now(), timezone);
  const first = place.offset + 1;
  const body = renderPage('list', messages, {
    ...{ heading, path, kind: 'best', first, last: place.offset + papers.length },
    description: messages.t('library.about-best', { period: formatPeriod(period, messages) }),
    papers: papers.map(presentShelved),
    open: period.to >= today,
    followUrl: followPath({ frequency: 'weekly' }),
    periods: await toBeside({ library }, period, messages, today),
    previous: number > 1 ? path + toSuffix({ kind: 'page', number: number - 1 }) : null,
    next: more && number < MAX_PAGE ? path + toSuffix({ kind: 'page', number: number + 1 }) : null,
    noindex: number > 1,
  });
  return { type: HTML, body };
}

/** The periods before and after, where there are papers, and the larger ones around it. */
async function toBeside(
  { library }: Pick<BestPagesDeps, 'library'>,
  period: Period,
  messages: Messages,
  today: string,
) {
  const link = async (other: Period | null) => {
    if (other === null || other.from > today) return null;
    const { papers } = await library.listBest(other.from, other.to, { offset: 0, limit: 1 });
    if (papers.length === 0) return null;
    return { name: formatPeriod(other, messages), url: `/best/${other.name}` };
  };
  const larger = periodsWith(period.to).filter(
    ({ kind }) => SIZES.indexOf(kind) > SIZES.indexOf(period.kind),
  );
  return {
    before: await link(besidePeriod(period, -1)),
    after: await link(besidePeriod(period, 1)),
    around: larger.map((other) => ({
      name: formatPeriod(other, messages),
      url: `/best/${other.name}`,
    })),
  };
}

const SIZES: readonly Period['kind'][] = ['week', 'month', 'year'];

/** `17–23 August 2026`, `August 2026`, `2026`. */
export function formatPeriod({ kind, name, from, to }: Period, messages: Messages): string {
  if (kind === 'year') return name;
  if (kind === 'month') return messages.day(from, 'month');
  return formatDays(from, to, messages);
}
