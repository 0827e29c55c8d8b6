import type { FastifyInstance } from 'fastify';
import { PaperboyError } from '../../base/errors.js';
import { requestSubscription } from '../../subscribers/subscribe.js';
import type { WebContext } from '../context.js';
import { wantsJson } from '../errors.js';
import { preferenceFields, readFields, toOrigin } from '../form.js';
import { homeContext } from './home.js';

/** Requests per client in a while: a household's worth, not a flood's. */
const LIMIT = { max: 30, timeWindow: '10 minutes' };

/** `POST /subscribe`: the same answer for every address that could be one. */
export function subscribeRoute(app: FastifyInstance, context: WebContext): void {
  const { atomically, clock } = context;
  app.post('/subscribe', { config: { rateLimit: LIMIT } }, async (request, reply) => {
    const json = wantsJson(request);
    const fields = readFields(request.body);
    try {
      const { email } = await atomically((stores) =>
        requestSubscription(
          { ...stores, clock },
          { email: fields['email'] ?? '', ...preferenceFields(fields) },
          toOrigin(request, json ? 'api' : 'form'),
        ),
      );
      if (json) {
        const message = 'Open the mail that was sent to this address and follow its link.';
        return reply.code(202).send({ email, message });
      }
      return reply.privatePage('subscribed', { email, inboxUrl: context.inboxUrl });
    } catch (error) {
      if (json || !isFormError(error)) throw error;
      // The form again, with what was typed and what is wrong with it.
      reply.code(400);
      const page = await homeContext(context);
      return reply.privatePage('home', { ...page, values: fields, error });
    }
  });
}

function isFormError(error: unknown): boolean {
  return (
    error instanceof PaperboyError &&
    (error.code === 'bad_address' || error.code === 'bad_preferences')
  );
}
