import type { Clock } from '../base/clock.js';
import { codeOf, messageOf, PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';

/** How patiently a source is asked. */
export interface Patience {
  /** Tries in all, the first included. */
  tries: number;
  /** Milliseconds for one try, from the connection to the last byte. */
  timeout: number;
}

export interface HttpDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  patience: Patience;
}

/** An answer's status and its body as text. */
export interface HttpAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** Nothing that a paper source answers comes near; a larger body is a fault or an attack. */
const MAX_BODY = 32 * 1024 * 1024;
const MAX_WAIT = 60_000;

/**
 * GET with a time limit and a bounded body. 429, 5xx and network failures are tried again with
 * exponential back-off and jitter, or after what `Retry-After` asks for.
 * @throws PaperboyError `source_failed` when the last try failed too.
 */
export async function get(deps: HttpDeps, url: URL, signal?: AbortSignal): Promise<HttpAnswer> {
  const { clock, random, logger, patience } = deps;
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(url, deps, signal);
    if ('answer' in outcome) return outcome.answer;
    if (attempt >= patience.tries || signal?.aborted || !outcome.again) {
      throw new PaperboyError('source_failed', `${url.host} ${outcome.failure}.`, {
        cause: outcome.cause,
      });
    }
    const backOff = 1000 * 2 ** (attempt - 1) * (0.75 + random.fraction() / 2);
    const wait = Math.min(outcome.retryAfter ?? backOff, MAX_WAIT);
    logger.warn({ url: url.href, attempt, wait, reason: outcome.failure }, 'source asked again');
    await clock.sleep(wait, signal);
  }
}

interface Failure {
  failure: string;
  again: boolean;
  retryAfter?: number;
  cause?: unknown;
}

async function tryOnce(
  url: URL,
  { clock, patience: { timeout } }: HttpDeps,
  signal?: AbortSignal,
): Promise<{ answer: HttpAnswer } | Failure> {
  const limit = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', 'user-agent': 'Paperboy' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const body = await readBody(response);
    if (response.status === 429 || response.status >= 500) {
      return {
        failure: `answered ${response.status}`,
        again: true,
        ...retryAfter(response.headers.get('retry-after'), clock.now()),
      };
    }
    const contentType = response.headers.get('content-type') ?? '';
    return { answer: { status: response.status, contentType, body } };
  } catch (error) {
    if (error instanceof PaperboyError) return { failure: error.message, again: false };
    if (limit.aborted) return { failure: `did not answer within ${timeout / 1000} s`, again: true };
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = codeOf(cause) ?? messageOf(cause ?? error);
    return { failure: `could not be read (${reason})`, again: true, cause: error };
  }
}

/** Reads the body, giving up once it is larger than anything a source would send. */
async function readBody(response: Response): Promise<string> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > MAX_BODY) throw new PaperboyError('source_failed', 'sent more than 32 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Seconds or a date (RFC 9110 §10.2.3), as milliseconds from `now` on. */
function retryAfter(header: string | null, now: number): { retryAfter?: number } {
  if (header === null) return {};
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? {} : { retryAfter: Math.max(wait, 0) };
}
