import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { PaperboyError } from '../../base/errors.js';
import type { Metrics } from '../../jobs/metrics.js';
import { findClient } from '../client-address.js';
import { FAILURES } from '../schemas.js';

export interface MetricsRouteDeps {
  metrics: Pick<Metrics, 'contentType' | 'render'>;
  /** What whoever asks has to know; `null`: whoever asks from near by may. */
  metricsToken: string | null;
}

const SCHEMA = {
  tags: ['status'],
  summary: 'Metrics for Prometheus',
  response: {
    200: {
      description: 'In the text format of Prometheus.',
      content: { 'text/plain': { schema: Type.String() } },
    },
    ...FAILURES,
  },
};

/**
 * `GET /metrics`, for Prometheus: for whoever knows the token, or, where there is none, for whoever
 * asks from this machine or a private network.
 */
export const metricsRoute: FastifyPluginAsyncTypebox<MetricsRouteDeps> = async (
  app,
  { metrics, metricsToken },
) => {
  app.get('/metrics', { schema: SCHEMA }, async (request, reply) => {
    const allowed = metricsToken === null ? isNear(request) : hasToken(request, metricsToken);
    if (!allowed) {
      throw new PaperboyError(
        'metrics_closed',
        metricsToken === null
          ? 'The metrics are for this machine and private networks; set METRICS_TOKEN for others.'
          : 'The metrics want the token of METRICS_TOKEN as "Authorization: Bearer …".',
      );
    }
    return reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.render());
  });
};

/**
 * Whether everybody on the way of the request is near, as far as is known: with `TRUST_PROXY=on` a
 * client could put any address in front. A proxy that is not trusted hides who asks.
 */
function isNear(request: FastifyRequest): boolean {
  const { ip, ips, headers } = request;
  if (findClient(request).hidden) return false;
  if (ips === undefined && (headers['x-forwarded-for'] || headers['forwarded'])) return false;
  return (ips ?? [ip]).every(isNearAddress);
}

/** A proxy may hand on anything that a client calls its address. */
function isNearAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && NEAR.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

function hasToken({ headers }: FastifyRequest, token: string): boolean {
  const [, given = ''] = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '') ?? [];
  return timingSafeEqual(digest(given), digest(token));
}

/** Of one length, however long the token that was given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Loopback, private (RFC 1918, RFC 4193), shared (RFC 6598) and link-local addresses. */
const NEAR = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const) {
  NEAR.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  NEAR.addSubnet(network, prefix, 'ipv6');
}
