import { createHash } from 'node:crypto';

/** The values of a row in the order of its table's columns. */
export type Row = readonly unknown[];

/**
 * A sum of what rows hold, whatever their order: the two databases sort texts differently, and
 * sorting millions of rows would be slow.
 */
export class Checksum {
  rows = 0;
  #sum = 0n;

  add(row: Row): void {
    const hash = createHash('sha256').update(JSON.stringify(row)).digest();
    this.#sum = BigInt.asUintN(64, this.#sum + hash.readBigUInt64BE());
    this.rows++;
  }

  get hex(): string {
    return this.#sum.toString(16).padStart(16, '0');
  }
}
