import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ShownEditions } from '../../editions/shown-editions.js';
import type { Messages } from '../../views/messages.js';
import type { BlankForm } from '../form-page.js';
import type { PageCache } from '../page-cache.js';
import { presentFullEdition } from '../present.js';
import { HTML } from '../rendered.js';
import { page } from '../schemas.js';
import type { RenderPage } from '../views.js';

export interface HomeDeps {
  editions: ShownEditions;
  renderPage: RenderPage;
  blankForm: BlankForm;
}

const SCHEMA = { hide: true, response: { 200: page('The front page.') } };

/** `GET /`: the subscribe form above the newest edition. */
export const homePage: FastifyPluginAsyncTypebox<HomeDeps & { cache: PageCache }> = async (
  app,
  { cache, ...deps },
) => {
  const render = async (messages: Messages) => ({
    type: HTML,
    body: await renderHome(deps, messages),
  });
  app.get('/', { schema: SCHEMA }, (request, reply) => cache.send(request, reply, '/', render));
};

/** @param form what was typed and what is wrong with it, where the form comes back */
export async function renderHome(
  { editions, renderPage, blankForm }: HomeDeps,
  messages: Messages,
  form: object = {},
): Promise<string> {
  const newest = await editions.newest();
  const edition = newest && presentFullEdition(await editions.withPapers(newest));
  return renderPage('home', messages, { ...blankForm(), edition, ...form });
}
