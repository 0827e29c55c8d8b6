import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { VERSION } from '../../base/version.js';
import { REFLECTION_PATH, type Reflection } from '../../jobs/doctor/reflection.js';
import { findClient } from '../client-address.js';

export interface ReflectionDeps {
  /** Whether `doctor` asks, which has the secret. */
  isReflectionToken(token: string): boolean;
}

/** `GET /reflection/:token`: tells `doctor` how its own request arrived. To others it is not there. */
export const reflectionRoute: FastifyPluginAsyncTypebox<ReflectionDeps> = async (
  app,
  { isReflectionToken },
) => {
  app.get(`${REFLECTION_PATH}/:token`, { schema: SCHEMA }, async (request, reply) => {
    if (!isReflectionToken(request.params.token)) {
      reply.callNotFound();
      return reply;
    }
    reply.header('cache-control', 'no-store');
    const answer: Reflection = {
      version: VERSION,
      peer: request.raw.socket.remoteAddress ?? null,
      client: findClient(request).address,
      forwardedFor: readRaw(request.raw.rawHeaders, 'x-forwarded-for'),
    };
    return answer;
  });
};

const SCHEMA = { hide: true, params: Type.Object({ token: Type.String() }) };

/** As it came: for limits, the header is written anew. */
function readRaw(rawHeaders: readonly string[], wanted: string): string | null {
  const values = rawHeaders.filter(
    (_, place) => place % 2 === 1 && rawHeaders[place - 1]?.toLowerCase() === wanted,
  );
  return values.length > 0 ? values.join(', ') : null;
}
