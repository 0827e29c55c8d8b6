import type { Clock } from '../../base/clock.js';
import { toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import type { RefusalKind } from '../outcome.js';
import type { QueuedMail } from './queued-mail.js';

/** A refusal that is taken back if it turns out to be about us. */
export interface PendingRefusal {
  queued: QueuedMail;
  reply: string;
  /** Resolves when it is in the ledger. */
  committed: Promise<void>;
}

/** Suppresses the address of a refused mail if the rules say so. */
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
 * Milliseconds after which a refusal counts even if its domain accepted nothing. Within this time five
 * equal refusals, which would be about us, come together even from a slow domain.
 */
const COUNTS_AFTER = 3_600_000;
const MOST_PENDING = 5_000;

/**
 * Suppresses addresses after refusals, but only when it is clear that these were about the readers:
 * when other mails were accepted since.
 */
export class Suppressor {
  readonly #deps: SuppressorDeps;
  #pending: Pending[] = [];
  /** Whether any mail was accepted. Before that, a wrong server may be answering. */
  #anyAccepted = false;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: SuppressorDeps) {
    this.#deps = deps;
  }

  noteRefused(refused: PendingRefusal, meaning: RefusalKind): void {
    if (this.#pending.length >= MOST_PENDING) this.#pending.shift();
    this.#pending.push({ refused, meaning, at: this.#deps.clock.steady() });
  }

  /** A mail was accepted, so earlier refusals of its domain were about the readers. */
  noteAccepted(domain: string): void {
    this.#anyAccepted = true;
    if (this.#pending.length > 0) this.#act(({ refused }) => refused.queued.domain === domain);
  }

  /** Takes back refusals that turned out to be about us, except those that were acted upon. */
  takeBack(refusals: readonly PendingRefusal[]): void {
    const meant = new Set(refusals);
    const back = this.#pending.map(({ refused }) => refused).filter((one) => meant.has(one));
    this.#pending = this.#pending.filter(({ refused }) => !meant.has(refused));
    this.#working = this.#working.then(() => this.#undo(back));
  }

  /** Acts on refusals that nothing has contradicted for an hour, or with `all` on every refusal. */
  async flush(all = false): Promise<void> {
    const before = this.#deps.clock.steady() - COUNTS_AFTER;
    if (this.#anyAccepted) this.#act(({ at }) => all || at <= before);
    await this.#working;
  }

  /** Acts in the background: the ends of attempts are written first. */
  #act(isMeant: (pending: Pending) => boolean): void {
    const meant = this.#pending.filter(isMeant);
    if (meant.length === 0) return;
    this.#pending = this.#pending.filter((pending) => !meant.includes(pending));
    this.#working = this.#working.then(() => this.#suppressAll(meant));
  }

  async #suppressAll(meant: readonly Pending[]): Promise<void> {
    const { suppress, logger } = this.#deps;
    for (const { refused, meaning } of meant) {
      const { mail } = refused.queued;
      try {
        await refused.committed;
        const { subscriberId, email } = mail;
        await suppress({ subscriberId, email, reply: refused.reply, meaning });
      } catch (error) {
        // The refusal is in the ledger, so the next one of this address decides again.
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
      await Promise.all(refusals.map(({ committed }) => committed));
      for (const { queued } of refusals) await queued.outbox.takeBack([queued.mail.id]);
    } catch (error) {
      const facts = { mails: refusals.length, reason: toErrorMessage(error) };
      logger.error(
        { event: 'take_back_failed', ...facts },
        'refusals that were about us could not be taken back',
      );
    }
  }
}
