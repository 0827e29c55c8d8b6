import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PaperboyError, toErrorCode, toErrorMessage } from '../base/errors.js';
import type { WebContext } from './context.js';

/** What a request is told of its failure. */
interface Told {
  status: number;
  code: string;
  heading: string;
  text: string;
}

/** The domain's codes as HTTP has them; what is not here is a fault of ours. */
const STATUS: Readonly<Record<string, [status: number, heading: string]>> = {
  bad_address: [400, 'That address does not work'],
  bad_preferences: [400, 'That choice does not work'],
  bad_date: [400, 'That is not a date'],
  bad_link: [400, 'That link does not work'],
  bad_name: [400, 'That name does not work'],
  bad_comment: [400, 'That comment does not work'],
  bad_search: [400, 'That search does not work'],
  bad_request: [400, 'That request does not work'],
  metrics_closed: [403, 'That is for the operator'],
  unknown_link: [404, 'This link is not known'],
  no_edition: [404, 'No edition of that day'],
  suggestions_full: [503, 'One moment, please'],
  link_expired: [410, 'This link is too old'],
  link_used: [410, 'This link has done its work'],
};

type Tell = (request: FastifyRequest, reply: FastifyReply, told: Told) => unknown;

/** One handler for all errors: pages for people, JSON for programs. */
export function errorPages(app: FastifyInstance, context: Pick<WebContext, 'logger'>): void {
  handleErrors(app, context, (request, reply, told) =>
    wantsJson(request) ? tellAsJson(request, reply, told) : tellAsPage(request, reply, told),
  );
}

/** The same where there are no pages. */
export function jsonErrors(app: FastifyInstance, context: Pick<WebContext, 'logger'>): void {
  handleErrors(app, context, tellAsJson);
}

function handleErrors(
  app: FastifyInstance,
  { logger }: Pick<WebContext, 'logger'>,
  tell: Tell,
): void {
  app.setNotFoundHandler((request, reply) => tell(request, reply, NOT_FOUND));
  app.setErrorHandler((error, request, reply) => {
    const told = explain(error);
    if (told.status >= 500) {
      logger.error(
        {
          event: 'request_failed',
          path: request.routeOptions.url,
          reason: toErrorMessage(error),
          stack: toStack(error),
        },
        'request failed',
      );
    }
    return tell(request, reply, told);
  });
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

function explain(error: unknown): Told {
  if (error instanceof PaperboyError) {
    if (error.code === 'store_busy') return BUSY;
    const [status, heading] = STATUS[error.code] ?? [500, ''];
    return status === 500
      ? { ...INTERNAL, code: error.code }
      : { status, code: error.code, heading, text: error.message };
  }
  const status = toStatus(error);
  if (status >= 400 && status < 500) return FRAMEWORK[status] ?? { ...UNREADABLE, status };
  return INTERNAL;
}

const INTERNAL: Told = {
  status: 500,
  code: 'internal',
  heading: 'Something went wrong',
  text: 'That is our fault, not yours. Nothing was lost; please try again in a moment.',
};

const BUSY: Told = {
  status: 503,
  code: 'busy',
  heading: 'One moment, please',
  text: 'There is much to do here just now. Please try again in a minute.',
};

const UNREADABLE: Told = {
  status: 400,
  code: 'bad_request',
  heading: 'That request does not work',
  text: 'What was sent could not be read.',
};

const NOT_FOUND: Told = {
  status: 404,
  code: 'not_found',
  heading: 'There is nothing here',
  text: 'The page you asked for does not exist.',
};

/** Fastify's and its plugins' own refusals. */
const FRAMEWORK: Readonly<Record<number, Told>> = {
  400: UNREADABLE,
  404: NOT_FOUND,
  413: {
    status: 413,
    code: 'too_large',
    heading: 'That is too much',
    text: 'What was sent is larger than any form of ours.',
  },
  414: UNREADABLE,
  415: { ...UNREADABLE, status: 415, text: 'Send a form or JSON.' },
  429: {
    status: 429,
    code: 'too_many_requests',
    heading: 'Too many requests',
    text: 'There were many requests from where you are. Please try again in a few minutes.',
  },
};

const tellAsJson: Tell = (_request, reply, { status, code, text }) =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ error: { code, message: text } });

const tellAsPage: Tell = (_request, reply, { status, heading, text }) =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .page('message', {
      ...{ heading, text, noindex: true },
      action: { href: '/', label: 'To the front page' },
    });

function toStatus(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}

function toStack(error: unknown): string | undefined {
  return error instanceof Error && toErrorCode(error) === undefined ? error.stack : undefined;
}
