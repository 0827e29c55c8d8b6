import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
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

/** `GET /subscribe/proof`: what our own script has to work out while the form is under attack. */
export const proofRoute: FastifyPluginAsyncTypebox<ProofRouteDeps> = async (
  app,
  { form, proofs, clock },
) => {
  const options = { schema: { hide: true }, config: { rateLimit: LIMIT } };
  app.get('/subscribe/proof', options, async (_request, reply) => {
    const now = clock.now();
    const challenge = (await needsProof(form, now)) ? await proofs.challenge(now) : null;
    return reply.header('cache-control', 'no-store').send({ challenge });
  });
};
