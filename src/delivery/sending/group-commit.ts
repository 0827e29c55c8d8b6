import type { Clock } from '../../base/clock.js';
import { toErrorCode, toErrorMessage } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import { TIMING, type Timing } from '../../base/timing.js';
import type { ClaimedMail } from '../delivery.js';
import type { Beginning, Begun, DeliveryResult, Outbox } from '../ledger.js';

export interface GroupCommitDeps {
  worker: string;
  clock: Clock;
  logger: Logger;
  /** Production's when left out. */
  timing?: Timing;
}

interface Batch {
  results: DeliveryResult[];
  begin: Beginning[];
  /** Writes it without waiting for more. */
  close(): void;
  closed: Promise<void>;
  /** The results of `begin`; rejects as soon as the store refuses. */
  begun: Promise<ReadonlyMap<number, Begun>>;
  /** Resolves when the results are durable; rejects when the store has refused them for long. */
  committed: Promise<void>;
}

/**
 * Milliseconds that a batch waits for mails that are on the wire: short compared with a server's reply,
 * long compared with a disk write. Writing at the end of each tick of the event loop was tried: two
 * rows a commit instead of seven, and half as many mails a second.
 */
const GATHER = 2;

const BETWEEN_TRIES = 1_000;

/**
 * Gathers what several connections write at about the same time into one durable commit, since waiting
 * for the disk costs the same for one row as for ten. Batches are written in order, so the next mail
 * of a connection never begins before the end of its last one is durable. Each connection has at most
 * one mail in a batch (ledger rule 3).
 *
 * When the store refuses a batch, the results are written again for a while. If they were lost, the
 * mails would be sent again. Nothing is begun meanwhile.
 */
export class GroupCommit {
  readonly #outbox: Pick<Outbox<ClaimedMail>, 'advance'>;
  readonly #worker: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limit: number;
  /** Since when the store refuses. */
  #refusedSince: number | undefined;
  /** Mails that were begun and have not ended. */
  #onTheWire = 0;
  #open: Batch | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    outbox: Pick<Outbox<ClaimedMail>, 'advance'>,
    { worker, clock, logger, timing = TIMING }: GroupCommitDeps,
  ) {
    this.#outbox = outbox;
    this.#worker = worker;
    this.#clock = clock;
    this.#logger = logger;
    this.#limit = timing.commitLimit;
  }

  /** Writes the end of an attempt. Resolves once it is durable; rejects if the store refuses for long. */
  async end(result: DeliveryResult): Promise<void> {
    const batch = this.#batch();
    batch.results.push(result);
    this.#noteLanded(batch);
    await batch.committed;
  }

  /** Begins a mail. Resolves once that is durable; rejects if the store refuses. */
  async begin(beginning: Beginning): Promise<Begun> {
    const { id, again } = beginning;
    const batch = this.#batch();
    if (again) this.#noteLanded(batch);
    // The first one has it: a row is begun once, and only one connection may send it.
    if (batch.begin.some((other) => other.id === id)) return 'lost';
    batch.begin.push(beginning);
    return (await batch.begun).get(id) ?? 'lost';
  }

  #noteLanded(batch: Batch | undefined): void {
    this.#onTheWire--;
    if (this.#onTheWire === 0) batch?.close();
  }

  #batch(): Batch {
    if (this.#open) return this.#open;
    let close = () => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const begun = this.#last.then(() => this.#write(batch));
    const committed = begun.then(
      () => undefined,
      (error: unknown) => this.#retryCommit(batch, error),
    );
    const batch: Batch = { results: [], begin: [], close, closed, begun, committed };
    this.#open = batch;
    // A failure is reported to those who wait for this batch. The next batch is written all the same.
    this.#last = committed.catch(() => undefined);
    return batch;
  }

  /** Writes the results of a batch again that the store has refused. */
  async #retryCommit({ results }: Batch, refusal: unknown): Promise<void> {
    let error = refusal;
    const since = this.#refusedSince ?? this.#clock.steady();
    this.#refusedSince = since;
    while (results.length > 0 && toErrorCode(error)?.startsWith('store_')) {
      if (this.#clock.steady() - since >= this.#limit) break;
      const facts = { mails: results.length, reason: toErrorMessage(error) };
      this.#logger.warn(
        { event: 'results_not_written', ...facts },
        'the results of mails could not be written; trying again',
      );
      await this.#clock.sleep(BETWEEN_TRIES);
      try {
        await this.#outbox.advance(this.#worker, { results, begin: [] });
        this.#refusedSince = undefined;
        return;
      } catch (again) {
        error = again;
      }
    }
    throw error;
  }

  async #write(batch: Batch): Promise<ReadonlyMap<number, Begun>> {
    if (this.#onTheWire > 0) {
      const limit = setTimeout(batch.close, GATHER);
      await batch.closed;
      clearTimeout(limit);
    }
    // Waits a tick: a connection that has just ended one mail is about to begin another.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#open = undefined;
    const begun = await this.#outbox.advance(this.#worker, {
      results: batch.results,
      begin: batch.begin,
    });
    this.#refusedSince = undefined;
    for (const state of begun.values()) if (state === 'sending') this.#onTheWire++;
    return begun;
  }
}
