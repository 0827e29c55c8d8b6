import {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { toErrorCode, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';

interface RequestLogging {
  loggerInstance: FastifyBaseLogger;
  logController: LogController;
  genReqId(): string;
}

/** Fastify's options for its log, and for the names that requests have in it. */
export function requestLogging(logger: Logger, random: Random): RequestLogging {
  const process = random.bytes(3).toString('hex');
  let count = 0;
  return {
    loggerInstance: new ServerLog(logger),
    logController: new RequestLog(logger),
    genReqId: () => `${process}-${(++count).toString(36)}`,
  };
}

/**
 * What is said of a request in the log. The route's pattern stands for its address, which may hold
 * a reader's token; of the client nothing is said.
 */
export function requestFacts(request: FastifyRequest) {
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
  };
}

/** A line for each request, at `debug`, once it is answered. */
class RequestLog extends LogController {
  readonly #logger: Logger;
  readonly #isWatched: boolean;

  constructor(logger: Logger) {
    super();
    this.#logger = logger;
    this.#isWatched = logger.level === 'debug' || logger.level === 'trace';
  }

  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    if (!this.#isWatched) return;
    const facts = {
      ...requestFacts(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    if (error) this.#logger.debug({ event: 'client_gone', ...facts }, 'the client has hung up');
    else this.#logger.debug({ event: 'request', ...facts }, 'request answered');
  }

  /** An answer broke off after its headers were sent; that the client has gone is no fault of ours. */
  override streamError(error: Error, request: FastifyRequest): void {
    const facts = requestFacts(request);
    if (toErrorCode(error) === 'ERR_STREAM_PREMATURE_CLOSE') {
      this.#logger.debug({ event: 'client_gone', ...facts }, 'the client has hung up');
      return;
    }
    const reason = toErrorMessage(error);
    this.#logger.error({ event: 'request_failed', ...facts, reason }, 'request failed');
  }

  override defaultErrorLog(): void {}
  override routeNotFound(): void {}

  override writeHeadError(error: Error, request: FastifyRequest): void {
    const reason = toErrorMessage(error);
    const facts = requestFacts(request);
    this.#logger.error({ event: 'request_failed', ...facts, reason }, 'request failed');
  }

  override serializerError(error: Error, request: FastifyRequest): void {
    this.writeHeadError(error, request);
  }

  override serviceUnavailable(): void {}
}

/**
 * What Fastify says of itself. Its sentences may quote addresses, so only the code and the place of a
 * fault are passed on.
 */
class ServerLog implements FastifyBaseLogger {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get level(): string {
    return this.#logger.level;
  }

  /** Requests have lines of their own, so nothing has to be tied to them here. */
  child(): this {
    return this;
  }

  fatal = (what: unknown): void => this.#fault(what);
  error = (what: unknown): void => this.#fault(what);
  warn = (what: unknown): void => {
    this.#logger.warn({ event: 'web_warning', ...toFaultFacts(what) }, 'the web server warns');
  };
  info = (): void => {};
  debug = (): void => {};
  trace = (): void => {};
  silent = (): void => {};

  #fault(what: unknown): void {
    const facts = toFaultFacts(what);
    this.#logger.error({ event: 'web_fault', ...facts }, 'the web server reports a fault');
  }
}

function toFaultFacts(what: unknown) {
  const error = typeof what === 'object' && what !== null && 'err' in what ? what.err : what;
  return { code: toErrorCode(error), frames: toFrames(error) };
}

function toFrames(error: unknown): string[] | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
}
