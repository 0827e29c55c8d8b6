import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { withAccent } from '../views/accent.js';
import type { Logo, Site } from '../views/site.js';
import type { SendFailure } from './errors.js';
import { NOT_FOUND } from './failure.js';
import type { PageCache } from './page-cache.js';
import { type Rendered, sendRendered, toRendered } from './rendered.js';
import type { SecurityHeaders } from './security.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const OTHER = 'application/octet-stream';

/** What has its content's hash in its name never changes. */
const FOREVER = 'public, max-age=31536000, immutable';
/** The names that browsers ask for by themselves stay the same when the file changes. */
const A_DAY = 'public, max-age=86400';

/** Files that browsers look for at the top of a site. */
const AT_THE_TOP = ['favicon.ico', 'apple-touch-icon.png'];

/** The files of `templates/assets`, in memory. */
export interface Assets {
  /** Where a file is, with the hash of its content in its name. */
  url(name: string): string;
  /** By the names in their addresses: with the hash, and without. */
  readonly files: ReadonlyMap<string, Rendered>;
}

export interface AssetsDeps {
  security: SecurityHeaders;
  site: Pick<Site, 'accent'>;
  /** The operator's picture is one of them. */
  logo: Logo | null;
}

/** Reads all files of a folder. */
export async function loadAssets(
  folder: string,
  { security: headers, site, logo }: AssetsDeps,
): Promise<Assets> {
  const files = new Map<string, Rendered>();
  const urls = new Map<string, string>();
  const add = async (name: string, content: Buffer) => {
    const extension = extname(name);
    const type = TYPES[extension.toLowerCase()] ?? OTHER;
    const body =
      extension === '.css'
        ? withUrls(withAccent(content.toString('utf8'), site.accent), urls)
        : content;
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 10);
    const hashed = `${basename(name, extension)}.${hash}${extension}`;
    files.set(hashed, await toRendered({ type, body }, { ...headers, 'cache-control': FOREVER }));
    files.set(name, await toRendered({ type, body }, { ...headers, 'cache-control': A_DAY }));
    urls.set(name, `/assets/${hashed}`);
  };
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? entry.name : [],
  );
  // What a stylesheet loads comes before it: the hash of that is in its text.
  names.sort((a, b) => Number(a.endsWith('.css')) - Number(b.endsWith('.css')));
  for (const name of names) await add(name, readFileSync(join(folder, name)));
  if (logo) await add(logo.name, logo.body);
  return {
    files,
    url: (name) => urls.get(name) ?? `/assets/${name}`,
  };
}

/** Other files of the folder stand in a stylesheet by their bare names. */
function withUrls(css: string, urls: ReadonlyMap<string, string>): string {
  return css.replace(/url\("([\w.-]+)"\)/g, (whole, name: string) => {
    const url = urls.get(name);
    return url === undefined ? whole : `url("${url}")`;
  });
}

/** A page from before an update names files by older hashes; it gets what they have become. */
const HASH = /\.[0-9a-f]{10}(?=\.\w+$)/;

/** `GET /assets/NAME`, and the icons that browsers look for by themselves. */
export const assetRoutes: FastifyPluginAsyncTypebox<{
  assets: Assets;
  sendFailure: SendFailure;
}> = async (app, { assets, sendFailure }) => {
  const send = (request: FastifyRequest, reply: FastifyReply, name: string) => {
    const file = assets.files.get(name) ?? assets.files.get(name.replace(HASH, ''));
    if (file) sendRendered(request, reply, file);
    else sendFailure(request, reply, NOT_FOUND);
  };
  const params = Type.Object({ name: Type.String() });
  app.get('/assets/:name', { schema: { hide: true, params } }, (request, reply) =>
    send(request, reply, request.params.name),
  );
  for (const name of AT_THE_TOP) {
    app.get(`/${name}`, { schema: { hide: true } }, (request, reply) => send(request, reply, name));
  }
};

/**
 * Results of searches are no pages to be found. Readers' own pages are not named here: a crawler
 * that may not read them would not see that they ask to be left out.
 */
const RULES = 'User-agent: *\nDisallow: /search\n';
const SITEMAP = '/sitemap.xml';

/** `GET /robots.txt` (RFC 9309). */
export const robotsRoute: FastifyPluginAsyncTypebox<{
  cache: PageCache;
  publicUrl: string;
}> = async (app, { cache, publicUrl }) => {
  app.get('/robots.txt', { schema: { hide: true } }, (request, reply) =>
    cache.sendPlain(request, reply, '/robots.txt', () => ({
      type: 'text/plain; charset=utf-8',
      body: `${RULES}Sitemap: ${publicUrl}${SITEMAP}\n`,
    })),
  );
};
