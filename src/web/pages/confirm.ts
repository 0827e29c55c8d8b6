import type { FastifyInstance } from 'fastify';
import { PaperboyError } from '../../base/errors.js';
import { confirmSubscription } from '../../delivery/confirm.js';
import { SelectorCache } from '../../interests/selection.js';
import type { ConfirmClaim } from '../../subscribers/tokens.js';
import type { WebContext } from '../context.js';
import { wantsJson } from '../errors.js';
import { toOrigin } from '../form.js';
import { presentEdition } from '../present.js';

type TokenRoute = { Params: { token: string } };

/** `/confirm/:token`: GET shows a button (link scanners follow every GET), POST confirms. */
export function confirmPages(app: FastifyInstance, context: WebContext): void {
  const { tokens, subscribers, editions, clock, publicUrl } = context;
  const confirming = { ...context, selectors: new SelectorCache() };

  app.get<TokenRoute>('/confirm/:token', async (request, reply) => {
    const claim = read(request.params.token);
    const subscriber = await subscribers.find(claim.subscriberId);
    if (!subscriber) throw unknown();
    if (subscriber.state !== 'pending' || subscriber.round !== claim.round) {
      throw used(subscriber.state);
    }
    if (claim.expiresAt <= clock.now()) throw expired();
    const action = `/confirm/${request.params.token}`;
    return reply.privatePage('confirm', { action, email: subscriber.email });
  });

  app.post<TokenRoute>('/confirm/:token', async (request, reply) => {
    const claim = read(request.params.token);
    const confirmation = await confirmSubscription(confirming, claim, toOrigin(request, 'link'));
    switch (confirmation.kind) {
      case 'unknown':
        throw unknown();
      case 'used':
        throw used(confirmation.subscriber.state);
      case 'expired':
        throw expired();
      case 'confirmed': {
        const { subscriber, edition } = confirmation;
        if (wantsJson(request)) return reply.send({ state: subscriber.state });
        return reply.privatePage('confirmed', {
          preferencesUrl: `${publicUrl}/preferences/${tokens.preferences(subscriber.id)}`,
          edition: edition && presentEdition(edition),
          hadNewest: edition === null && (await editions.newest()) !== null,
        });
      }
    }
  });

  function read(token: string): ConfirmClaim {
    const claim = tokens.readConfirm(token);
    if (claim) return claim;
    throw unknown();
  }
}

function unknown(): PaperboyError {
  return new PaperboyError(
    'unknown_link',
    'It may have been cut off on its way. Please copy it from the mail once more.',
  );
}

function expired(): PaperboyError {
  return new PaperboyError(
    'link_expired',
    'It worked for two days. Type your address again, and you get a new one.',
  );
}

function used(state: string): PaperboyError {
  return new PaperboyError(
    'link_used',
    state === 'active' || state === 'paused'
      ? 'Your address is confirmed already; there is nothing left to do.'
      : 'It confirms no more. To subscribe, type your address again.',
  );
}
