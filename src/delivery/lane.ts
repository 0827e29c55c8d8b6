import type { Clock } from '../base/clock.js';
import { messageOf, PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import type { Message } from '../digest/mime.js';
import type { ClaimedMail } from './delivery.js';
import { GATE_CODES, type Gate, type Trouble } from './gate.js';
import type { MailQueue, Work } from './mail-queue.js';
import type { Outcome } from './outcome.js';
import { lossDelay, retryDelay } from './retry.js';
import type { SmtpServer, SmtpSession } from './smtp.js';

export interface LaneDeps {
  smtp: SmtpServer;
  /** Address of the envelope's sender, to which bounces go. */
  envelopeFrom: string;
  worker: string;
  clock: Clock;
  random: Random;
  logger: Logger;
  queue: MailQueue;
  gate: Gate;
  /** Aborts what is still under way when the time to drain is over. */
  cut: AbortSignal;
}

/** When a mail that could not be made is tried again, while others go on. */
const COMPOSE_AGAIN = 60_000;
/** An idle connection is given up before servers tire of it. */
const IDLE_LIMIT = 5_000;

/** One connection to the SMTP server and the mails that go over it, one after another. */
export class Lane {
  readonly #deps: LaneDeps;
  #session: SmtpSession | undefined;
  #lastUsed: number;
  /** The end of the last mail on its way into the ledger, together with what comes next. */
  #settled: Promise<void> = Promise.resolve();

  constructor(deps: LaneDeps) {
    this.#deps = deps;
    this.#lastUsed = deps.clock.steady();
  }

  /**
   * One try at one mail.
   * @returns whether the server said something about it.
   * @throws what the store throws, and `template_fault`
   */
  async attempt(work: Work): Promise<boolean> {
    const { mail, commit } = work;
    const { envelopeFrom, cut, queue, clock, logger } = this.#deps;
    let settling = false;
    try {
      // Connecting comes first: a server that is away costs nothing.
      const session = await this.#connected(work);
      const message = session && (await this.#compose(work));
      if (!message) return false;
      const [begun] = await Promise.all([commit.begin(mail.id), this.#settled]);
      if (begun !== 'sending') return false;
      const outcome = await session.send({ from: envelopeFrom, to: mail.email }, message);
      this.#lastUsed = clock.steady();
      const slowed = queue.note(work, outcome);
      if (slowed) logger.warn({ domain: slowed, reply: outcome.reply }, 'domain slowed');
      // Cut off by our own stop: the lease will tell, and no lost reply is counted (rule 4).
      if (outcome.kind === 'uncertain' && cut.aborted) {
        commit.abandon();
        return false;
      }
      const answered = this.#report(work, outcome);
      const retryIn = this.#retryIn(mail, outcome);
      settling = true;
      this.#settled = commit
        .settle({ id: mail.id, outcome, retryIn })
        .finally(() => queue.done(work));
      // Whoever waits for it next gets the failure; nobody must miss it meanwhile.
      this.#settled.catch(() => undefined);
      return answered;
    } finally {
      if (!settling) queue.done(work);
    }
  }

  /** Resolves when the end of the last mail is in the ledger. */
  settled(): Promise<void> {
    return this.#settled;
  }

  /** Whether a connection is open. */
  get connected(): boolean {
    return this.#session?.usable ?? false;
  }

  closeIfIdle(): void {
    if (this.#deps.clock.steady() - this.#lastUsed > IDLE_LIMIT) this.close();
  }

  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  async #connected({ mail, outbox }: Work): Promise<SmtpSession | undefined> {
    if (this.#session?.usable) return this.#session;
    // What was sent must be known before a connection is waited for.
    await this.#settled;
    try {
      this.#session = await this.#deps.smtp.open(this.#deps.cut);
      return this.#session;
    } catch (error) {
      this.#session = undefined;
      this.#pause(troubleOf(error));
      await outbox.release(this.#deps.worker, [mail.id]);
      return undefined;
    }
  }

  /**
   * One mail that can't be made must not hold up the others. Trouble with the store or with a
   * template is everybody's, and ends the run.
   */
  async #compose({ mail, outbox, compose }: Work): Promise<Message | undefined> {
    const { worker, logger } = this.#deps;
    try {
      return await compose();
    } catch (error) {
      if (hasCode(error, 'store_')) throw error;
      if (hasCode(error, 'template_fault')) {
        await outbox.release(worker, [mail.id]);
        throw error;
      }
      logger.error({ id: mail.id, reason: messageOf(error) }, 'a mail could not be made');
      await outbox.postpone(mail.id, worker, COMPOSE_AGAIN);
      return undefined;
    }
  }

  #retryIn(mail: ClaimedMail, outcome: Outcome): number {
    const { gate, random } = this.#deps;
    return outcome.kind === 'unsent' && outcome.lost
      ? lossDelay(mail.lostConnections + 1, gate.losing, random)
      : retryDelay(mail.attempts + 1, random);
  }

  #report({ mail, key }: Work, outcome: Outcome): boolean {
    const { logger, gate } = this.#deps;
    const facts = { id: mail.id, subscriber: mail.subscriberId, reply: outcome.reply };
    if (outcome.kind === 'accepted') logger.debug(facts, 'mail accepted');
    else logger.warn(facts, `mail ${outcome.kind}`);
    // An ending without a reply about the mail is the server's trouble, and any reply its end.
    const answered = outcome.kind !== 'unsent' && outcome.kind !== 'uncertain';
    if (answered) gate.open();
    else if (outcome.kind === 'unsent' && !outcome.lost) {
      this.#pause({ code: 'smtp_refused', reason: outcome.reply });
    } else this.#pause({ code: 'smtp_lost', reason: outcome.reply }, key);
    return answered;
  }

  /** @param lostOver the key of the mail over which the connection was lost, if it was */
  #pause(trouble: Trouble, lostOver?: string): void {
    const { gate, logger } = this.#deps;
    const wait = lostOver === undefined ? gate.close(trouble) : gate.lose(trouble, lostOver);
    if (wait !== null) logger.warn({ ...trouble, wait }, 'sending paused');
  }
}

function troubleOf(error: unknown): Trouble {
  const known = GATE_CODES.find((code) => hasCode(error, code));
  return { code: known ?? 'smtp_unreachable', reason: messageOf(error) };
}

export function hasCode(error: unknown, beginning: string): boolean {
  return error instanceof PaperboyError && error.code.startsWith(beginning);
}
