import type { Clock } from '../../base/clock.js';
import { toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { RefusalKind } from '../outcome.js';
import type { QueuedMail } from './mail-queue.js';

/** A refusal that may be taken back: it may turn out to be about us. */
export interface PendingRefusal {
  work: QueuedMail;
  reply: string;
  /** Resolves when it is in the ledger. */
  committed: Promise<void>;
}

/** Decides whether an address is to be suppressed, and does it. */
export type SuppressAfterRefusal = (refusal: {
  subscriberId: number;
  email: string;
  reply: string;
  meaning: RefusalKind;
}) => Promise<unknown>;

export interface SuppressorDeps {
  suppress: SuppressAfterRefusal;
  clock: Clock;
  logger: Logger;
}

interface Pending {
  refused: PendingRefusal;
  meaning: RefusalKind;
  at: number;
}

/**
 * After so long a refusal counts though its domain took nothing: five of the same, which would be
 * about us, have not come together, also where mails to a domain go slowly.
 */
const SETTLED_AFTER = 3_600_000;
const MOST_PENDING = 5_000;

/**
 * What refusals mean for addresses, once it is clear that they were about the readers: when others
 * have been accepted since. Until then nobody is suppressed.
 */
export class Suppressor {
  readonly #deps: SuppressorDeps;
  #pending: Pending[] = [];
  /** Whether this sender has seen a mail accepted: else a wrong server may be answering. */
  #anyAccepted = false;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: SuppressorDeps) {
    this.#deps = deps;
  }

  noteRefused(refused: PendingRefusal, meaning: RefusalKind): void {
    if (this.#pending.length >= MOST_PENDING) this.#pending.shift();
    this.#pending.push({ refused, meaning, at: this.#deps.clock.steady() });
  }

  /** A mail was accepted: refusals of its domain were about the readers. */
  noteAccepted(domain: string): void {
    this.#anyAccepted = true;
    if (this.#pending.length > 0) this.#act(({ refused }) => refused.work.domain === domain);
  }

  /** Refusals turned out to be about us; those on which was acted already stay as they are. */
  takeBack(refusals: readonly PendingRefusal[]): void {
    const meant = new Set(refusals);
    const back = this.#pending.map(({ refused }) => refused).filter((one) => meant.has(one));
    this.#pending = this.#pending.filter(({ refused }) => !meant.has(refused));
    this.#working = this.#working.then(() => this.#undo(back));
  }

  /** Acts on what nothing has contradicted for a while; `all`: on everything, at the end. */
  async flush(all = false): Promise<void> {
    const before = this.#deps.clock.steady() - SETTLED_AFTER;
    if (this.#anyAccepted) this.#act(({ at }) => all || at <= before);
    await this.#working;
  }

  /** Behind the sending: what a server has said is written down first. */
  #act(isMeant: (pending: Pending) => boolean): void {
    const meant = this.#pending.filter(isMeant);
    if (meant.length === 0) return;
    this.#pending = this.#pending.filter((pending) => !meant.includes(pending));
    this.#working = this.#working.then(() => this.#suppressAll(meant));
  }

  async #suppressAll(meant: readonly Pending[]): Promise<void> {
    const { suppress, logger } = this.#deps;
    for (const { refused, meaning } of meant) {
      const { mail } = refused.work;
      try {
        await refused.committed;
        const { subscriberId, email } = mail;
        await suppress({ subscriberId, email, reply: refused.reply, meaning });
      } catch (error) {
        // The refusal is in the ledger: the next one of this address decides anew.
        const facts = { subscriber: mail.subscriberId, reason: toErrorMessage(error) };
        logger.error(
          { event: 'suppression_failed', ...facts },
          'an address could not be suppressed',
        );
      }
    }
  }

  async #undo(refusals: readonly PendingRefusal[]): Promise<void> {
    const { logger } = this.#deps;
    try {
      await Promise.all(refusals.map(({ committed: settled }) => settled));
      for (const { work } of refusals) await work.outbox.takeBack([work.mail.id]);
    } catch (error) {
      const facts = { mails: refusals.length, reason: toErrorMessage(error) };
      logger.error(
        { event: 'take_back_failed', ...facts },
        'refusals that were about us could not be taken back',
      );
    }
  }
}
