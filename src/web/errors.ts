import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toErrorCode, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Messages } from '../views/messages.js';
import { type Failure, NOT_FOUND, toFailure } from './failure.js';
import type { ChooseMessages } from './language.js';
import { requestFacts } from './request-log.js';
import { type RenderPage, sendPage } from './views.js';

export type SendFailure = (
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
) => FastifyReply;

/** One handler for all errors of an app. */
export function handleErrors(app: FastifyInstance, logger: Logger, send: SendFailure): void {
  app.setNotFoundHandler((request, reply) => send(request, reply, NOT_FOUND));
  app.setErrorHandler((error, request, reply) => {
    const failure = toFailure(error);
    // A line for each request that is turned away would be one more burden.
    if (failure.status >= 500 && !isOverload(error)) logFailure(logger, request, error);
    return send(request, reply, failure);
  });
}

function isOverload(error: unknown): boolean {
  return toErrorCode(error) === 'overloaded';
}

function logFailure(logger: Logger, request: FastifyRequest, error: unknown): void {
  const facts = requestFacts(request);
  const reason = toErrorMessage(error);
  const stack = toStack(error);
  logger.error({ event: 'request_failed', ...facts, reason, stack }, 'request failed');
}

/** Pages for people, JSON for programs. */
export function pageFailures(renderPage: RenderPage, chooseMessages: ChooseMessages): SendFailure {
  return (request, reply, failure) =>
    wantsJson(request)
      ? sendJsonFailure(request, reply, failure)
      : // What Fastify refuses by itself is a request without our decorations.
        sendPage(
          begin(reply, failure),
          renderFailure(renderPage, chooseMessages(request.raw.headers), failure),
        );
}

function renderFailure(
  renderPage: RenderPage,
  messages: Messages,
  { heading, text }: Failure,
): string {
  const action = { href: '/', label: 'To the front page' };
  return renderPage('message', messages, { heading, text, noindex: true, action });
}

/** JSON for everybody, where there are no pages. */
export const sendJsonFailure: SendFailure = (_request, reply, failure) =>
  begin(reply, failure).send({ error: { code: failure.code, message: failure.text } });

function begin(reply: FastifyReply, { status, retryAfter }: Failure): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  return reply.code(status).header('cache-control', 'no-store');
}

/** Whether whoever asks is a program that wants JSON rather than a page. */
export function wantsJson(request: FastifyRequest): boolean {
  if (request.url.startsWith('/api/')) return true;
  const accept = request.headers.accept ?? '';
  if (accept.includes('text/html')) return false;
  return (
    accept.includes('application/json') ||
    (request.headers['content-type'] ?? '').includes('application/json')
  );
}

/** A failure with a code has a sentence that says enough. */
function toStack(error: unknown): string | undefined {
  return error instanceof Error && toErrorCode(error) === undefined ? error.stack : undefined;
}
