import type { FastifyInstance } from 'fastify';
import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import { VERSION } from '../../base/version.js';
import {
  findTrouble,
  type HeldJson,
  type HeldStatus,
  toHeldJson,
} from '../../delivery/sending/sender-status.js';
import { maskReply } from '../../mail/replies/reply.js';
import type { SourceState } from '../../sources/source-states.js';
import type { WebContext } from '../context.js';

/** A source that fails keeps no page from being served, so the status does not tell of it. */
async function loadSources({
  sources,
}: Pick<WebContext, 'sources'>): Promise<Record<string, string>> {
  return Object.fromEntries((await sources()).map((state) => [state.source, toWord(state)]));
}

function toWord({ answeredAt, failures }: SourceState): string {
  if (failures > 0) return 'failing';
  return answeredAt === null ? 'not asked yet' : 'ok';
}

/** Nothing of it leads to a reader: a domain may be one person's. */
function heldForStrangers(held: HeldStatus | null): HeldJson | null {
  if (held === null || held.domain === '') return toHeldJson(held);
  const reason = held.reason.replace(held.domain, 'one domain');
  return toHeldJson({ ...held, reason, reply: maskReply(held.reply) });
}

type HealthContext = Pick<WebContext, 'logger' | 'checkReady' | 'sender' | 'sources'>;

/** `GET /healthz`: the process lives. `GET /readyz`: it can serve, with what it is waiting for. */
export function healthRoutes(app: FastifyInstance, context: HealthContext): void {
  app.get('/healthz', async () => ({ status: 'ok', version: VERSION }));
  app.get('/readyz', async (_request, reply) => {
    // Strangers read this: of what passes by itself the details stand in the log alone.
    const sender = context.sender();
    const sending = sender !== null && findTrouble(sender) === null ? 'ok' : 'waiting';
    const held = heldForStrangers(sender?.held ?? null);
    try {
      await context.checkReady();
      return { status: 'ready', sending, held, sources: await loadSources(context) };
    } catch (error) {
      context.logger.error({ event: 'not_ready', reason: toErrorMessage(error) }, 'not ready');
      const reason = error instanceof PaperboyError ? error.code : 'internal';
      return reply.code(503).send({ status: 'not ready', reason, sending, held });
    }
  });
}
