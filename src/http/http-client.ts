import type { Response } from 'undici';
import type { Clock } from '../base/clock.js';
import { PaperboyError, toErrorCode, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import { TIMING } from '../base/timing.js';
import { decodeBody } from './decode-body.js';
import { type FollowDeps, failed, followRedirects } from './redirects.js';
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

export interface HttpDeps extends FollowDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  retryPolicy: RetryPolicy;
  /** How often the source lets itself be fetched. */
  limit?: RequestLimit;
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
  /** Whether an answer only says that it is too much now, beside 429 and 5xx, which always do. */
  isBusy?: (status: number, body: string) => boolean;
}

/** An answer's status and its body, as text unless said otherwise. */
export interface HttpAnswer<Body = string> {
  status: number;
  contentType: string;
  body: Body;
  /** Its `ETag` or else its `Last-Modified` (RFC 9110 §8.8), `null` where it has neither. */
  validator: string | null;
  /** Where it came from, if that is another address than the one that was asked. */
  movedTo?: URL;
}

/**
 * Ten times what most sources answer; a larger body is a fault or an attack. JSON of this size is
 * read within half a second, however deep it is nested.
 */
const MAX_BODY = 4 * 1024 * 1024;
/** A source may ask for so long with `Retry-After`: the window in which Hugging Face counts requests. */
const LONGEST_BACKOFF = 5 * 60_000;

/**
 * GET with a time limit, a bounded body and bounded redirects. 429, 5xx and network failures are
 * tried again with exponential back-off and jitter, or after what `Retry-After` asks for, if there
 * is time for that.
 * @throws PaperboyError `source_failed` when the last try failed too.
 */
export function get(deps: HttpDeps, url: URL, options: GetOptions = {}): Promise<HttpAnswer> {
  return getWith(deps, url, options, (bytes, { status, contentType }) => {
    const body = toText(bytes, contentType, url, deps);
    const fault = status === 200 ? (options.fault?.(body) ?? null) : null;
    return fault === null ? { body } : { fault };
  });
}

/**
 * The same for a body that is no text.
 * @throws PaperboyError `source_failed` when the last try failed too.
 */
export function getBytes(
  deps: HttpDeps,
  url: URL,
  options: Omit<GetOptions, 'fault'> = {},
): Promise<HttpAnswer<Buffer>> {
  return getWith(deps, url, options, (body) => ({ body }));
}

/** Makes of the octets of a body what was asked for, or says what is wrong with it. */
type ReadBody<Body> = (
  bytes: Buffer,
  answer: Pick<HttpAnswer, 'status' | 'contentType'>,
) => { body: Body } | { fault: string };

async function getWith<Body>(
  deps: HttpDeps,
  url: URL,
  options: GetOptions,
  read: ReadBody<Body>,
): Promise<HttpAnswer<Body>> {
  const { clock, random, logger, retryPolicy, limit } = deps;
  const { signal } = options;
  for (let attempt = 1; ; attempt++) {
    const once = () => tryOnce(url, deps, options, read);
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
      { event: 'source_retried', host: url.host, attempt, wait, reason: failure },
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

async function tryOnce<Body>(
  url: URL,
  deps: HttpDeps,
  options: GetOptions,
  read: ReadBody<Body>,
): Promise<{ answer: HttpAnswer<Body> } | Failure> {
  const { clock, retryPolicy, timeLimit = AbortSignal.timeout } = deps;
  const limit = timeLimit(retryPolicy.timeout);
  try {
    const { signal, accept = 'application/json', validator } = options;
    const { response, url: end } = await followRedirects(url, deps, {
      headers: { accept, ...condition(validator) },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const bytes = await readBody(response, options.maxBody ?? MAX_BODY);
    const { status, headers } = response;
    const isBusy = status === 429 || status >= 500;
    if (isBusy || options.isBusy?.(status, bytes.toString('utf8'))) {
      const wait = retryAfter(headers.get('retry-after'), clock.now());
      return { failure: `answered ${status}`, again: true, ...wait };
    }
    const contentType = headers.get('content-type') ?? '';
    const made = read(bytes, { status, contentType });
    if ('fault' in made) return { failure: made.fault, again: true };
    const moved = end.href === url.href ? {} : { movedTo: end };
    const known = headers.get('etag') ?? headers.get('last-modified');
    return { answer: { status, contentType, ...made, validator: known, ...moved } };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const own = [error, cause].find((one) => one instanceof PaperboyError);
    if (own) return { failure: own.message, again: false };
    if (limit.aborted) {
      return { failure: `did not answer within ${retryPolicy.timeout / 1000} s`, again: true };
    }
    const reason = findProxyReason(cause) ?? toErrorCode(cause) ?? toErrorMessage(cause ?? error);
    return { failure: `could not be read (${reason})`, again: true, cause: error };
  }
}

/** What a proxy answered that would not let a request through; undici tells it two errors down. */
function findProxyReason(error: unknown): string | null {
  const cause = error instanceof Error ? error.cause : undefined;
  const [, status] = /^Proxy response \((\d+)\)/.exec(toErrorMessage(cause ?? '')) ?? [];
  return status === undefined ? null : `the proxy answered ${status}`;
}

/** RFC 9110 §13.1: an entity tag stands in quotes, a date does not. */
function condition(validator: string | undefined): Record<string, string> {
  if (validator === undefined) return {};
  return /^(?:W\/)?"/.test(validator)
    ? { 'if-none-match': validator }
    : { 'if-modified-since': validator };
}

/** Reads the body, giving up once it is larger than anything a source would send. */
async function readBody(response: Response, max: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > max) throw failed(`sent more than ${Math.round(max / 1024 / 1024)} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toText(bytes: Buffer, contentType: string, { host }: URL, { logger }: HttpDeps): string {
  const { text, isDoubtful } = decodeBody(bytes, contentType);
  if (isDoubtful) {
    logger.warn(
      { event: 'answer_garbled', host, contentType: contentType.slice(0, 100) },
      'an answer is not in the encoding that it says; letters may be wrong',
    );
  }
  return text;
}

/** Seconds or a date (RFC 9110 §10.2.3), as milliseconds from `now` on. */
function retryAfter(header: string | null, now: number): { retryAfter?: number } {
  if (header === null) return {};
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? {} : { retryAfter: Math.max(wait, 0) };
}
