import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import { VERSION } from '../../base/version.js';
import {
  findTrouble,
  type HeldJson,
  type HeldStatus,
  type SenderStatus,
  toHeldJson,
} from '../../delivery/sending/sender-status.js';
import { maskReply } from '../../mail/replies/reply.js';
import type { SourceState } from '../../sources/source-states.js';
import { json } from '../schemas.js';

/** What is told of the sender. */
export type SenderHealth = Pick<SenderStatus, 'trouble' | 'held'> & {
  throttling?: Pick<SenderStatus['throttling'], 'noticesWait'>;
};

export interface HealthDeps {
  /** @throws when the program can't serve. */
  checkReady(): Promise<void>;
  /** How the sender is, `null` while there is none. */
  sender(): SenderHealth | null;
  /** How the sources are that are set up. */
  sources(): Promise<SourceState[]>;
  logger: Logger;
}

/** A source that fails keeps no page from being served, so the status does not tell of it. */
async function loadSources(sources: HealthDeps['sources']): Promise<Record<string, string>> {
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

/** What answers from the first moment, and whatever else goes on. */
export const HEALTH_ROUTES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** `GET /healthz`: the process lives. `GET /readyz`: it can serve, with what it is waiting for. */
export const healthRoutes: FastifyPluginAsyncTypebox<HealthDeps> = async (
  app,
  { checkReady, sender, sources, logger },
) => {
  app.get('/healthz', { schema: ALIVE_SCHEMA }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'ok', version: VERSION };
  });
  app.get('/readyz', { schema: READY_SCHEMA }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    // Strangers read this: of what passes by itself the details stand in the log alone.
    const status = sender();
    const sending = status !== null && findTrouble(status) === null ? 'ok' : 'waiting';
    const waits = status?.throttling?.noticesWait ? { notices: 'waiting' } : {};
    const held = heldForStrangers(status?.held ?? null);
    try {
      await checkReady();
      return { status: 'ready', sending, ...waits, held, sources: await loadSources(sources) };
    } catch (error) {
      logger.error({ event: 'not_ready', reason: toErrorMessage(error) }, 'not ready');
      const reason = error instanceof PaperboyError ? error.code : 'internal';
      return reply.code(503).send({ status: 'not ready', reason, sending, ...waits, held });
    }
  });
};

const ALIVE_SCHEMA = {
  tags: ['status'],
  summary: 'The process lives',
  response: {
    200: json('It lives.', Type.Object({ status: Type.String(), version: Type.String() })),
  },
};

const Held = Type.Union(
  [
    Type.Null(),
    Type.Object({
      reason: Type.String(),
      since: Type.String({ format: 'date-time' }),
      reply: Type.String({ description: 'The SMTP server’s own words.' }),
      next: Type.String({ format: 'date-time', description: 'When sending is tried again.' }),
    }),
  ],
  { description: 'What has to be mended before mail goes out.' },
);

const WAITING_NOTICES = Type.Optional(
  Type.String({ description: 'waiting, while notices wait for their budget.' }),
);

const READY_SCHEMA = {
  tags: ['status'],
  summary: 'The process can serve',
  response: {
    200: json(
      'It can serve.',
      Type.Object({
        status: Type.String(),
        sending: Type.String({ description: 'ok or waiting.' }),
        notices: WAITING_NOTICES,
        held: Held,
        sources: Type.Record(Type.String(), Type.String(), {
          description: 'How each source is: ok, failing or not asked yet.',
        }),
      }),
    ),
    503: json(
      'It can not serve, and why.',
      Type.Object({
        status: Type.String(),
        reason: Type.String(),
        sending: Type.String(),
        notices: WAITING_NOTICES,
        held: Held,
      }),
    ),
  },
};
