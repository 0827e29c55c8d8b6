import type { FastifyInstance } from 'fastify';
import { PaperboyError } from '../../base/errors.js';
import { unsubscribe } from '../../subscribers/leave.js';
import type { WebContext } from '../context.js';
import { toOrigin } from '../form.js';

type TokenRoute = { Params: { token: string } };

/**
 * `/unsubscribe/:token`: GET shows a button and changes nothing, POST unsubscribes. RFC 8058 §3.1
 * and §3.2: a mail client's POST has no cookie, gets no redirect, and may be repeated. Register
 * it in a scope of its own, for its body parser takes anything.
 */
export function unsubscribePages(app: FastifyInstance, context: WebContext): void {
  const { tokens, subscribers, atomically, clock } = context;
  // A mail client sends one field, mostly as multipart/form-data; its name is all that counts.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });

  app.get<TokenRoute>('/unsubscribe/:token', async (request, reply) => {
    const id = read(request.params.token);
    const subscriber = await subscribers.find(id);
    const leavable = ['pending', 'active', 'paused'].includes(subscriber?.state ?? '');
    if (!subscriber || !leavable) {
      return reply.privatePage('unsubscribed', { email: subscriber?.email });
    }
    return reply.privatePage('unsubscribe', {
      action: `/unsubscribe/${request.params.token}`,
      email: subscriber.email,
    });
  });

  app.post<TokenRoute>('/unsubscribe/:token', async (request, reply) => {
    const id = read(request.params.token);
    const via = isOneClick(request.body) ? 'one-click' : 'link';
    await atomically((stores) => unsubscribe({ ...stores, clock }, id, toOrigin(request, via)));
    const subscriber = await subscribers.find(id);
    return reply.privatePage('unsubscribed', { email: subscriber?.email });
  });

  function read(token: string): number {
    const id = tokens.readUnsubscribe(token);
    if (id !== null) return id;
    throw new PaperboyError(
      'unknown_link',
      'It may have been cut off on its way. Please copy it from the mail once more.',
    );
  }
}

/** RFC 8058 §3.2: the body is `List-Unsubscribe=One-Click`, however it is encoded. */
function isOneClick(body: unknown): boolean {
  if (typeof body === 'string') return body.includes('List-Unsubscribe');
  return typeof body === 'object' && body !== null && 'List-Unsubscribe' in body;
}
