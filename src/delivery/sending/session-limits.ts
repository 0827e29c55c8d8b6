/** Ends at the same number of mails after which that number is taken for the server's limit. */
const SURE = 3;
/** Sessions that end by a learned limit before more is tried. */
const TRY_MORE_AFTER = 20;
const TRY_MORE = 1.5;

/**
 * How many mails a connection gets: what is set, or fewer where the server ends connections after
 * a number of its own. Asking it for one more costs a connection lost each time.
 */
export class SessionLimits {
  readonly #set: number;
  #limit: number;
  /** How many mails connections had when the server ended them, the last few. */
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

  /** The server ended a connection that had had so many mails. */
  endedAt(mails: number): void {
    if (mails < 1) return;
    this.#ends = [...this.#ends, mails].slice(-SURE);
    // What the server ends by time or by chance ends at another number each time.
    const [first] = this.#ends;
    if (this.#ends.length === SURE && first !== undefined && this.#ends.every((n) => n === first)) {
      this.#limit = Math.min(first, this.#set);
      this.#full = 0;
    }
  }

  /** A connection was closed by us since it was full. */
  closedFull(): void {
    if (this.#limit === this.#set || ++this.#full < TRY_MORE_AFTER) return;
    this.#full = 0;
    this.#limit = Math.min(Math.ceil(this.#limit * TRY_MORE), this.#set);
  }
}
