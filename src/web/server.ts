import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import { noteClients } from './client-address.js';
import { requestLogging } from './request-log.js';
import { schemaChecker } from './schemas.js';
import type { TrustProxy } from './web-deps.js';

/** No token or date comes near; a longer part of a path names nothing. */
const MAX_PARAM_LENGTH = 500;

export interface ServerOptions {
  logger: Logger;
  random: Random;
  trustProxy: TrustProxy;
  bodyLimit: number;
  /** Answers where an address can't be read, so that it leads to no route. */
  onUnreadableAddress(request: FastifyRequest, reply: FastifyReply): void;
}

/** Fastify as the pages and a worker's status have it. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { logger, random, trustProxy, bodyLimit, onUnreadableAddress } = options;
  const app = Fastify({
    ...requestLogging(logger, random),
    bodyLimit,
    requestTimeout: 30_000,
    trustProxy: toTrust(trustProxy),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: 'idle',
    frameworkErrors: (_error, request, reply) => onUnreadableAddress(request, reply),
  });
  noteClients(app, trustProxy !== false);
  app.setValidatorCompiler(schemaChecker);
  return app;
}

/** Fastify takes a number of proxies as a function of the hop, the nearest being 0. */
function toTrust(proxies: TrustProxy) {
  return typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies;
}
