import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { toParagraphs } from '../../editions/curation.js';
import { editionPath } from '../../editions/edition.js';
import type { ShownEditions } from '../../editions/shown-editions.js';
import { htmlEngine, parse, render, TEMPLATES } from '../../views/liquid.js';
import type { Messages } from '../../views/messages.js';
import { presentPaper } from '../../views/paper-view.js';
import type { Site } from '../../views/site.js';
import type { PageCache } from '../page-cache.js';
import type { Content } from '../rendered.js';

const ENTRIES = 20;

export interface FeedDeps {
  cache: PageCache;
  editions: ShownEditions;
  site: Site;
  clock: Clock;
}

interface Entry {
  url: string;
  title: string;
  summary: string;
  /** All its papers, as HTML. */
  html: string;
  published: string;
  updated: string;
}

/** `GET /feed.atom` (RFC 4287) and `/feed.json` (JSON Feed 1.1): an entry for each edition. */
export const feeds: FastifyPluginAsyncTypebox<FeedDeps> = async (
  app,
  { cache, editions, site, clock },
) => {
  const renderAtom = atomFeed(site, clock);
  const load = openEntries(editions, site.publicUrl);
  app.get('/feed.atom', { schema: ATOM_SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/feed.atom', async (messages) =>
      renderAtom(await load(messages), messages),
    ),
  );
  app.get('/feed.json', { schema: JSON_SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/feed.json', async (messages) =>
      renderJson(site, await load(messages)),
    ),
  );
};

/** The newest editions, each with all of its papers. */
function openEntries(editions: ShownEditions, publicUrl: string) {
  const folder = join(TEMPLATES, 'feeds');
  const file = join(folder, 'edition.html.liquid');
  const engine = htmlEngine(folder);
  const template = parse(engine, readFileSync(file, 'utf8'), file);
  return async (messages: Messages): Promise<Entry[]> => {
    const entries: Entry[] = [];
    for (const edition of await editions.list({ limit: ENTRIES })) {
      const { papers } = await editions.withPapers(edition);
      const note = toParagraphs(edition.note);
      const context = { url: publicUrl, note, papers: papers.map(presentPaper) };
      const count = messages.t('library.papers', { count: edition.count });
      entries.push({
        url: publicUrl + editionPath(edition),
        title: `${messages.day(edition.date)}: ${count}`,
        summary: [...note, edition.titles.join('; ')].join('\n\n'),
        html: render(engine, template, { context, messages }, file),
        published: new Date(edition.pickedAt).toISOString(),
        updated: new Date(edition.changedAt).toISOString(),
      });
    }
    return entries;
  };
}

function atomFeed(
  site: FeedDeps['site'],
  clock: Clock,
): (entries: Entry[], messages: Messages) => Content {
  const file = join(TEMPLATES, 'feeds/atom.liquid');
  const engine = htmlEngine(join(TEMPLATES, 'feeds'));
  const template = parse(engine, readFileSync(file, 'utf8'), file);
  return (entries, messages) => {
    const context = {
      site: { name: site.name, url: site.publicUrl, editedBy: site.editedBy },
      entries,
      updated: findNewest(entries) ?? new Date(clock.now()).toISOString(),
    };
    return {
      type: 'application/atom+xml; charset=utf-8',
      body: render(engine, template, { context, messages }, file),
    };
  };
}

function renderJson({ name, publicUrl, editedBy }: FeedDeps['site'], entries: Entry[]): Content {
  const feed = {
    version: 'https://jsonfeed.org/version/1.1',
    title: name,
    home_page_url: `${publicUrl}/`,
    feed_url: `${publicUrl}/feed.json`,
    ...(editedBy !== null && { authors: [{ name: editedBy }] }),
    items: entries.map((entry) => ({
      id: entry.url,
      url: entry.url,
      title: entry.title,
      summary: entry.summary,
      content_html: entry.html,
      date_published: entry.published,
      date_modified: entry.updated,
    })),
  };
  return { type: 'application/feed+json; charset=utf-8', body: JSON.stringify(feed) };
}

/** In this form the later moment is the greater text. */
function findNewest(entries: readonly { updated: string }[]): string | undefined {
  return entries
    .map(({ updated }) => updated)
    .sort()
    .at(-1);
}

const ATOM_SCHEMA = {
  tags: ['feeds'],
  summary: 'The newest editions as an Atom feed',
  response: {
    200: {
      description: 'An Atom feed (RFC 4287), an entry for each edition.',
      content: { 'application/atom+xml': { schema: Type.String() } },
    },
  },
};

const JSON_SCHEMA = {
  tags: ['feeds'],
  summary: 'The newest editions as a JSON feed',
  response: {
    200: {
      description: 'A JSON Feed 1.1, an item for each edition.',
      content: {
        'application/feed+json': {
          schema: Type.Object({
            version: Type.String(),
            title: Type.String(),
            home_page_url: Type.String(),
            feed_url: Type.String(),
            authors: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
            items: Type.Array(
              Type.Object({
                id: Type.String(),
                url: Type.String(),
                title: Type.String(),
                summary: Type.String(),
                content_html: Type.String(),
                date_published: Type.String({ format: 'date-time' }),
                date_modified: Type.String({ format: 'date-time' }),
              }),
            ),
          }),
        },
      },
    },
  },
};
