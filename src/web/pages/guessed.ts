import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { INTERESTS } from '../../subscribers/preferences.js';
import { readFields } from '../form.js';
import type { BlankForm } from '../form-page.js';
import { toFollows } from '../library/follows.js';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import { type RenderPage, sendPage } from '../views.js';

export interface GuessedPagesDeps {
  cache: PageCache;
  renderPage: RenderPage;
  blankForm: BlankForm;
}

const PARAMETER = Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())]));
const FORM_SCHEMA = {
  hide: true,
  querystring: Type.Object(
    Object.fromEntries([...INTERESTS, 'frequency'].map((name) => [name, PARAMETER])),
  ),
  response: { 200: page('The form, with interests filled in.') },
};

const SCHEMA = { hide: true, response: { 200: page('A form.') } };

/** Where forms are sent to, and links without their end: what people find who type the address. */
const OWN_LINKS: Readonly<Record<string, { heading: string; purpose: string }>> = {
  '/preferences': {
    heading: 'Your preferences',
    purpose: 'change the hour, choose what you read of, or take a break',
  },
  '/unsubscribe': { heading: 'Unsubscribe', purpose: 'leave with one click' },
  '/confirm': { heading: 'Confirm your address', purpose: 'confirm your address' },
};

/** What feed readers and people try, and where it is. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  '/feed': '/feed.atom',
  '/feed.xml': '/feed.atom',
  '/atom.xml': '/feed.atom',
  '/rss': '/feed.atom',
  '/rss.xml': '/feed.atom',
  '/index.html': '/',
  '/api': '/api/docs',
};

/** `GET /subscribe`, `/preferences` and what else is guessed: a page that helps instead of none. */
export const guessedPages: FastifyPluginAsyncTypebox<GuessedPagesDeps> = async (
  app,
  { cache, renderPage, blankForm },
) => {
  app.get('/subscribe', { schema: FORM_SCHEMA }, (request, reply) => {
    const follows = toFollows(readFields(request.query), request.messages);
    if (follows.length > 0) {
      // Too many to be kept, and none that a search engine should find.
      const context = { ...blankForm(), follows, noindex: true };
      reply.header('cache-control', 'private, no-cache').header('vary', 'accept-language, cookie');
      sendPage(reply, renderPage('subscribe', request.messages, context));
      return undefined;
    }
    return cache.send(request, reply, '/subscribe', (messages) => ({
      type: HTML,
      body: renderPage('subscribe', messages, blankForm()),
    }));
  });
  for (const [path, words] of Object.entries(OWN_LINKS)) {
    app.get(path, { schema: SCHEMA }, (request, reply) =>
      cache.send(request, reply, path, (messages) => ({
        type: HTML,
        body: renderPage('own-link', messages, { ...blankForm(), ...words, noindex: true }),
      })),
    );
  }
  for (const [path, target] of Object.entries(ELSEWHERE)) {
    app.get(path, { schema: { hide: true } }, (_request, reply) => reply.redirect(target, 301));
  }
};
