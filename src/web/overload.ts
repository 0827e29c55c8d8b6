import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { PaperboyError } from '../base/errors.js';
import { HEALTH_ROUTES } from './pages/health.js';
import { UNSUBSCRIBE_ROUTE } from './pages/unsubscribe.js';
import type { OverloadLimits } from './web-deps.js';

/** Everybody would wait for seconds, and more requests would make it worse. */
const LIMITS: OverloadLimits = { maxDelay: 1_500, sampleInterval: 1_000 };

/** What is measured for so many samples is the start itself: modules and templates being loaded. */
const SAMPLES_OF_START = 5;

/** Leaving has to work at all times (RFC 8058), and mailboxes ask once. */
const ALWAYS_SERVED = new Set([...HEALTH_ROUTES, UNSUBSCRIBE_ROUTE]);

/**
 * Turns requests away with 503 while the event loop does not keep up. How the process is can still be
 * asked: whoever restarts what does not answer would make it worse.
 */
export async function refuseOverload(
  app: FastifyInstance,
  { maxDelay, sampleInterval }: OverloadLimits = LIMITS,
): Promise<void> {
  let isStarting = true;
  app.addHook('onReady', (done) => {
    const begin = () => {
      isStarting = false;
    };
    setTimeout(begin, SAMPLES_OF_START * sampleInterval).unref();
    done();
  });
  await app.register(underPressure, {
    maxEventLoopDelay: maxDelay,
    sampleInterval,
    pressureHandler: (request) => {
      if (isStarting || ALWAYS_SERVED.has(request.routeOptions.url ?? '')) return undefined;
      return Promise.reject(new PaperboyError('overloaded', 'The event loop does not keep up.'));
    },
  });
}
