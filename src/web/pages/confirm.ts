import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { PaperboyError } from '../../base/errors.js';
import { type ConfirmDeps, confirmSubscription } from '../../delivery/confirm.js';
import { STATES } from '../../subscribers/subscriber.js';
import type { ConfirmClaim, Tokens } from '../../subscribers/tokens.js';
import type { ConsentWordsIn } from '../consent-words.js';
import { wantsJson } from '../errors.js';
import { toOrigin, unknownLink } from '../form.js';
import { presentEdition } from '../present.js';
import { BUTTON_PAGE, FAILURES, pageOrJson, TokenParams } from '../schemas.js';
import { type RenderPage, sendPrivatePage } from '../views.js';

export interface ConfirmPagesDeps {
  tokens: Tokens;
  publicUrl: string;
  renderPage: RenderPage;
  words: ConsentWordsIn;
  /** What confirming needs. */
  confirming: ConfirmDeps;
}

const POST_SCHEMA = {
  tags: ['subscribing'],
  summary: 'Confirm an address; its first digest follows',
  params: TokenParams,
  response: {
    200: pageOrJson(
      'The address is confirmed.',
      Type.Object({ state: Type.Enum(STATES, { description: 'The subscriber’s state.' }) }),
    ),
    ...FAILURES,
  },
};

/** `/confirm/:token`: GET shows a button (link scanners follow every GET), POST confirms. */
export const confirmPages: FastifyPluginAsyncTypebox<ConfirmPagesDeps> = async (
  app,
  { tokens, publicUrl, renderPage, words, confirming },
) => {
  const { subscribers, editions, clock } = confirming;
  const readClaim = (token: string): ConfirmClaim => {
    const claim = tokens.readConfirm(token);
    if (claim) return claim;
    throw unknownLink();
  };

  app.get('/confirm/:token', { schema: BUTTON_PAGE }, async (request, reply) => {
    const claim = readClaim(request.params.token);
    const subscriber = await subscribers.find(claim.subscriberId);
    if (!subscriber) throw unknownLink();
    if (subscriber.state !== 'pending' || subscriber.round !== claim.round) {
      throw used(subscriber.state);
    }
    if (claim.expiresAt <= clock.now()) throw expired();
    const action = `/confirm/${request.params.token}`;
    return sendPrivatePage(reply, renderPage, 'confirm', { action, email: subscriber.email });
  });

  app.post('/confirm/:token', { schema: POST_SCHEMA }, async (request, reply) => {
    const claim = readClaim(request.params.token);
    const confirmation = await confirmSubscription(
      confirming,
      claim,
      toOrigin(request, 'link', words(request.messages).page),
    );
    switch (confirmation.kind) {
      case 'unknown':
        throw unknownLink();
      case 'used':
        throw used(confirmation.subscriber.state);
      case 'expired':
        throw expired();
      case 'confirmed': {
        const { subscriber, edition } = confirmation;
        if (wantsJson(request)) {
          return reply.header('cache-control', 'no-store').send({ state: subscriber.state });
        }
        return sendPrivatePage(reply, renderPage, 'confirmed', {
          preferencesUrl: `${publicUrl}/preferences/${tokens.preferences(subscriber.id, subscriber.links)}`,
          edition: edition && presentEdition(edition),
          hadNewest: edition === null && (await editions.newest()) !== null,
        });
      }
    }
  });
};

function expired(): PaperboyError {
  return new PaperboyError(
    'link_expired',
    'It worked for two days. Enter your address again to get a new one.',
  );
}

function used(state: string): PaperboyError {
  return new PaperboyError(
    'link_used',
    state === 'active' || state === 'paused'
      ? 'Your address is confirmed already; there is nothing left to do.'
      : 'It no longer confirms anything. To subscribe, enter your address again.',
  );
}
