/** After so many ends at the same number of mails, that number is taken for the server's limit. */
const SURE = 3;
/** Sessions at a learned limit before more mails are tried. */
const TRY_MORE_AFTER = 20;
const TRY_MORE = 1.5;

/**
 * How many mails a connection gets: as set, or fewer if the server ends connections after a number of
 * its own. Trying one more costs a lost connection each time.
 */
export class SessionLimits {
  readonly #set: number;
  #limit: number;
  /** The numbers of mails at which the server ended the last connections. */
  #ends: number[] = [];
  #full = 0;

  /** @param set mails a connection by the settings */
  constructor(set: number) {
    this.#set = set;
    this.#limit = set;
  }

  /** Mails that a connection may get now. */
  get limit(): number {
    return this.#limit;
  }

  /** The server ended a connection after so many mails. */
  endedAt(mails: number): void {
    if (mails < 1) return;
    this.#ends = [...this.#ends, mails].slice(-SURE);
    // A server that ends connections by time or by chance does so at different numbers.
    const [first] = this.#ends;
    if (this.#ends.length === SURE && first !== undefined && this.#ends.every((n) => n === first)) {
      this.#limit = Math.min(first, this.#set);
      this.#full = 0;
    }
  }

  /** The sender closed a connection that had reached the limit. */
  closedFull(): void {
    if (this.#limit === this.#set || ++this.#full < TRY_MORE_AFTER) return;
    this.#full = 0;
    this.#limit = Math.min(Math.ceil(this.#limit * TRY_MORE), this.#set);
  }
}
