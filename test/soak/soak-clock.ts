import { renameSync, writeFileSync } from 'node:fs';

/** The clock of all programs of a run, set from outside. */
export class SoakClock {
  /** Milliseconds by which it is ahead of the machine's. */
  shift = 0;
  /** When it was set, by the machine's clock. */
  readonly settings: { at: number; shift: number }[] = [];

  constructor(readonly file: string) {
    this.set(0);
  }

  set(shift: number): void {
    this.shift = shift;
    this.settings.push({ at: Date.now(), shift });
    writeFileSync(`${this.file}.new`, String(shift));
    renameSync(`${this.file}.new`, this.file);
  }

  /** What the programs hold the time for. */
  now(): number {
    return Date.now() + this.shift;
  }
}
