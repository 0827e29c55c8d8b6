import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { BlankForm } from '../form-page.js';
import type { PageCache } from '../page-cache.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import type { RenderPage } from '../views.js';

export interface GuessedPagesDeps {
  cache: PageCache;
  renderPage: RenderPage;
  blankForm: BlankForm;
}

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
  app.get('/subscribe', { schema: SCHEMA }, (request, reply) =>
    cache.send(request, reply, '/subscribe', (messages) => ({
      type: HTML,
      body: renderPage('subscribe', messages, blankForm()),
    })),
  );
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
