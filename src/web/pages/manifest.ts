import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { PageCache } from '../page-cache.js';

export interface ManifestDeps {
  cache: PageCache;
  siteName: string;
  assetUrl: (name: string) => string;
}

/** As the stylesheet has it where it is light; a manifest knows no schemes. */
const PAPER = '#f1f4ec';
const MOST_LETTERS = 12;

/** `GET /site.webmanifest`: how the site looks on a phone's home screen. */
export const manifestRoute: FastifyPluginAsyncTypebox<ManifestDeps> = async (
  app,
  { cache, siteName, assetUrl },
) => {
  const icon = (name: string, sizes: string, purpose: string) => ({
    ...{ src: assetUrl(name), sizes, purpose },
    type: name.endsWith('.svg') ? 'image/svg+xml' : 'image/png',
  });
  const body = JSON.stringify({
    name: siteName,
    ...([...siteName].length <= MOST_LETTERS && { short_name: siteName }),
    ...{ id: '/', start_url: '/', scope: '/', display: 'minimal-ui' },
    ...{ background_color: PAPER, theme_color: PAPER },
    icons: [
      icon('favicon.svg', 'any', 'any'),
      icon('icon-192.png', '192x192', 'any'),
      icon('icon-512.png', '512x512', 'any'),
      icon('icon-maskable-512.png', '512x512', 'maskable'),
    ],
  });
  app.get('/site.webmanifest', { schema: { hide: true } }, (request, reply) =>
    cache.sendPlain(request, reply, '/site.webmanifest', () => ({
      type: 'application/manifest+json; charset=utf-8',
      body,
    })),
  );
};
