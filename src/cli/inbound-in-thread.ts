import { PaperboyError } from '../base/errors.js';
import { hasDoors } from '../jobs/inbound/doors.js';
import { keepRunning } from '../jobs/supervise.js';
import type { Services } from '../services.js';
import type { CliContext } from './context.js';
import { toListenError } from './listen.js';
import { runThread } from './work-in-thread.js';

/** What the thread tells: that it listens, or why it can't. */
export type InboundMessage = { listening: true } | { failed: InboundFailure };

export interface InboundFailure {
  code: string;
  message: string;
  /** `null`: it is about no port. */
  port: number | null;
}

export interface InboundThread {
  /** Resolves once it has finished what was under way. */
  ended: Promise<void>;
}

/**
 * Takes mails that come back in a thread of its own, where any door is set up, until `signal` aborts:
 * reading what a stranger has sent must hold up neither the pages nor the sender.
 * @returns once it listens
 * @throws PaperboyError `port_taken`, `not_listening`
 */
export async function startInbound(
  { config, clock, logger, timing }: Services,
  { environment }: CliContext,
  signal: AbortSignal,
): Promise<InboundThread> {
  if (!hasDoors(config.inboundDoors)) return { ended: Promise.resolve() };
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  let first: InboundMessage | undefined;
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const run = () =>
    runThread<InboundMessage>('inbound-thread.js', { environment, timing }, until, (message) => {
      first ??= message;
      tell();
    });
  const ended = keepRunning(
    'thread of mails that come back',
    run,
    { clock, logger, timing },
    until,
  );
  await Promise.race([told, ended]);
  if (first !== undefined && 'failed' in first) {
    stop.abort();
    await ended;
    throw toFailure(first.failed, config.inboundDoors);
  }
  return { ended };
}

function toFailure(
  { code, message, port }: InboundFailure,
  { host, lmtpPort }: Services['config']['inboundDoors'],
): PaperboyError {
  if (port === null) return new PaperboyError(code, message);
  const setting = port === lmtpPort ? 'BOUNCE_LMTP_PORT' : 'BOUNCE_PORT';
  return toListenError(code, { host, port, setting, hostSetting: 'BOUNCE_HOST' });
}
