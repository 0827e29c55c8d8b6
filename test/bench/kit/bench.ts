import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stores } from './paperboy.js';

/** What the table and the JSON may tell of one contender; medians over the rounds. */
export interface Figures {
  /** Mails, or answers, a second. */
  rate?: number;
  /** `rate` as a multiple of the benchmark's reference. */
  ratio?: number;
  /** CPU seconds for 1,000 mails: user and system, all threads, starting included. */
  cpu?: number;
  /** Most memory ever held, in MB (VmHWM). */
  peak?: number;
  /** Start to exit of the process, in seconds. */
  wall?: number;
  /** 99th percentile of the time to an answer, in milliseconds. */
  p99?: number;
  p95?: number;
  p50?: number;
  /** Octets of a row. */
  bytes?: number;
}

export interface Row extends Figures {
  what: string;
  /** How many mails a round sends. */
  mails?: number;
  note?: string;
}

/** A ratio with the bound that it must keep. */
export interface Mark {
  what: string;
  value: number;
  least?: number;
  most?: number;
}

export interface Findings {
  rows: Row[];
  marks: Mark[];
  /** What was left out, and why. */
  skipped: string[];
}

export interface Bench {
  name: string;
  about: string;
  run(kit: Kit): Promise<Findings>;
}

/** What every benchmark gets. */
export interface Kit {
  readonly quick: boolean;
  /** Rounds of which the median counts. */
  readonly rounds: number;
  /** A number for a full run and one for a quick one, which only proves that the bench works. */
  size(full: number, quick: number): number;
  /** A new folder, removed at the end of the run. */
  folder(): string;
  /** Made once for all benchmarks of a run. */
  readonly stores: Stores;
  /** Tells how far it is, on standard error. */
  say(text: string): void;
}

export function createKit(quick: boolean, rounds: number): Kit & { dispose(): void } {
  const root = mkdtempSync(join(tmpdir(), 'paperboy-bench-'));
  const folder = () => mkdtempSync(join(root, 'f-'));
  return {
    quick,
    rounds: quick ? 1 : rounds,
    size: (full, short) => (quick ? short : full),
    folder,
    stores: new Stores(folder),
    say: (text) => process.stderr.write(`  ${text}\n`),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}
