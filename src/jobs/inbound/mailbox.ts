import { createHash } from 'node:crypto';
import { toErrorCode } from '../../base/errors.js';
import { TIMING } from '../../base/timing.js';
import { type LeaseDeps, underLease } from '../lease.js';
import {
  type MailboxDeps,
  type MailboxOptions,
  MailboxSession,
  MailFailures,
} from './mailbox-session.js';
import { toServerWords } from './server-words.js';

export type RunMailboxDeps = LeaseDeps & MailboxDeps;

const LONGEST_BACKOFF = 5 * 60_000;
/** Many servers lock out whoever tries a wrong password again and again. */
const LOGIN_BACKOFF = 15 * 60_000;
/** A connection that held so long was a good one. */
const GOOD_CONNECTION = 60_000;

/**
 * Reads a mailbox until `signal` aborts, and connects again whenever the connection is lost. Of all
 * processes on a store only one reads it; another goes on when that one has gone.
 */
export async function runMailbox(
  options: MailboxOptions,
  deps: RunMailboxDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, timing = TIMING } = deps;
  const lease = toLeaseName(options);
  const failures = new MailFailures();
  let backoff = timing.firstRestart;
  while (!signal.aborted) {
    const began = clock.steady();
    try {
      const held = await underLease(deps, lease, (lost) =>
        readOnce(options, deps, failures, AbortSignal.any([signal, lost])),
      );
      if (held === null) await clock.sleep(timing.renewEvery, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (clock.steady() - began > GOOD_CONNECTION) backoff = timing.firstRestart;
      const wait = isLoginRefused(error) ? LOGIN_BACKOFF : backoff;
      logFailure(deps, options, error, wait);
      await clock.sleep(wait, signal);
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF);
    }
  }
}

/** Reads over one connection, until it is lost or `signal` aborts. */
async function readOnce(
  options: MailboxOptions,
  deps: RunMailboxDeps,
  failures: MailFailures,
  signal: AbortSignal,
): Promise<void> {
  const { timing = TIMING } = deps;
  const session = new MailboxSession(options, deps, failures);
  // Whatever hangs then, hangs no longer.
  let limit: NodeJS.Timeout | undefined;
  const bound = () => {
    limit = setTimeout(() => session.cut(), timing.drainLimit);
  };
  signal.addEventListener('abort', bound, { once: true });
  try {
    await session.open();
    await session.run(signal);
  } finally {
    await session.close();
    signal.removeEventListener('abort', bound);
    clearTimeout(limit);
  }
}

/** The same in all processes that read this mailbox; nothing of it tells the user. */
function toLeaseName({ host, port, user, mailbox }: MailboxOptions): string {
  const facts = JSON.stringify([host, port, user, mailbox]);
  return `bounce mailbox ${createHash('sha256').update(facts).digest('hex').slice(0, 12)}`;
}

function isLoginRefused(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'authenticationFailed' in error;
}

function logFailure(
  { logger }: RunMailboxDeps,
  options: MailboxOptions,
  error: unknown,
  backoff: number,
): void {
  const { host, port } = options;
  const code = isLoginRefused(error) ? 'login_refused' : (toErrorCode(error) ?? 'unknown');
  const reason = toServerWords(error, options);
  logger.error(
    { event: 'bounce_mailbox_failed', host, port, code, reason, backoff },
    'the mailbox of BOUNCE_IMAP_URL can not be read; it is tried again',
  );
}
