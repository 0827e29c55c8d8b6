import type { FastifyInstance } from 'fastify';
import { messageOf, PaperboyError } from '../../base/errors.js';
import type { WebContext } from '../context.js';

type HealthContext = Pick<WebContext, 'logger' | 'checkReady' | 'sendingTrouble'>;

/** `GET /healthz`: the process lives. `GET /readyz`: it can serve, with what it is waiting for. */
export function healthRoutes(app: FastifyInstance, context: HealthContext): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    // Strangers read this: what exactly is wrong stands in the log.
    const sending = context.sendingTrouble() === null ? 'ok' : 'waiting';
    try {
      await context.checkReady();
      return { status: 'ready', sending };
    } catch (error) {
      context.logger.error({ reason: messageOf(error) }, 'not ready');
      const reason = error instanceof PaperboyError ? error.code : 'internal';
      return reply.code(503).send({ status: 'not ready', reason, sending });
    }
  });
}
