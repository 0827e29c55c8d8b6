import { aborted } from '../base/abort.js';
import type { Clock } from '../base/clock.js';
import { messageOf, PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import type { Composer } from './compose.js';
import type { ClaimedDelivery, ClaimedMail, ClaimedNotice } from './delivery.js';
import { Gate } from './gate.js';
import type { Notices, Outbox } from './ledger.js';
import type { Outcome } from './outcome.js';
import { retryDelay } from './retry.js';
import type { SmtpServer, SmtpSession } from './smtp.js';

export interface SenderDeps {
  notices: Notices;
  /** The whole ledger, or the part of it that is to be sent. */
  deliveries: Outbox<ClaimedDelivery>;
  composer: Composer;
  smtp: SmtpServer;
  /** Address of the envelope's sender, to which bounces go. */
  envelopeFrom: string;
  connections: number;
  /** This sender's name in the ledger, its own among all that ever lived. */
  worker: string;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/** A mail together with what moves and makes it. */
interface Work {
  /** Its name among all that are under way. */
  key: string;
  mail: ClaimedMail;
  outbox: Pick<Outbox<ClaimedMail>, 'begin' | 'postpone' | 'release' | 'settle'>;
  compose: () => Promise<Buffer>;
}

type Finished = (idleFor: number) => Promise<boolean>;

/** Mails claimed ahead for each connection: enough to keep it busy, few enough to give back. */
const AHEAD = 4;
const RENEW_EVERY = 10_000;
/** When a mail that could not be made is tried again, while others go on. */
const COMPOSE_AGAIN = 60_000;
/** How often the outboxes are asked when nothing waits and nobody knocks. */
const POLL = 1_000;
/** How long mails under way may take once sending is to stop. */
const DRAIN_LIMIT = 20_000;
/** An idle connection is given up before servers tire of it. */
const IDLE_LIMIT = 5_000;

/**
 * Takes mails out of the outboxes and sends them, several connections side by side, notices ahead
 * of digests. Everything it does to a mail is written in the ledger first; it keeps no state that
 * matters.
 */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #gate: Gate;
  readonly #queue: Work[] = [];
  readonly #sessions = new Set<SmtpSession>();
  #refilling: Promise<void> | undefined;
  /** Until then the outboxes are known to be empty. */
  #emptyUntil = 0;
  readonly #inFlight = new Set<string>();
  /** Aborts what is still under way when the time to drain is over. */
  readonly #cut = new AbortController();
  #lastSent: number;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#gate = new Gate(deps.clock, deps.random);
    this.#lastSent = deps.clock.now();
  }

  /** Why sending waits, `null` while it does not. */
  get trouble(): string | null {
    return this.#gate.trouble;
  }

  /**
   * Sends until `signal` aborts, then finishes what is under way and gives the rest back.
   * @param finished asked about once a second while nothing can be sent, with the milliseconds
   *   since something was; `true` ends the run
   * @throws whatever the store throws, since without the ledger nothing may be sent, and
   *   `template_fault`
   */
  async run(signal: AbortSignal, finished: Finished): Promise<void> {
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    const renewal = new AbortController();
    const renewing = Promise.allSettled([
      this.#renewLeases(renewal.signal).catch((error: unknown) => {
        stop.abort();
        throw error;
      }),
    ]);
    const lanes = Array.from({ length: this.#deps.connections }, (_, index) =>
      this.#lane(stopped, async () => {
        // One lane asks for all of them.
        if (index > 0 || this.#inFlight.size > 0) return;
        if (await finished(this.#deps.clock.now() - this.#lastSent)) stop.abort();
      }).catch((error: unknown) => {
        stop.abort();
        throw error;
      }),
    );
    const draining = this.#limitDrain(stopped, renewal.signal);
    const ends = await Promise.allSettled(lanes);
    renewal.abort();
    await draining;
    ends.push(...(await renewing));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure && !hasCode(failure.reason, 'template_fault')) throw failure.reason;
    await this.#giveBack();
    if (failure) throw failure.reason;
  }

  async #lane(stopped: AbortSignal, onIdle: () => Promise<void>): Promise<void> {
    const { clock } = this.#deps;
    let session: SmtpSession | undefined;
    let idleSince = clock.now();
    try {
      while (!stopped.aborted) {
        const work = this.#gate.closed ? undefined : await this.#next();
        if (work) {
          session = await this.#attempt(work, session);
          idleSince = clock.now();
          continue;
        }
        if (clock.now() - idleSince > IDLE_LIMIT) session = closed(session);
        await onIdle();
        await clock.sleep(POLL, stopped);
      }
    } finally {
      closed(session);
    }
  }

  async #next(): Promise<Work | undefined> {
    const { clock } = this.#deps;
    if (this.#queue.length === 0 && clock.now() >= this.#emptyUntil) {
      this.#refilling ??= this.#refill().finally(() => {
        this.#refilling = undefined;
      });
      await this.#refilling;
      if (this.#queue.length === 0) this.#emptyUntil = clock.now() + POLL / 2;
    }
    return this.#queue.shift();
  }

  async #refill(): Promise<void> {
    const { notices, deliveries, composer, worker, connections } = this.#deps;
    const limit = connections * AHEAD;
    const waiting: ClaimedNotice[] = await notices.claim(worker, limit);
    for (const mail of waiting) {
      await this.#enqueue({
        key: `notice ${mail.id}`,
        mail,
        outbox: notices,
        compose: () => composer.notice(mail),
      });
    }
    if (waiting.length === limit) return;
    for (const mail of await deliveries.claim(worker, limit - waiting.length)) {
      await this.#enqueue({
        key: `delivery ${mail.id}`,
        mail,
        outbox: deliveries,
        compose: () => composer.delivery(mail),
      });
    }
  }

  /** A mail whose lease ran out while it is still on the wire here must not be sent beside itself. */
  async #enqueue(work: Work): Promise<void> {
    if (this.#inFlight.has(work.key)) await work.outbox.release(this.#deps.worker, [work.mail.id]);
    else this.#queue.push(work);
  }

  /** One try at one mail. Connecting comes first: a server that is away costs nothing. */
  async #attempt(work: Work, open: SmtpSession | undefined): Promise<SmtpSession | undefined> {
    const { mail, outbox } = work;
    const { worker, envelopeFrom, random, clock } = this.#deps;
    this.#inFlight.add(work.key);
    let session = open;
    try {
      session = await this.#connected(open);
      if (!session) {
        await outbox.release(worker, [mail.id]);
        return undefined;
      }
      const message = await this.#compose(work);
      if (!message || (await outbox.begin(mail.id, worker)) !== 'sending') return session;
      this.#lastSent = clock.now();
      const outcome = await session.send({ from: envelopeFrom, to: mail.email }, message);
      // Cut off by our own stop: the lease will tell, and no lost reply is counted (rule 4).
      if (outcome.kind === 'uncertain' && this.#cut.signal.aborted) return undefined;
      const retryAt = clock.now() + retryDelay(mail.attempts + 1, random);
      await outbox.settle(mail.id, worker, outcome, retryAt);
      this.#report(mail, outcome);
      return session.usable ? session : undefined;
    } catch (error) {
      closed(session);
      throw error;
    } finally {
      this.#inFlight.delete(work.key);
    }
  }

  /**
   * One mail that can't be made must not hold up the others. Trouble with the store or with a
   * template is everybody's, and ends the run.
   */
  async #compose({ mail, outbox, compose }: Work): Promise<Buffer | undefined> {
    const { worker, clock, logger } = this.#deps;
    try {
      return await compose();
    } catch (error) {
      if (hasCode(error, 'store_')) throw error;
      if (hasCode(error, 'template_fault')) {
        await outbox.release(worker, [mail.id]);
        throw error;
      }
      logger.error({ id: mail.id, reason: messageOf(error) }, 'a mail could not be made');
      await outbox.postpone(mail.id, worker, clock.now() + COMPOSE_AGAIN);
      return undefined;
    }
  }

  async #connected(open: SmtpSession | undefined): Promise<SmtpSession | undefined> {
    if (open?.usable) return open;
    try {
      const session = await this.#deps.smtp.open(this.#cut.signal);
      for (const known of this.#sessions) if (!known.usable) this.#sessions.delete(known);
      this.#sessions.add(session);
      return session;
    } catch (error) {
      this.#pause(messageOf(error));
      return undefined;
    }
  }

  #report(mail: ClaimedMail, outcome: Outcome): void {
    const { logger } = this.#deps;
    const facts = { id: mail.id, subscriber: mail.subscriberId, reply: outcome.reply };
    if (outcome.kind === 'accepted') logger.debug(facts, 'mail accepted');
    else logger.warn(facts, `mail ${outcome.kind}`);
    // An ending without a reply about the mail is the server's trouble, and any reply its end.
    if (outcome.kind === 'unsent' || outcome.kind === 'uncertain') this.#pause(outcome.reply);
    else this.#gate.open();
  }

  #pause(reason: string): void {
    const wait = this.#gate.close(reason);
    if (wait !== null) this.#deps.logger.warn({ reason, wait }, 'sending paused');
  }

  /** A server that does not answer must not keep the process: what it holds is uncertain then. */
  async #limitDrain(stopped: AbortSignal, drained: AbortSignal): Promise<void> {
    await aborted(AbortSignal.any([stopped, drained]));
    await this.#deps.clock.sleep(DRAIN_LIMIT, drained);
    this.#cut.abort();
    for (const session of this.#sessions) session.close();
  }

  async #renewLeases(signal: AbortSignal): Promise<void> {
    const { notices, deliveries, worker, clock } = this.#deps;
    for (;;) {
      await clock.sleep(RENEW_EVERY, signal);
      if (signal.aborted) return;
      await notices.renew(worker);
      await deliveries.renew(worker);
    }
  }

  async #giveBack(): Promise<void> {
    for (const { mail, outbox } of this.#queue.splice(0)) {
      await outbox.release(this.#deps.worker, [mail.id]);
    }
  }
}

function hasCode(error: unknown, beginning: string): boolean {
  return error instanceof PaperboyError && error.code.startsWith(beginning);
}

function closed(session: SmtpSession | undefined): undefined {
  session?.close();
  return undefined;
}
