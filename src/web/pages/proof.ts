import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import { needsProof } from '../../subscribers/form/form-guard.js';
import type { FormStore } from '../../subscribers/form/form-store.js';
import type { Proofs } from '../../subscribers/form/proofs.js';

export interface ProofRouteDeps {
  form: FormStore;
  proofs: Proofs;
  clock: Clock;
}

/** Requests per client in a while. Making a challenge costs a millisecond. */
const LIMIT = { max: 60, timeWindow: '10 minutes' };

/**
 * `GET /subscribe/proof`: what our own script has to work out while the form is under attack. With
 * `?elsewhere`, for whoever comes from no page of ours, also while the budget of those is used up.
 */
export const proofRoute: FastifyPluginAsyncTypebox<ProofRouteDeps> = async (
  app,
  { form, proofs, clock },
) => {
  const querystring = Type.Object({ elsewhere: Type.Optional(Type.String()) });
  const options = { schema: { hide: true, querystring }, config: { rateLimit: LIMIT } };
  app.get('/subscribe/proof', options, async (request, reply) => {
    const now = clock.now();
    const isElsewhere = request.query.elsewhere !== undefined;
    const isNeeded = await needsProof(form, now, isElsewhere ? 'elsewhere' : 'here');
    const challenge = isNeeded ? await proofs.challenge(now) : null;
    return reply.header('cache-control', 'no-store').send({ challenge });
  });
};
