import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../../base/clock.js';
import type { Languages } from '../../base/languages.js';
import type { Logger } from '../../base/logger.js';
import { unsubscribe } from '../../subscribers/leave.js';
import { mailFreshLinks } from '../../subscribers/renew-links.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';
import type { LinkClaim, Tokens } from '../../subscribers/tokens.js';
import { takeAnyBody } from '../any-body.js';
import { toOrigin, unknownLink } from '../form.js';
import { openLateLeaves } from '../late-leaves.js';
import { BUTTON_PAGE, FAILURES, page, TokenParams } from '../schemas.js';
import { type RenderPage, sendPrivatePage } from '../views.js';
import type { Atomically } from '../web-deps.js';

export interface UnsubscribeDeps {
  tokens: Tokens;
  subscribers: SubscriberStore;
  atomically: Atomically;
  clock: Clock;
  logger: Logger;
  renderPage: RenderPage;
  languages: Languages;
}

export const UNSUBSCRIBE_ROUTE = '/unsubscribe/:token';

const POST_SCHEMA = {
  tags: ['subscribing'],
  summary: 'Unsubscribe (RFC 8058); it may be repeated',
  params: TokenParams,
  consumes: ['multipart/form-data', 'application/x-www-form-urlencoded'],
  body: Type.Unknown({ description: '`List-Unsubscribe=One-Click`, or anything, or nothing.' }),
  response: { 200: page('The address has left.'), ...FAILURES },
};

/**
 * `/unsubscribe/:token`: GET shows a button and changes nothing, POST unsubscribes. RFC 8058 §3.1
 * and §3.2: a mail client's POST has no cookie, gets no redirect, and may be repeated.
 */
export const unsubscribePages: FastifyPluginAsyncTypebox<UnsubscribeDeps> = async (
  app,
  { tokens, subscribers, atomically, clock, logger, languages, renderPage },
) => {
  // A mail client sends one field, mostly as multipart/form-data; its name is all that counts, and
  // whoever has the link may leave without it.
  takeAnyBody(app);
  const lateLeaves = openLateLeaves(app, { clock, logger });
  const readClaim = (token: string): LinkClaim => {
    const claim = tokens.readUnsubscribe(token);
    if (claim !== null) return claim;
    throw unknownLink();
  };

  app.get(UNSUBSCRIBE_ROUTE, { schema: BUTTON_PAGE }, async (request, reply) => {
    const claim = readClaim(request.params.token);
    const subscriber = await subscribers.find(claim.subscriberId);
    const canLeave = ['pending', 'active', 'paused'].includes(subscriber?.state ?? '');
    const isRenewed = subscriber !== null && claim.links !== subscriber.links;
    if (!subscriber || !canLeave) {
      const email = isRenewed ? undefined : subscriber?.email;
      return sendPrivatePage(reply, renderPage, 'unsubscribed', { email });
    }
    const action = `/unsubscribe/${request.params.token}`;
    if (isRenewed) return sendPrivatePage(reply.code(410), renderPage, 'renewed', { action });
    return sendPrivatePage(reply, renderPage, 'unsubscribe', { action, email: subscriber.email });
  });

  app.post(UNSUBSCRIBE_ROUTE, { schema: POST_SCHEMA }, async (request, reply) => {
    const { subscriberId: id, links } = readClaim(request.params.token);
    const via = isOneClick(request.body) ? 'one-click' : 'link';
    const origin = toOrigin(request, via);
    // RFC 8058 §3.2: what a mail program asks for is done, by an old link too: it is asked for in the
    // reader's mailbox, and nobody shows them an answer. The page's button stands in forwarded mails.
    const known = via === 'link' ? await subscribers.find(id) : null;
    if (known && known.links !== links) {
      const isMailed = await atomically((stores) =>
        mailFreshLinks({ ...stores, clock, languages }, known),
      );
      // Where no fresh link can follow, leaving must work all the same.
      if (isMailed) return sendPrivatePage(reply, renderPage, 'renewed', { mailed: true });
    }
    await lateLeaves.leave(id, () =>
      atomically((stores) => unsubscribe({ ...stores, clock }, id, origin)),
    );
    const subscriber = await subscribers.find(id);
    const email = subscriber?.links === links ? subscriber.email : undefined;
    return sendPrivatePage(reply, renderPage, 'unsubscribed', { email });
  });
};

/** RFC 8058 §3.2: the body is `List-Unsubscribe=One-Click`, however it is encoded. */
function isOneClick(body: unknown): boolean {
  return typeof body === 'string' && body.includes('List-Unsubscribe');
}
