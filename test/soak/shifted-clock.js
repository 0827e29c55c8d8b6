// Preloaded into every process of the program, and each of its threads: its clock of the day is ahead of
// the machine's by the milliseconds that a file says, and changes as the file does. The monotonic clock
// and timers go on as they are, as they do when a machine's clock is set.
import { readFileSync } from 'node:fs';

const FILE = process.env['SOAK_CLOCK'] ?? '';
/** Milliseconds for which the file is not read again. */
const FRESH = 20;

const Real = Date;
const now = Date.now;
let shift = 0;
let readAt = Number.NEGATIVE_INFINITY;

function shifted() {
  const steady = performance.now();
  if (steady - readAt > FRESH) {
    readAt = steady;
    try {
      shift = Number(readFileSync(FILE, 'utf8'));
    } catch {
      // It is being written: the clock is as it was.
    }
  }
  return now() + shift;
}

const Shifted = new Proxy(Real, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [shifted()] : args, newTarget),
  apply: () => new Real(shifted()).toString(),
});
Real.now = shifted;
Real.prototype.constructor = Shifted;
globalThis.Date = Shifted;
