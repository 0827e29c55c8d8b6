import { type Dispatcher, fetch, type Response } from 'undici';
import type { Clock } from '../base/clock.js';
import { PaperboyError, toErrorCode, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import { TIMING } from '../base/timing.js';
import { VERSION } from '../base/version.js';
import type { AddressGuard } from './address-guard.js';
import type { RequestLimit } from './request-limit.js';

/** How often and for how long a source is fetched. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  tries: number;
  /** Milliseconds for one try, from the connection to the last byte. */
  timeout: number;
  /** Milliseconds to wait after the first try that failed; a second, unless it says more. */
  backoff?: number;
}

export interface HttpDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  retryPolicy: RetryPolicy;
  /** How often the source lets itself be fetched. */
  limit?: RequestLimit;
  /** For addresses that others have chosen. */
  guard?: AddressGuard;
  /** Aborts after so many milliseconds. */
  timeLimit?: (ms: number) => AbortSignal;
}

export interface GetOptions {
  signal?: AbortSignal | undefined;
  /** When whoever asks gives up, by the clock. */
  until?: number | undefined;
  /** The types that are wanted; JSON when left out. */
  accept?: string;
  /** What an earlier answer had as its own: 304 comes back if nothing has changed since. */
  validator?: string | undefined;
  /** Bytes of the body, unpacked; 4 MB when left out. */
  maxBody?: number;
  /** Says why an answer with status 200 is none, `null` for a good one; it is asked for again. */
  fault?: (body: string) => string | null;
}

/** An answer's status and its body as text. */
export interface HttpAnswer {
  status: number;
  contentType: string;
  body: string;
  /** Its `ETag` or else its `Last-Modified` (RFC 9110 §8.8), `null` where it has neither. */
  validator: string | null;
}

/**
 * Ten times what most sources answer; a larger body is a fault or an attack. JSON of this size is
 * read within half a second, however deep it is nested.
 */
const MAX_BODY = 4 * 1024 * 1024;
/** A source may ask for so long with `Retry-After`: the window in which Hugging Face counts requests. */
const LONGEST_BACKOFF = 5 * 60_000;
const MAX_REDIRECTS = 5;

/**
 * GET with a time limit, a bounded body and bounded redirects. 429, 5xx and network failures are
 * tried again with exponential back-off and jitter, or after what `Retry-After` asks for, if there
 * is time for that.
 * @throws PaperboyError `source_failed` when the last try failed too.
 */
export async function get(deps: HttpDeps, url: URL, options: GetOptions = {}): Promise<HttpAnswer> {
  const { clock, random, logger, retryPolicy, limit } = deps;
  const { signal } = options;
  for (let attempt = 1; ; attempt++) {
    const once = () => tryOnce(url, deps, options);
    const outcome = limit && !signal?.aborted ? await limit.run(once, signal) : await once();
    if ('answer' in outcome) return outcome.answer;
    const { failure, cause, again } = outcome;
    const givenUp = (why = '') =>
      new PaperboyError('source_failed', `${url.host} ${failure}${why}.`, { cause });
    if (attempt >= retryPolicy.tries || signal?.aborted || !again) throw givenUp();
    const first = retryPolicy.backoff ?? TIMING.sourceBackoff;
    const backOff = first * 2 ** (attempt - 1) * (0.75 + random.fraction() / 2);
    const { retryAfter } = outcome;
    const wait = retryAfter === undefined ? backOff : Math.max(retryAfter, first);
    const left = timeLeft(deps, options);
    if (retryAfter !== undefined && wait > left) {
      throw givenUp(` and is not to be asked again for ${Math.ceil(wait / 1000)} s`);
    }
    logger.warn(
      { event: 'source_retried', url: url.origin + url.pathname, attempt, wait, reason: failure },
      'source fetched again',
    );
    await clock.sleep(wait, signal);
  }
}

/** For how long a source may ask to be left alone. */
function timeLeft({ clock }: HttpDeps, { until }: GetOptions): number {
  return until === undefined ? LONGEST_BACKOFF : until - clock.now();
}

interface Failure {
  failure: string;
  again: boolean;
  retryAfter?: number;
  cause?: unknown;
}

async function tryOnce(
  url: URL,
  deps: HttpDeps,
  options: GetOptions,
): Promise<{ answer: HttpAnswer } | Failure> {
  const { clock, retryPolicy, timeLimit = AbortSignal.timeout } = deps;
  const limit = timeLimit(retryPolicy.timeout);
  try {
    const { signal } = options;
    const response = await follow(url, deps, options, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const { status, headers } = response;
    const body = await readBody(response, options.maxBody ?? MAX_BODY);
    if (status === 429 || status >= 500) {
      const wait = retryAfter(headers.get('retry-after'), clock.now());
      return { failure: `answered ${status}`, again: true, ...wait };
    }
    const fault = status === 200 ? (options.fault?.(body) ?? null) : null;
    if (fault !== null) return { failure: fault, again: true };
    const contentType = headers.get('content-type') ?? '';
    const validator = headers.get('etag') ?? headers.get('last-modified');
    return { answer: { status, contentType, body, validator } };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const own = [error, cause].find((one) => one instanceof PaperboyError);
    if (own) return { failure: own.message, again: false };
    if (limit.aborted) {
      return { failure: `did not answer within ${retryPolicy.timeout / 1000} s`, again: true };
    }
    const reason = toErrorCode(cause) ?? toErrorMessage(cause ?? error);
    return { failure: `could not be read (${reason})`, again: true, cause: error };
  }
}

/** Follows redirects by hand, since each of them may lead where nobody should be led. */
async function follow(
  start: URL,
  { guard }: HttpDeps,
  { accept = 'application/json', validator }: GetOptions,
  { signal }: { signal: AbortSignal },
): Promise<Response> {
  const dispatcher: { dispatcher?: Dispatcher } = guard ? { dispatcher: guard.dispatcher } : {};
  const headers = { accept, 'user-agent': `Paperboy/${VERSION}`, ...condition(validator) };
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    guard?.check(url);
    const response = await fetch(url, { headers, signal, redirect: 'manual', ...dispatcher });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, url.href)) throw failed('redirects to what is no address');
    url = new URL(location, url);
    if (!/^https?:$/.test(url.protocol)) throw failed('redirects to what is not the web');
  }
  throw failed(`redirects more than ${MAX_REDIRECTS} times`);
}

/** RFC 9110 §13.1: an entity tag stands in quotes, a date does not. */
function condition(validator: string | undefined): Record<string, string> {
  if (validator === undefined) return {};
  return /^(?:W\/)?"/.test(validator)
    ? { 'if-none-match': validator }
    : { 'if-modified-since': validator };
}

/** Reads the body, giving up once it is larger than anything a source would send. */
async function readBody(response: Response, max: number): Promise<string> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > max) throw failed(`sent more than ${Math.round(max / 1024 / 1024)} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failed(what: string): PaperboyError {
  return new PaperboyError('source_failed', what);
}

/** Seconds or a date (RFC 9110 §10.2.3), as milliseconds from `now` on. */
function retryAfter(header: string | null, now: number): { retryAfter?: number } {
  if (header === null) return {};
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? {} : { retryAfter: Math.max(wait, 0) };
}
