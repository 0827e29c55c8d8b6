import type { ClaimedMail } from './delivery.js';
import type { Begun, Outbox, Settlement } from './ledger.js';

interface Batch {
  settle: Settlement[];
  begin: number[];
  /** Ends the waiting for others. */
  close(): void;
  closed: Promise<void>;
  done: Promise<ReadonlyMap<number, Begun>>;
}

/**
 * How long a batch waits for mails that are on the wire, in milliseconds. Short against a server's
 * answer, long against waiting for the disk. Writing at the end of each turn of the event loop was
 * tried: two rows a commit instead of seven, and half the mails a second.
 */
const GATHER = 2;

/**
 * Gathers what several connections have to write down at about the same moment into one durable
 * write: waiting for the disk costs the same for one row as for ten. What is handed in first is
 * written first, so a connection's next mail never begins before the end of its last one is known.
 * Each connection has one mail in it at most, which keeps rule 3 of the ledger.
 */
export class GroupCommit {
  readonly #outbox: Pick<Outbox<ClaimedMail>, 'advance'>;
  readonly #worker: string;
  /** Mails that were begun and whose end has not been handed in. */
  #onTheWire = 0;
  #open: Batch | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(outbox: Pick<Outbox<ClaimedMail>, 'advance'>, worker: string) {
    this.#outbox = outbox;
    this.#worker = worker;
  }

  /** Resolves once it is durable; rejects with what the store says. */
  async settle(settlement: Settlement): Promise<void> {
    const batch = this.#batch();
    batch.settle.push(settlement);
    this.#landed(batch);
    await batch.done;
  }

  /** Says that a mail's end will not be known here: its lease will run out. */
  abandon(): void {
    this.#landed(this.#open);
  }

  /** Resolves once it is durable; rejects with what the store says. */
  async begin(id: number): Promise<Begun> {
    const batch = this.#batch();
    // Whoever handed it in first has it: one row is begun once, and only one may send it.
    if (batch.begin.includes(id)) return 'lost';
    batch.begin.push(id);
    return (await batch.done).get(id) ?? 'lost';
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
    const done = this.#last.then(() => this.#write(batch));
    const batch: Batch = { settle: [], begin: [], close, closed, done };
    this.#open = batch;
    // Whoever handed something in hears of a failure; the order of writes goes on without it.
    this.#last = done.catch(() => undefined);
    return batch;
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
      settle: batch.settle,
      begin: batch.begin,
    });
    for (const state of begun.values()) if (state === 'sending') this.#onTheWire++;
    return begun;
  }
}
