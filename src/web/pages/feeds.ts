import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { longDay } from '../../base/day.js';
import { toParagraphs } from '../../editions/curation.js';
import { htmlEngine, parse, render, TEMPLATES } from '../../views/liquid.js';
import type { WebContext } from '../context.js';

const ENTRIES = 20;

/** `GET /feed.atom` (RFC 4287) and `/feed.json` (JSON Feed 1.1): an entry for each edition. */
export function feeds(
  app: FastifyInstance,
  { editions, publicUrl, editedBy, clock }: WebContext,
): void {
  const file = join(TEMPLATES, 'feeds/atom.liquid');
  const engine = htmlEngine(join(TEMPLATES, 'feeds'));
  const template = parse(engine, readFileSync(file, 'utf8'), file);

  const entries = async () =>
    (await editions.list({ limit: ENTRIES })).map((edition) => ({
      url: `${publicUrl}/papers/${edition.date}`,
      title: `${longDay(edition.date)}: ${edition.count} ${edition.count === 1 ? 'paper' : 'papers'}`,
      summary: [...toParagraphs(edition.note), edition.titles.join('; ')].join('\n\n'),
      published: new Date(edition.pickedAt).toISOString(),
      updated: new Date(edition.changedAt).toISOString(),
    }));

  app.get('/feed.atom', async (_request, reply) => {
    const list = await entries();
    const feed = render(
      engine,
      template,
      {
        site: { name: 'Paperboy', url: publicUrl, editedBy },
        entries: list,
        updated: findNewest(list) ?? new Date(clock.now()).toISOString(),
      },
      file,
    );
    return reply.type('application/atom+xml; charset=utf-8').send(feed);
  });

  app.get('/feed.json', async (_request, reply) =>
    reply.type('application/feed+json; charset=utf-8').send(
      JSON.stringify({
        version: 'https://jsonfeed.org/version/1.1',
        title: 'Paperboy',
        home_page_url: `${publicUrl}/`,
        feed_url: `${publicUrl}/feed.json`,
        ...(editedBy !== null && { authors: [{ name: editedBy }] }),
        items: (await entries()).map((entry) => ({
          id: entry.url,
          url: entry.url,
          title: entry.title,
          content_text: entry.summary,
          date_published: entry.published,
          date_modified: entry.updated,
        })),
      }),
    ),
  );
}

/** In this form the later moment is the greater text. */
function findNewest(entries: readonly { updated: string }[]): string | undefined {
  return entries
    .map(({ updated }) => updated)
    .sort()
    .at(-1);
}
