import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShelvedPaper } from '../../library/library-store.js';
import { htmlEngine, parse, render, TEMPLATES } from '../../views/liquid.js';
import type { Messages } from '../../views/messages.js';
import { paperPath } from '../../views/paper-path.js';
import { presentPaper } from '../../views/paper-view.js';
import type { Site } from '../../views/site.js';
import type { Content } from '../rendered.js';

/** A feed of papers: an entry a paper. */
export interface PaperFeed {
  title: string;
  /** The path of the list, and of the feed itself. */
  path: string;
  self: string;
  papers: readonly ShelvedPaper[];
}

export type RenderPaperFeed = (
  kind: 'atom' | 'json',
  feed: PaperFeed,
  messages: Messages,
) => Content;

/** Without a day there is no date; feeds must have one (RFC 4287 §4.2.15). */
const NO_DAY = '1970-01-01';

/** Feeds of papers as Atom (RFC 4287) and JSON Feed 1.1. */
export function openPaperFeeds(site: Pick<Site, 'name' | 'publicUrl'>): RenderPaperFeed {
  const folder = join(TEMPLATES, 'feeds');
  const engine = htmlEngine(folder);
  const read = (name: string) => {
    const file = join(folder, name);
    return { file, template: parse(engine, readFileSync(file, 'utf8'), file) };
  };
  const atom = read('papers.atom.liquid');
  const body = read('paper.html.liquid');
  return (kind, feed, messages) => {
    const entries = feed.papers.map((paper) => {
      const shown = presentPaper(paper);
      return {
        url: site.publicUrl + paperPath(paper.id),
        title: paper.title,
        html: render(engine, body.template, { context: { paper: shown }, messages }, body.file),
        authors: paper.authors.slice(0, MOST_AUTHORS),
        at: `${paper.day || NO_DAY}T00:00:00.000Z`,
      };
    });
    if (kind === 'json') return renderJson(site, feed, entries);
    const newest = entries
      .map(({ at }) => at)
      .sort()
      .at(-1);
    const context = { site, feed, entries, updated: newest ?? `${NO_DAY}T00:00:00.000Z` };
    return {
      type: 'application/atom+xml; charset=utf-8',
      body: render(engine, atom.template, { context, messages }, atom.file),
    };
  };
}

/** Feed readers show one line. */
const MOST_AUTHORS = 10;

interface Entry {
  url: string;
  title: string;
  html: string;
  authors: string[];
  at: string;
}

function renderJson(
  { publicUrl }: Pick<Site, 'publicUrl'>,
  { title, path, self }: PaperFeed,
  entries: readonly Entry[],
): Content {
  const feed = {
    version: 'https://jsonfeed.org/version/1.1',
    title,
    home_page_url: publicUrl + path,
    feed_url: publicUrl + self,
    items: entries.map((entry) => ({
      id: entry.url,
      url: entry.url,
      title: entry.title,
      content_html: entry.html,
      date_published: entry.at,
      authors: entry.authors.map((name) => ({ name })),
    })),
  };
  return { type: 'application/feed+json; charset=utf-8', body: JSON.stringify(feed) };
}
