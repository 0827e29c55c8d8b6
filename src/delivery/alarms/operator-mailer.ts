import type { Clock } from '../../base/clock.js';
import { toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import { TIMING, type Timing } from '../../base/timing.js';
import { readMeaning } from '../../mail/replies/meaning.js';
import type { Reply } from '../../mail/replies/reply.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import { ConnectError } from '../../mail/smtp/smtp.js';
import type { SmtpSession } from '../../mail/smtp/smtp-session.js';
import type { Composer } from '../compose.js';
import type { Holds } from '../sending/holds.js';
import { LoginBudget } from '../sending/login-budget.js';
import { findRoutes, type Routing } from '../sending/routes.js';
import type { SenderRoute } from '../sending/sender.js';
import { toMailDomain } from '../throttle/rate-limits.js';
import type { ClaimedOperatorMail, OperatorMailEnd, OperatorOutbox } from './operator-outbox.js';

export interface OperatorMailerDeps {
  operatorMails: Pick<OperatorOutbox, 'claim' | 'end'>;
  composer(): Promise<Pick<Composer, 'operatorMail'>>;
  routes: readonly Pick<SenderRoute, 'name' | 'server'>[];
  routing: Routing;
  holds: Holds;
  envelopeFrom: string;
  /** This process's name, its own among all that use the store. */
  worker: string;
  clock: Clock;
  logger: Logger;
  /** Production's when left out. */
  timing?: Timing;
}

/** Milliseconds that an attempt may take, and the longer ones for which the mail is this process's. */
const ATTEMPT = 2 * 60_000;
const LEASE = 5 * 60_000;
const LONGEST_RETRY = 3_600_000;

/**
 * Sends the mails to the operator, one by one, over a connection of its own: when these are needed,
 * the sender may be held, paused, or busy with a million others. What becomes of them raises no alarm.
 */
export class OperatorMailer {
  readonly #deps: OperatorMailerDeps;

  constructor(deps: OperatorMailerDeps) {
    this.#deps = deps;
  }

  /** Sends what is due. */
  async deliver(signal: AbortSignal): Promise<void> {
    const { operatorMails, worker } = this.#deps;
    while (!signal.aborted) {
      const [mail] = await operatorMails.claim(worker, 1, LEASE);
      if (mail === undefined) return;
      const end = await this.#attempt(mail, signal);
      this.#log(mail, end);
      await operatorMails.end(mail.id, worker, end);
    }
  }

  /** Tries one route of its domain after the other, until a server has decided. */
  async #attempt(mail: ClaimedOperatorMail, stop: AbortSignal): Promise<OperatorMailEnd> {
    const { routes, routing, timing = TIMING } = this.#deps;
    const retryIn = Math.min(timing.firstRetry * 2 ** mail.attempts, LONGEST_RETRY);
    let end: OperatorMailEnd = { state: 'planned', reply: 'no route takes it', retryIn };
    for (const name of findRoutes(routing, toMailDomain(mail.recipient))) {
      const route = routes.find((known) => known.name === name);
      if (route === undefined) continue;
      end = await this.#attemptOver(route, mail, { stop, retryIn });
      if (end.state !== 'planned') return end;
    }
    return end;
  }

  async #attemptOver(
    route: Pick<SenderRoute, 'name' | 'server'>,
    mail: ClaimedOperatorMail,
    { stop, retryIn }: { stop: AbortSignal; retryIn: number },
  ): Promise<OperatorMailEnd> {
    const { composer, envelopeFrom } = this.#deps;
    const limit = AbortSignal.any([stop, AbortSignal.timeout(ATTEMPT)]);
    const planned = (reply: string): OperatorMailEnd => ({ state: 'planned', reply, retryIn });
    let session: SmtpSession | null = null;
    const close = () => session?.close();
    limit.addEventListener('abort', close, { once: true });
    try {
      const message = await (await composer()).operatorMail(mail);
      session = await this.#open(route, limit);
      if (session === null) return planned('too many logins were refused');
      const result = await session.send({ from: envelopeFrom, to: mail.recipient }, message);
      if (result.kind === 'accepted') return { state: 'accepted', reply: result.reply };
      if (result.kind === 'unsendable') return { state: 'refused', reply: result.reason };
      if (result.kind !== 'replied') return planned(result.reason);
      const { reply } = result;
      return isFinal(reply) ? { state: 'refused', reply: reply.text } : planned(reply.text);
    } catch (error) {
      return planned(toErrorMessage(error));
    } finally {
      limit.removeEventListener('abort', close);
      close();
    }
  }

  /** @returns `null` if too many logins were refused lately: servers ban clients that go on */
  async #open(
    { name, server }: Pick<SenderRoute, 'name' | 'server'>,
    limit: AbortSignal,
  ): Promise<SmtpSession | null> {
    const logins = new LoginBudget(this.#deps.holds, name);
    const reserved = server.login ? await logins.reserve() : null;
    if (server.login && reserved === null) return null;
    try {
      const session = await server.open(limit);
      if (reserved !== null) await logins.release(reserved);
      return session;
    } catch (error) {
      const isRefused = error instanceof ConnectError && error.code === 'smtp_login';
      if (reserved !== null && !isRefused) await logins.release(reserved);
      throw error;
    }
  }

  #log({ id, attempts }: ClaimedOperatorMail, end: OperatorMailEnd): void {
    const facts = { id, attempts: attempts + 1, reply: hideAddresses(end.reply) };
    const { logger } = this.#deps;
    switch (end.state) {
      case 'accepted':
        logger.info({ event: 'operator_mailed', ...facts }, 'a mail to the operator was accepted');
        return;
      case 'refused':
        logger.error({ event: 'operator_refused', ...facts }, 'a mail to the operator was refused');
        return;
      case 'planned':
        logger.warn({ event: 'operator_waits', ...facts }, 'a mail to the operator waits');
    }
  }
}

/** Whether it is refused for its recipient: what is about us may be over at the next try. */
function isFinal(reply: Reply): boolean {
  return reply.code >= 500 && readMeaning(reply).of === 'reader';
}
