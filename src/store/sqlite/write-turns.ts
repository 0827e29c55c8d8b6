/** One writer at a time, first come, first served. */
export class WriteTurns {
  readonly #writers: (() => void)[] = [];
  #readers: (() => void)[] = [];
  #taken = false;
  #isStuck = false;

  /** Whether nobody writes or waits to. */
  get isFree(): boolean {
    return !this.#taken;
  }

  async take(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#writers.push(resolve));
    this.#taken = true;
  }

  give(): void {
    this.#isStuck = false;
    this.#wakeReaders();
    const next = this.#writers.shift();
    if (next) next();
    else this.#taken = false;
  }

  /** Says of whoever has the turn whether another program keeps them from writing. */
  stick(isStuck: boolean): void {
    this.#isStuck = isStuck;
    if (isStuck) this.#wakeReaders();
  }

  /** Until what is being written is committed; not at all where another program keeps it waiting. */
  async passed(): Promise<void> {
    if (!this.#taken || this.#isStuck) return;
    await new Promise<void>((resolve) => this.#readers.push(resolve));
  }

  #wakeReaders(): void {
    const readers = this.#readers;
    this.#readers = [];
    for (const wake of readers) wake();
  }
}
