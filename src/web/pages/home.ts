import type { FastifyInstance } from 'fastify';
import type { WebContext } from '../context.js';
import { subscribeForm } from '../form.js';
import { presentFullEdition } from '../present.js';

/** `GET /`: the subscribe form above the newest edition. */
export function homePage(app: FastifyInstance, context: WebContext): void {
  app.get('/', async (_request, reply) => reply.page('home', await homeContext(context)));
}

export async function homeContext(context: Pick<WebContext, 'editions' | 'defaultTimezone'>) {
  const newest = await context.editions.newest();
  const edition = newest && presentFullEdition(await context.editions.withPapers(newest));
  return { ...subscribeForm(context), edition };
}
