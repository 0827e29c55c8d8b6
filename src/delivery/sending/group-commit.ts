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
  /** Ends the waiting for others. */
  close(): void;
  closed: Promise<void>;
  /** How beginning went; rejects as soon as the store refuses. */
  begun: Promise<ReadonlyMap<number, Begun>>;
  /** Resolves when the ends are durable; rejects when the store has refused them for long. */
  settled: Promise<void>;
}

/**
 * How long a batch waits for mails that are on the wire, in milliseconds. Short against a server's
 * answer, long against waiting for the disk. Writing at the end of each turn of the event loop was
 * tried: two rows a commit instead of seven, and half the mails a second.
 */
const GATHER = 2;

const BETWEEN_TRIES = 1_000;

/**
 * Gathers what several connections have to write down at about the same moment into one durable
 * write: waiting for the disk costs the same for one row as for ten. What is handed in first is
 * written first, so a connection's next mail never begins before the end of its last one is known.
 * Each connection has one mail in it at most, which keeps rule 3 of the ledger.
 *
 * What a server has answered is known here and nowhere else. When the store refuses it, it is kept
 * and written again for a while, before it is lost and the mail sent again; nothing is begun then.
 */
export class GroupCommit {
  readonly #outbox: Pick<Outbox<ClaimedMail>, 'advance'>;
  readonly #worker: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limit: number;
  /** Since when the store refuses. */
  #refusedSince: number | undefined;
  /** Mails that were begun and whose end has not been handed in. */
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

  /** Resolves once it is durable; rejects with what the store says again and again. */
  async end(result: DeliveryResult): Promise<void> {
    const batch = this.#batch();
    batch.results.push(result);
    this.#landed(batch);
    await batch.settled;
  }

  /** Resolves once it is durable; rejects with what the store says. */
  async begin(beginning: Beginning): Promise<Begun> {
    const { id, again } = beginning;
    const batch = this.#batch();
    if (again) this.#landed(batch);
    // Whoever handed it in first has it: one row is begun once, and only one may send it.
    if (batch.begin.some((other) => other.id === id)) return 'lost';
    batch.begin.push(beginning);
    return (await batch.begun).get(id) ?? 'lost';
  }

  #landed(batch: Batch | undefined): void {
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
    const settled = begun.then(
      () => undefined,
      (error: unknown) => this.#retryCommit(batch, error),
    );
    const batch: Batch = { results: [], begin: [], close, closed, begun, settled };
    this.#open = batch;
    // Whoever handed something in hears of a failure; the order of writes goes on without it.
    this.#last = settled.catch(() => undefined);
    return batch;
  }

  /** Writes the ends of a batch that the store has refused. */
  async #retryCommit({ results }: Batch, refusal: unknown): Promise<void> {
    let error = refusal;
    const since = this.#refusedSince ?? this.#clock.steady();
    this.#refusedSince = since;
    while (results.length > 0 && toErrorCode(error)?.startsWith('store_')) {
      if (this.#clock.steady() - since >= this.#limit) break;
      const facts = { mails: results.length, reason: toErrorMessage(error) };
      this.#logger.warn(
        { event: 'results_not_written', ...facts },
        'what became of mails could not be written, and is tried again',
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
    // A connection that has just ended one mail is about to begin another.
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
