import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { feeds } from '../../src/sources/feeds/feed.js';
import type { Source, SourceAnswer } from '../../src/sources/source.js';
import { type Asking, asking, type Served, serve } from './asking.js';

/** Where the clock of the tests stands. */
export const TODAY = '2026-03-04';

/** A site with feeds, and who reads them. */
export interface FeedDesk {
  readonly deps: Asking;
  readonly served: Served;
  /** What the site answers, by path: a body, or a status without one. */
  readonly bodies: Map<string, string | Buffer | number>;
  /** Headers that answers have beside, by path; a `location` makes it a redirect. */
  readonly headers: Map<string, OutgoingHttpHeaders>;
  /** The statuses that it answered. */
  readonly statuses: number[];
  /** Whether answers have entity tags. */
  etags: boolean;
  source(...paths: string[]): Source;
  list(day?: string, ...paths: string[]): Promise<SourceAnswer>;
}

export async function openFeeds(): Promise<FeedDesk> {
  const deps = asking({ tries: 1, timeout: 20_000 });
  const bodies = new Map<string, string | Buffer | number>();
  const headers = new Map<string, OutgoingHttpHeaders>();
  const statuses: number[] = [];
  const served = await serve((request, response) => {
    const body = bodies.get(request.url ?? '') ?? 404;
    const beside = headers.get(request.url ?? '') ?? {};
    for (const [name, value = ''] of Object.entries(beside)) response.setHeader(name, value);
    if (beside.location !== undefined) return response.writeHead(302).end();
    const tag = `"${createHash('sha256').update(String(body)).digest('hex')}"`;
    const isKnown = desk.etags && request.headers['if-none-match'] === tag;
    if (desk.etags) response.setHeader('etag', tag);
    if (typeof body === 'number' || isKnown) response.writeHead(isKnown ? 304 : Number(body)).end();
    else response.end(body);
    statuses.push(response.statusCode);
    return undefined;
  });
  const source = (...paths: string[]) => {
    const urls = paths.map((path) => new URL(path, served.url));
    return feeds({ urls, timezone: 'UTC' }, deps);
  };
  const list = (day = TODAY, ...paths: string[]) =>
    source(...(paths.length ? paths : ['/feed'])).listDay(day);
  const desk: FeedDesk = { deps, served, bodies, headers, statuses, etags: false, source, list };
  return desk;
}

export const titles = ({ papers }: SourceAnswer) => papers.map(({ paper }) => paper.title);

export const rss = (...items: string[]) => `<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel><title>A journal</title>${items.join('\n')}</channel></rss>`;
export const item = (title: string, more = '', date = 'Wed, 04 Mar 2026 06:00:00 GMT') =>
  `<item><title>${title}</title><link>https://journal.example/${encodeURIComponent(title)}</link>
  <pubDate>${date}</pubDate>${more}</item>`;
