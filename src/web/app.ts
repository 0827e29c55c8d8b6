import { join } from 'node:path';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import serveStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { TEMPLATES } from '../views/liquid.js';
import type { WebContext } from './context.js';
import { errorPages } from './errors.js';
import { archivePage } from './pages/archive.js';
import { confirmPages } from './pages/confirm.js';
import { feeds } from './pages/feeds.js';
import { healthRoutes } from './pages/health.js';
import { homePage } from './pages/home.js';
import { metricsRoute } from './pages/metrics.js';
import { papersPage } from './pages/papers.js';
import { preferencesPages } from './pages/preferences.js';
import { searchPage } from './pages/search.js';
import { subscribeRoute } from './pages/subscribe.js';
import { suggestPages } from './pages/suggest.js';
import { unsubscribePages } from './pages/unsubscribe.js';
import { trusted } from './proxies.js';
import { security } from './security.js';
import { views } from './views.js';

/** No form of ours comes near; a larger body is refused before it is read. */
const BODY_LIMIT = 64 * 1024;

/** What answers from the first moment, while a new store still waits for its first edition. */
const HEALTH = new Set(['/healthz', '/readyz', '/metrics']);

/** Builds the web server without starting it, so that tests can ask it without a port. */
export async function buildApp(context: WebContext): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    trustProxy: trusted(context.trustProxy),
    // Fastify would answer a longer part of a path past our error pages; Node limits it anyway.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 20_000 },
    forceCloseConnections: 'idle',
    rewriteUrl: readableUrl,
  });
  app.addHook('onRequest', async (request) => {
    if (!HEALTH.has(request.routeOptions.url ?? '')) await context.started;
  });
  views(app, context);
  errorPages(app, context);
  await app.register(formbody, { bodyLimit: BODY_LIMIT });
  // A form or JSON, as the answer to anything else says.
  app.removeContentTypeParser('text/plain');
  await app.register(rateLimit, { global: false });
  await security(app, context);
  await app.register(serveStatic, {
    root: join(TEMPLATES, 'assets'),
    prefix: '/assets/',
    maxAge: '1h',
  });
  homePage(app, context);
  papersPage(app, context);
  archivePage(app, context);
  searchPage(app, context);
  feeds(app, context);
  subscribeRoute(app, context);
  suggestPages(app, context);
  confirmPages(app, context);
  await app.register(async (scope) => unsubscribePages(scope, context));
  preferencesPages(app, context);
  healthRoutes(app, context);
  metricsRoute(app, context);
  return app;
}

/** What can't be decoded names no page; Fastify would answer it past our error pages. */
function readableUrl({ url = '/' }: { url?: string | undefined }): string {
  const [path = '/'] = url.split('?');
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return '/%25';
  }
}
