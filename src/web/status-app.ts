import type { FastifyInstance } from 'fastify';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import { handleErrors, sendJsonFailure } from './errors.js';
import { NOT_FOUND } from './failure.js';
import { type HealthDeps, healthRoutes } from './pages/health.js';
import { type MetricsRouteDeps, metricsRoute } from './pages/metrics.js';
import { createServer } from './server.js';
import type { TrustProxy } from './web-deps.js';

export interface StatusDeps {
  health: Omit<HealthDeps, 'logger'>;
  metrics: MetricsRouteDeps;
  trustProxy: TrustProxy;
  logger: Logger;
  random: Random;
}

/** What a process without pages tells of itself, and nothing else. */
export async function buildStatusApp(deps: StatusDeps): Promise<FastifyInstance> {
  const { logger, random, trustProxy } = deps;
  const app = createServer({
    ...{ logger, random, trustProxy, bodyLimit: 1_024 },
    onUnreadableAddress: (request, reply) => sendJsonFailure(request, reply, NOT_FOUND),
  });
  handleErrors(app, logger, sendJsonFailure);
  await app.register(healthRoutes, { ...deps.health, logger });
  await app.register(metricsRoute, deps.metrics);
  return app;
}
