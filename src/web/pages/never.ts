import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import { isRefusedByOwner, liftByOwner, suppressByOwner } from '../../subscribers/never.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';
import type { Tokens } from '../../subscribers/tokens.js';
import { readFields, toOrigin, unknownLink } from '../form.js';
import { openLateLeaves } from '../late-leaves.js';
import {
  BUTTON_PAGE,
  FAILURES,
  FORM_TYPES,
  field,
  formBody,
  page,
  TokenParams,
} from '../schemas.js';
import { type RenderPage, sendPrivatePage } from '../views.js';
import type { Atomically } from '../web-deps.js';

export interface NeverDeps {
  tokens: Tokens;
  subscribers: SubscriberStore;
  atomically: Atomically;
  clock: Clock;
  logger: Logger;
  renderPage: RenderPage;
}

const POST_SCHEMA = {
  tags: ['subscribing'],
  summary: 'Never have mail sent to an address again; it may be repeated',
  params: TokenParams,
  consumes: FORM_TYPES,
  body: formBody({ do: field('never (also when left out), or lift to take it back.') }),
  response: { 200: page('What holds now.'), ...FAILURES },
};

/**
 * `/never/:token`: GET shows a button and changes nothing, POST suppresses the address or takes that
 * back. The link has the address in it, so it works, and looks the same, whoever subscribes.
 */
export const neverPages: FastifyPluginAsyncTypebox<NeverDeps> = async (
  app,
  { tokens, subscribers, atomically, clock, logger, renderPage },
) => {
  const lateLeaves = openLateLeaves(app, { clock, logger });
  const readEmail = (token: string): string => {
    const email = tokens.readNever(token);
    if (email !== null) return email;
    throw unknownLink();
  };
  const show = (reply: FastifyReply, shown: { token: string; email: string; state: State }) =>
    sendPrivatePage(reply, renderPage, 'never', { ...shown, action: `/never/${shown.token}` });

  app.get('/never/:token', { schema: BUTTON_PAGE }, async (request, reply) => {
    const { token } = request.params;
    const email = readEmail(token);
    const isOwners = await isRefusedByOwner(subscribers, email);
    return show(reply, { token, email, state: isOwners ? 'done' : 'asks' });
  });

  app.post('/never/:token', { schema: POST_SCHEMA }, async (request, reply) => {
    const { token } = request.params;
    const email = readEmail(token);
    const origin = toOrigin(request, 'link');
    if (readFields(request.body)['do'] === 'lift') {
      await atomically((stores) => liftByOwner({ ...stores, clock }, email, origin));
      lateLeaves.forget(email);
      return show(reply, { token, email, state: 'lifted' });
    }
    await lateLeaves.leave(email, () =>
      atomically((stores) => suppressByOwner({ ...stores, clock }, email, origin)),
    );
    return show(reply, { token, email, state: 'done' });
  });
};

/** `asks`: nothing was said so far, or it was taken back. */
type State = 'asks' | 'done' | 'lifted';
