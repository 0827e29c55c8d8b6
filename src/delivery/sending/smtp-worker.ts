import type { Clock } from '../../base/clock.js';
import { hasCode, toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { Message } from '../../mail/mime.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import type { ReturnPaths } from '../../mail/return-path.js';
import type { SmtpResult } from '../../mail/smtp/smtp-result.js';
import type { SmtpSession } from '../../mail/smtp/smtp-session.js';
import type { Outcome } from '../outcome.js';
import type { Judge } from './judge.js';
import type { MailQueue } from './mail-queue.js';
import type { QueuedMail } from './queued-mail.js';
import type { Relay } from './relay.js';
import type { Verdict } from './verdict.js';

export interface SmtpWorkerDeps {
  relay: Relay;
  judge: Judge;
  /** What stands in the envelopes of mails, to which bounces go. */
  returnPaths: Pick<ReturnPaths, 'build'>;
  /** The sender's name in the ledger. */
  worker: string;
  clock: Clock;
  logger: Logger;
  queue: MailQueue;
  /** Aborts mails that are under way when the time to drain is over. */
  cutOff: AbortSignal;
}

/** Milliseconds until a mail that could not be composed is tried again. */
const COMPOSE_AGAIN = 60_000;
/** Milliseconds after which a connection counts as idle. */
const IDLE = 1_000;
/** Milliseconds after which an idle connection is closed, before the server does so. */
const IDLE_LIMIT = 5_000;

/** Sends mails over one SMTP connection, one after another. */
export class SmtpWorker {
  readonly relay: Relay;
  readonly #deps: SmtpWorkerDeps;
  #session: SmtpSession | undefined;
  #lastUsed: number;
  /** Since when it waits for a reply, by the steady clock. */
  #waitingSince: number | undefined;
  /** Resolves when the end of the last mail is in the ledger. */
  #committed: Promise<void> = Promise.resolve();

  constructor(deps: SmtpWorkerDeps) {
    this.#deps = deps;
    this.relay = deps.relay;
    this.#lastUsed = deps.clock.steady();
  }

  /**
   * Attempts one mail.
   * @returns whether the reader's server has decided about it
   * @throws what the store throws, and `template_fault`
   */
  async attempt(queued: QueuedMail): Promise<boolean> {
    const { queue } = this.#deps;
    let over = false;
    try {
      // Connects first, so that an unreachable server costs no composing.
      const session = await this.#connected();
      if (session === null) {
        over = true;
        queue.putBack(queued);
        return false;
      }
      const result = await this.#transmit(session, queued);
      if (result === null) return false;
      over = true;
      return await this.#end(queued, result);
    } finally {
      this.#waitingSince = undefined;
      if (!over) queue.done(queued);
    }
  }

  /** Resolves when the end of the last mail is in the ledger. */
  committed(): Promise<void> {
    return this.#committed;
  }

  /** Whether the next mail can go over a connection that is open. */
  get connected(): boolean {
    return this.#session?.usable === true && !this.#isFull(this.#session);
  }

  /** Milliseconds for which a reply of the server is awaited. */
  get silentFor(): number {
    return this.#waitingSince === undefined ? 0 : this.#deps.clock.steady() - this.#waitingSince;
  }

  closeIfIdle(): void {
    if (this.#deps.clock.steady() - this.#lastUsed > IDLE_LIMIT) this.close();
  }

  close(): void {
    if (!this.#session) return;
    this.#session.close();
    this.#session = undefined;
    this.relay.closed();
  }

  /** Sends the mail; `null` if it was not begun and this sender no longer has it. */
  async #transmit(first: SmtpSession, queued: QueuedMail): Promise<SmtpResult | null> {
    const { mail, commit } = queued;
    const { relay } = this.#deps;
    const message = await this.#compose(queued);
    if (!message) return null;
    const beginning = { id: mail.id, route: relay.name, again: false };
    const [begun] = await Promise.all([commit.begin(beginning), this.#committed]);
    if (begun !== 'sending') return null;
    const had = first.mails;
    const result = await this.#send(first, queued, message);
    if (had === 0 || !saysNothing(result)) return result;
    // The connection was over, which says nothing about the mail. Tries again over a new one.
    if (endsSession(result)) relay.sessions.endedAt(had);
    this.close();
    const session = await this.#connected();
    if (session === null) return { kind: 'unconnected', reason: formatReason(result) };
    if ((await commit.begin({ ...beginning, again: true })) !== 'sending') return null;
    return this.#send(session, queued, message);
  }

  async #send(
    session: SmtpSession,
    { mail, delivery }: QueuedMail,
    message: Message,
  ): Promise<SmtpResult> {
    const { returnPaths, clock } = this.#deps;
    const returnPath = returnPaths.build(delivery ? 'd' : 'n', mail.id);
    this.#waitingSince = clock.steady();
    const result = await session.send({ ...returnPath, to: mail.email }, message);
    this.#lastUsed = clock.steady();
    this.#waitingSince = undefined;
    return result;
  }

  /** Judges the result and hands it to the ledger. */
  async #end(queued: QueuedMail, result: SmtpResult): Promise<boolean> {
    const { judge, queue, cutOff } = this.#deps;
    const verdict = await this.#toVerdict(judge, queued, result, cutOff.aborted);
    const { outcome, retryIn, refused } = verdict;
    const again = retryIn === null && outcome.kind !== 'accepted';
    queue.noteEnd(queued, outcome);
    this.#report(queued, outcome);
    this.tidy();
    this.#committed = queued.commit
      .end({ id: queued.mail.id, outcome, retryIn })
      .finally(() => queue.done(queued, { again }));
    if (refused !== null) refused.committed = this.#committed;
    // A failure is thrown to whoever awaits it next, and must not be unhandled until then.
    this.#committed.catch(() => undefined);
    return verdict.decided;
  }

  async #toVerdict(
    judge: Judge,
    queued: QueuedMail,
    result: SmtpResult,
    isCut: boolean,
  ): Promise<Verdict> {
    if (!isCut || result.kind !== 'lost') return judge.judge(queued, result);
    // The sender itself has cut the connection, so no reply was lost on the wire (rule 4).
    const outcome: Outcome = result.sent
      ? { kind: 'uncertain', reply: 'the sender stopped before the reply', cut: true }
      : { kind: 'unsent', reply: result.reason, lost: false };
    return { outcome, retryIn: result.sent ? 0 : null, decided: false, refused: null };
  }

  /** Whether it was used just now. Later, its server may have closed it for being idle. */
  get #isFresh(): boolean {
    return this.#deps.clock.steady() - this.#lastUsed < IDLE;
  }

  /** Closes a connection that can take no further mail, so that it does not count as open. */
  tidy(): void {
    const session = this.#session;
    if (!session || this.connected) return;
    if (session.usable) this.relay.sessions.closedFull();
    else if (this.#isFresh) this.relay.sessions.endedAt(session.mails);
    this.close();
  }

  async #connected(): Promise<SmtpSession | null> {
    const { relay, cutOff, clock } = this.#deps;
    this.tidy();
    if (this.#session) return this.#session;
    // Connecting may take long, so the end of the last mail is written first.
    await this.#committed;
    this.#waitingSince = clock.steady();
    const opened = await relay.connect(this, cutOff);
    this.#waitingSince = undefined;
    if (opened === null) return null;
    this.#session = opened;
    return opened;
  }

  #isFull(session: SmtpSession): boolean {
    return session.mails >= this.#deps.relay.sessions.limit;
  }

  /**
   * Composes the mail; `undefined` if that fails for this mail alone, which is then postponed. A fault
   * of the store or of a template concerns all mails and ends the run.
   */
  async #compose({ mail, outbox, compose }: QueuedMail): Promise<Message | undefined> {
    const { worker, logger } = this.#deps;
    try {
      return await compose();
    } catch (error) {
      if (hasCode(error, 'store_')) throw error;
      if (hasCode(error, 'template_fault')) {
        await outbox.release(worker, [mail.id]);
        throw error;
      }
      logger.error(
        { event: 'mail_not_composed', id: mail.id, reason: toErrorMessage(error) },
        'a mail could not be composed',
      );
      await outbox.postpone(mail.id, worker, COMPOSE_AGAIN);
      return undefined;
    }
  }

  #report({ mail }: QueuedMail, outcome: Outcome): void {
    const { logger, relay } = this.#deps;
    const facts = {
      id: mail.id,
      subscriber: mail.subscriberId,
      route: relay.name,
      reply: outcome.reply === null ? null : hideAddresses(outcome.reply),
    };
    EVENTS[outcome.kind](logger, facts);
  }
}

/** Written out, so that a search for one finds where it comes from. */
const EVENTS: Readonly<Record<Outcome['kind'], (logger: Logger, facts: object) => void>> = {
  accepted: (logger, facts) => logger.debug({ event: 'mail_accepted', ...facts }, 'mail accepted'),
  deferred: (logger, facts) => logger.warn({ event: 'mail_deferred', ...facts }, 'mail deferred'),
  refused: (logger, facts) => logger.warn({ event: 'mail_refused', ...facts }, 'mail refused'),
  uncertain: (logger, facts) =>
    logger.warn({ event: 'mail_uncertain', ...facts }, 'mail uncertain'),
  held: (logger, facts) => logger.warn({ event: 'mail_held', ...facts }, 'mail held'),
  unsent: (logger, facts) => logger.warn({ event: 'mail_unsent', ...facts }, 'mail unsent'),
};

/** Replies of a server that does not know where the conversation is (RFC 5321 §4.2.2). */
const OUT_OF_STEP = new Set([0, 500, 503]);

/**
 * Whether the result is about the connection and not about the mail, since it came before the whole
 * mail was out: servers end used connections by number, time or a restart. Over a new connection every
 * result counts.
 */
function saysNothing(result: SmtpResult): boolean {
  if (result.kind === 'replied' && result.reply.stage === 'dot') return false;
  if (endsSession(result)) return true;
  if (result.kind !== 'replied') return false;
  return result.reply.stage === 'mail' || OUT_OF_STEP.has(result.reply.code);
}

/** Whether the server has ended the session, by its reply or by closing it. */
function endsSession(result: SmtpResult): boolean {
  if (result.kind === 'lost') return !result.sent;
  if (result.kind !== 'replied') return false;
  const { code, enhanced } = result.reply;
  return code === 421 || enhanced === '4.5.3' || enhanced === '4.4.5';
}

function formatReason(result: SmtpResult): string {
  if (result.kind === 'replied') return result.reply.text;
  return result.kind === 'lost' ? result.reason : 'Connection closed';
}
