import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { PaperboyError, toErrorCode, toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { Inbound, ProviderEvent, Received } from '../../delivery/inbound/inbound.js';
import { logReceived } from '../../delivery/inbound/log-received.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import { sendJsonFailure } from '../errors.js';
import { type Failure, NOT_FOUND, toFailure } from '../failure.js';
import { FAILURES, json } from '../schemas.js';
import type { HookProvider, HookRequest } from './hook-provider.js';

export interface HooksDeps {
  /** Those that are set up. */
  providers: readonly HookProvider[];
  inbound: Inbound;
  clock: Clock;
  logger: Logger;
}

/** Several times what the largest batches of SendGrid and SparkPost have. */
const BODY_LIMIT = 4 * 1024 * 1024;
/** Events that are written at the same time. */
const AT_ONCE = 10;
/** How often the log says that a provider was refused: anybody may try. */
const TELL_EVERY = 60_000;

const SCHEMA = {
  // For mail providers alone; docs/INBOUND.md tells operators of it.
  hide: true,
  params: Type.Object({
    provider: Type.String({
      description: '`ses`, `postmark`, `mailgun`, `sendgrid`, `resend`, `brevo` or `sparkpost`.',
    }),
  }),
  response: {
    200: json(
      'All of it is stored.',
      Type.Object({
        events: Type.Integer({ description: 'How many events counted for something.' }),
      }),
    ),
    ...FAILURES,
  },
};

/** `POST /hooks/:provider`: 200 once the store has every event, so that the provider tries again else. */
export const hooks: FastifyPluginAsyncTypebox<HooksDeps> = async (app, deps) => {
  const { clock, logger } = deps;
  const providers = new Map(deps.providers.map((provider) => [provider.name as string, provider]));
  const refused = refusalLog(logger, clock);

  const find = (request: FastifyRequest): HookProvider => {
    const { provider = '' } = request.params as { provider?: string };
    const found = providers.get(provider);
    if (found === undefined) throw new PaperboyError('unknown_hook', 'No such provider is set up.');
    return found;
  };
  // Signatures are made over the octets. Amazon SNS calls its JSON plain text.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => {
    const failure = toHookFailure(error);
    const { provider = '' } = request.params as { provider?: string };
    const known = providers.get(provider);
    if (known && failure.status !== 404) refused(known.name, failure, error);
    if (failure.status === 401) reply.header('www-authenticate', 'Basic realm="hooks"');
    return sendJsonFailure(request, reply, failure);
  });

  app.post('/hooks/:provider', {
    schema: SCHEMA,
    bodyLimit: BODY_LIMIT,
    // Before the body is read, so that whoever knows no password sends nothing.
    onRequest: async (request) => {
      const provider = find(request);
      try {
        provider.checkHeaders(toHeaders(request, clock.now()));
      } catch (error) {
        throw provider.hasPassword ? toUnauthorised(error) : error;
      }
    },
    handler: async (request) => {
      const provider = find(request);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const events = await provider.readEvents({ ...toHeaders(request, clock.now()), body });
      await receiveAll(events, deps);
      return { events: events.length };
    },
  });
};

function toHeaders({ headers }: FastifyRequest, now: number): Omit<HookRequest, 'body'> {
  return {
    header: (name) => {
      const value = headers[name];
      return typeof value === 'string' ? value : '';
    },
    now,
  };
}

/** RFC 9110 §15.5.2: who has a password to send is asked for it. */
function toUnauthorised(error: unknown): unknown {
  if (!(error instanceof PaperboyError) || error.code !== 'hook_forged') return error;
  return new PaperboyError('hook_password', 'The password of the hook is missing or wrong.');
}

/** Some at a time; those after one that failed come again with the next try. */
async function receiveAll(events: ProviderEvent[], { inbound, logger }: HooksDeps): Promise<void> {
  for (let first = 0; first < events.length; first += AT_ONCE) {
    const some = events.slice(first, first + AT_ONCE);
    const received: Received[] = await Promise.all(
      some.map((event) => inbound.receiveEvent(event)),
    );
    logReceived(logger, 'hook', received);
  }
}

/** A provider tries again after 5yz, so whatever fails here is such a failure and never final. */
function toHookFailure(error: unknown): Failure {
  const failure = toFailure(error);
  if (toErrorCode(error) === 'unknown_hook') return NOT_FOUND;
  if (failure.status === 503) return { ...failure, retryAfter: 60 };
  return failure.status === 500 ? NOT_STORED : failure;
}

const NOT_STORED: Failure = {
  status: 503,
  code: 'hook_not_stored',
  heading: '',
  text: 'The events could not be stored. Send them again later.',
  retryAfter: 60,
};

/** Tells why events of a provider are refused, once in a while. */
function refusalLog(logger: Logger, clock: Clock) {
  const toldAt = new Map<string, number>();
  return (provider: string, { status, code }: Failure, error: unknown): void => {
    const key = `${provider} ${code}`;
    const last = toldAt.get(key);
    const now = clock.steady();
    if (last !== undefined && now - last < TELL_EVERY) return;
    toldAt.set(key, now);
    const reason = toErrorCode(error) ?? hideAddresses(toErrorMessage(error));
    logger.warn(
      { event: 'hook_refused', provider, status, code, reason },
      'events of a mail provider were not taken; docs/INBOUND.md says how to set it up',
    );
  };
}
