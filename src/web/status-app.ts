import Fastify, { type FastifyInstance } from 'fastify';
import type { WebContext } from './context.js';
import { jsonErrors } from './errors.js';
import { healthRoutes } from './pages/health.js';
import { metricsRoute } from './pages/metrics.js';
import { trusted } from './proxies.js';

export type StatusContext = Pick<
  WebContext,
  'logger' | 'trustProxy' | 'checkReady' | 'sender' | 'sources' | 'metrics' | 'metricsToken'
>;

/** What a process without pages tells of itself, and nothing else. */
export function buildStatusApp(context: StatusContext): FastifyInstance {
  const app = Fastify({
    bodyLimit: 1_024,
    requestTimeout: 30_000,
    trustProxy: trusted(context.trustProxy),
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
  });
  jsonErrors(app, context);
  healthRoutes(app, context);
  metricsRoute(app, context);
  return app;
}
