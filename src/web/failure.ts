import { PaperboyError, toErrorCode } from '../base/errors.js';

/** What a client is told of a failed request. */
export interface Failure {
  status: number;
  code: string;
  heading: string;
  text: string;
  /** Seconds after which it is worth trying again. */
  retryAfter?: number;
}

/** The domain's codes as HTTP has them; what is not here is a fault of ours. */
const STATUS: Readonly<Record<string, [status: number, heading: string]>> = {
  bad_address: [400, 'That address does not work'],
  disposable_address: [400, 'That address does not work'],
  bad_preferences: [400, 'That choice does not work'],
  bad_date: [400, 'That is not a date'],
  bad_link: [400, 'That link does not work'],
  bad_name: [400, 'That name does not work'],
  bad_comment: [400, 'That comment does not work'],
  bad_search: [400, 'That search does not work'],
  bad_request: [400, 'That request does not work'],
  bad_hook: [400, 'That request does not work'],
  hook_password: [401, 'That is for a mail provider'],
  hook_forged: [403, 'That is for a mail provider'],
  hook_stale: [403, 'That is too old'],
  metrics_closed: [403, 'That is for the operator'],
  unknown_link: [404, 'This link is not known'],
  no_edition: [404, 'No edition of that day'],
  no_paper: [404, 'No such paper'],
  no_list: [404, 'No such papers'],
  hook_unchecked: [503, 'That can not be checked now'],
  suggestions_full: [503, 'No more suggestions for now'],
  link_expired: [410, 'This link is too old'],
  link_used: [410, 'This link was used already'],
  link_renewed: [410, 'This link was renewed'],
};

/** What a client is told of whatever was thrown. */
export function toFailure(error: unknown): Failure {
  if (error instanceof PaperboyError) {
    const passing = PASSING[error.code];
    if (passing !== undefined) return passing;
    const [status, heading] = STATUS[error.code] ?? [500, ''];
    return status === 500
      ? { ...INTERNAL, code: error.code }
      : {
          ...{ status, code: error.code, heading, text: error.message },
          ...(status === 503 && { retryAfter: AN_HOUR }),
        };
  }
  const status = toStatus(error);
  if (status >= 400 && status < 500) return FRAMEWORK[status] ?? { ...UNREADABLE, status };
  return INTERNAL;
}

/** Suggestions wait for the operator, who decides by the day. */
const AN_HOUR = 3_600;

const INTERNAL: Failure = {
  status: 500,
  code: 'internal',
  heading: 'Something went wrong',
  text: 'This is a fault of ours. Nothing was lost; please try again in a moment.',
};

const BUSY: Failure = {
  status: 503,
  code: 'busy',
  heading: 'The server is busy',
  text: 'Too many requests at once. Please try again in a minute.',
  retryAfter: 60,
};

const UNREACHABLE: Failure = {
  ...BUSY,
  code: 'store_unreachable',
  text: 'The database does not answer. Please try again in a minute.',
};

const FULL: Failure = {
  ...BUSY,
  code: 'store_full',
  text: 'Nothing can be written at the moment. Please try again in a few minutes.',
  retryAfter: 300,
};

/** What passes, by itself or by an operator's hand: whoever asks again later is served. */
const PASSING: Readonly<Record<string, Failure>> = {
  overloaded: { ...BUSY, code: 'overloaded' },
  store_busy: { ...BUSY, text: 'The database is busy. Please try again in a minute.' },
  store_unreachable: UNREACHABLE,
  store_full: FULL,
  store_read_only: FULL,
  store_io: FULL,
};

/** Whether the store could not take something just now, and may take it later. */
export function isStorePassing(error: unknown): boolean {
  const code = toErrorCode(error);
  return typeof code === 'string' && code.startsWith('store_') && Object.hasOwn(PASSING, code);
}

const UNREADABLE: Failure = {
  status: 400,
  code: 'bad_request',
  heading: 'That request does not work',
  text: 'What was sent could not be read.',
};

export const NOT_FOUND: Failure = {
  status: 404,
  code: 'not_found',
  heading: 'There is nothing here',
  text: 'The page you asked for does not exist.',
};

/** Fastify's and its plugins' own refusals. */
const FRAMEWORK: Readonly<Record<number, Failure>> = {
  400: UNREADABLE,
  404: NOT_FOUND,
  413: {
    status: 413,
    code: 'too_large',
    heading: 'That is too much',
    text: 'What was sent is larger than any form of this site.',
  },
  414: UNREADABLE,
  415: { ...UNREADABLE, status: 415, text: 'Send a form or JSON.' },
  429: {
    status: 429,
    code: 'too_many_requests',
    heading: 'Too many requests',
    text: 'There were too many requests from your network. Please try again in a few minutes.',
  },
};

function toStatus(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}
