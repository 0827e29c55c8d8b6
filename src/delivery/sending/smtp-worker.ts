import type { Clock } from '../../base/clock.js';
import { PaperboyError, toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { Message } from '../../mail/mime.js';
import type { SmtpResult } from '../../mail/smtp/smtp-result.js';
import type { SmtpSession } from '../../mail/smtp/smtp-session.js';
import type { Outcome } from '../outcome.js';
import type { Judge, Verdict } from './judge.js';
import type { MailQueue, QueuedMail } from './mail-queue.js';
import type { Relay } from './relay.js';

export interface SmtpWorkerDeps {
  relay: Relay;
  judge: Judge;
  /** Address of the envelope's sender, to which bounces go. */
  envelopeFrom: string;
  /** The sender's name in the ledger. */
  worker: string;
  clock: Clock;
  logger: Logger;
  queue: MailQueue;
  /** Aborts what is still under way when the time to drain is over. */
  cut: AbortSignal;
}

/** When a mail that could not be made is tried again, while others go on. */
const COMPOSE_AGAIN = 60_000;
/** After so long a connection counts as idle. */
const IDLE = 1_000;
/** An idle connection is given up before servers tire of it. */
const IDLE_LIMIT = 5_000;

/** One connection to the SMTP server and the mails that go over it, one after another. */
export class SmtpWorker {
  readonly relay: Relay;
  readonly #deps: SmtpWorkerDeps;
  #session: SmtpSession | undefined;
  #lastUsed: number;
  /** Since when it waits for the server, by the steady clock. */
  #waitingSince: number | undefined;
  /** The end of the last mail on its way into the ledger, together with what comes next. */
  #settled: Promise<void> = Promise.resolve();

  constructor(deps: SmtpWorkerDeps) {
    this.#deps = deps;
    this.relay = deps.relay;
    this.#lastUsed = deps.clock.steady();
  }

  /**
   * One try at one mail.
   * @returns whether the reader's server has decided about it.
   * @throws what the store throws, and `template_fault`
   */
  async attempt(work: QueuedMail): Promise<boolean> {
    const { queue } = this.#deps;
    let over = false;
    try {
      // Connecting comes first: a server that is away costs nothing.
      const session = await this.#connected();
      if (session === null) {
        over = true;
        queue.putBack(work);
        return false;
      }
      const result = await this.#transmit(session, work);
      if (result === null) return false;
      over = true;
      return await this.#end(work, result);
    } finally {
      this.#waitingSince = undefined;
      if (!over) queue.done(work);
    }
  }

  /** Resolves when the end of the last mail is in the ledger. */
  committed(): Promise<void> {
    return this.#settled;
  }

  /** Whether the next mail can go over a connection that is open. */
  get connected(): boolean {
    return this.#session?.usable === true && !this.#isFull(this.#session);
  }

  /** Milliseconds for which the server has said nothing that it was asked. */
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

  /** Sends the mail; `null` where it was not even begun, and is another's again. */
  async #transmit(first: SmtpSession, work: QueuedMail): Promise<SmtpResult | null> {
    const { mail, commit } = work;
    const { relay } = this.#deps;
    const message = await this.#compose(work);
    if (!message) return null;
    const beginning = { id: mail.id, route: relay.name, again: false };
    const [begun] = await Promise.all([commit.begin(beginning), this.#settled]);
    if (begun !== 'sending') return null;
    const had = first.mails;
    const result = await this.#send(first, work, message);
    if (had === 0 || !saysNothing(result)) return result;
    // The connection was over, which says nothing of the mail: at once again over a fresh one.
    if (endsSession(result)) relay.sessions.endedAt(had);
    this.close();
    const session = await this.#connected();
    if (session === null) return { kind: 'unconnected', reason: formatReason(result) };
    if ((await commit.begin({ ...beginning, again: true })) !== 'sending') return null;
    return this.#send(session, work, message);
  }

  async #send(session: SmtpSession, { mail }: QueuedMail, message: Message): Promise<SmtpResult> {
    const { envelopeFrom, clock } = this.#deps;
    this.#waitingSince = clock.steady();
    const result = await session.send({ from: envelopeFrom, to: mail.email }, message);
    this.#lastUsed = clock.steady();
    this.#waitingSince = undefined;
    return result;
  }

  /** Judges what came of it, and hands it to the ledger. */
  async #end(work: QueuedMail, result: SmtpResult): Promise<boolean> {
    const { judge, queue, cut } = this.#deps;
    const verdict = await this.#verdict(judge, work, result, cut.aborted);
    const { outcome, retryIn, refused } = verdict;
    const again = retryIn === null && outcome.kind !== 'accepted';
    queue.noteEnd(work, outcome);
    this.#report(work, outcome);
    this.tidy();
    this.#settled = work.commit
      .end({ id: work.mail.id, outcome, retryIn })
      .finally(() => queue.done(work, { again }));
    if (refused !== null) refused.committed = this.#settled;
    // Whoever waits for it next gets the failure; nobody must miss it meanwhile.
    this.#settled.catch(() => undefined);
    return verdict.decided;
  }

  async #verdict(
    judge: Judge,
    work: QueuedMail,
    result: SmtpResult,
    isCut: boolean,
  ): Promise<Verdict> {
    if (!isCut || result.kind !== 'lost') return judge.judge(work, result);
    // Cut off by our own stop: no reply was lost on the wire, and no server is to blame (rule 4).
    const outcome: Outcome = result.sent
      ? { kind: 'uncertain', reply: 'the sender stopped before the reply', cut: true }
      : { kind: 'unsent', reply: result.reason, lost: false };
    return { outcome, retryIn: result.sent ? 0 : null, decided: false, refused: null };
  }

  /** Whether it was used just now: later its server may have ended it for being idle. */
  get #isFresh(): boolean {
    return this.#deps.clock.steady() - this.#lastUsed < IDLE;
  }

  /** Closes a connection that the next mail can't go over: it must not count as one. */
  tidy(): void {
    const session = this.#session;
    if (!session || this.connected) return;
    if (session.usable) this.relay.sessions.closedFull();
    else if (this.#isFresh) this.relay.sessions.endedAt(session.mails);
    this.close();
  }

  async #connected(): Promise<SmtpSession | null> {
    const { relay, cut, clock } = this.#deps;
    this.tidy();
    if (this.#session) return this.#session;
    // What was sent must be known before a connection is waited for.
    await this.#settled;
    this.#waitingSince = clock.steady();
    const opened = await relay.connect(this, cut);
    this.#waitingSince = undefined;
    if (opened === null) return null;
    this.#session = opened;
    return opened;
  }

  #isFull(session: SmtpSession): boolean {
    return session.mails >= this.#deps.relay.sessions.limit;
  }

  /**
   * One mail that can't be made must not hold up the others. Trouble with the store or with a
   * template is everybody's, and ends the run.
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
        'a mail could not be made',
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
      reply: outcome.reply,
    };
    if (outcome.kind === 'accepted')
      logger.debug({ event: 'mail_accepted', ...facts }, 'mail accepted');
    else logger.warn({ event: `mail_${outcome.kind}`, ...facts }, `mail ${outcome.kind}`);
  }
}

/** Replies of a server that has lost its place in the conversation (RFC 5321 §4.2.2). */
const OUT_OF_STEP = new Set([0, 500, 503]);

/**
 * Whether what ended an attempt before the whole mail was out speaks of the connection and not of the
 * mail: servers end used connections by number, time or a restart. Only what a fresh one says counts.
 */
function saysNothing(result: SmtpResult): boolean {
  if (result.kind === 'replied' && result.reply.stage === 'dot') return false;
  if (endsSession(result)) return true;
  if (result.kind !== 'replied') return false;
  return result.reply.stage === 'mail' || OUT_OF_STEP.has(result.reply.code);
}

/** Whether the server has ended the session, by word or by deed. */
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

export function hasCode(error: unknown, beginning: string): boolean {
  return error instanceof PaperboyError && error.code.startsWith(beginning);
}
