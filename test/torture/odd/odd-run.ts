import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPaperboy } from '../../support/program.js';
import { connectionSeconds } from './connecting.js';
import { type OddCase, PROBE_INTERVAL } from './odd-cases.js';
import { OddServerProcess } from './odd-server-process.js';
import { makeReaders, OddStore } from './odd-store.js';
import {
  type Allowance,
  judgeOdd,
  type OddVerdict,
  type SendEnd,
  type Worst,
} from './odd-verdict.js';

export interface OddRunOptions {
  seed: number;
  /** An empty folder, in which the stores and logs of all cases stay. */
  folder: string;
  /** Whether plain runs are made, and times are held against them. */
  timed: boolean;
  /** How long a `send` may take before it is stopped, beyond what is allowed, in milliseconds. */
  patience: number;
}

const CONNECTIONS = 8;
/** How often the ledger is looked at while the program runs. */
const LOOK_EVERY = 250;
/** How long a `send` may take to stop. */
const STOPPING = 40_000;
/** Plain runs of which the median counts: of two, the mean. */
const PLAIN_RUNS = 2;

/** Runs cases, and makes what several of them need only once. */
export class OddRuns {
  readonly #options: OddRunOptions;
  readonly #stores = new Map<string, Promise<OddStore>>();
  readonly #plain = new Map<string, Promise<number>>();
  readonly #connecting = new Map<boolean, Promise<number>>();
  #folders = 0;

  constructor(options: OddRunOptions) {
    this.#options = options;
  }

  async run(one: OddCase): Promise<OddVerdict> {
    const known = await this.#allowance(one, 0);
    const { store, path } = await this.#freshStore(one, one.name);
    const server = await OddServerProcess.start({ ...one, seed: this.#options.seed });
    try {
      const run = new OddRun(one, store, server, this.#patience(known), path);
      await run.go();
      const look = store.look();
      const seen = await server.seen();
      const readers = makeReaders(one.mails, one.domains);
      const { sends, worst, seconds, outage } = run;
      const evidence = { readers, seen, sends, rows: look.rows, worst, seconds };
      writeFileSync(join(path, 'evidence.json'), JSON.stringify(evidence, null, 1));
      return judgeOdd(evidence, one.expect, await this.#allowance(one, outage));
    } finally {
      await server.close();
    }
  }

  /** What the time is held against, as far as it is known before the run. */
  async #allowance(one: OddCase, outage: number): Promise<Allowance | null> {
    const { yardstick, factor } = one;
    const { timed } = this.#options;
    if (!timed || yardstick.kind === 'none') return null;
    if (yardstick.kind === 'limit') return { seconds: yardstick.ms / 1_000, factor };
    if (yardstick.kind === 'outage') return { seconds: (outage + PROBE_INTERVAL) / 1_000, factor };
    const { connections = CONNECTIONS, closings = 0 } = yardstick;
    const plain = await this.#plainSeconds(one, connections);
    return { seconds: plain + closings * (await this.#connectionSeconds(one.tls)), factor };
  }

  #connectionSeconds(tls: boolean): Promise<number> {
    const known = this.#connecting.get(tls) ?? connectionSeconds(CONNECTIONS, tls);
    this.#connecting.set(tls, known);
    return known;
  }

  #patience(allowance: Allowance | null): number {
    const allowed = allowance ? allowance.seconds * allowance.factor * 1_000 : 0;
    return allowed + this.#options.patience;
  }

  #plainSeconds(one: OddCase, connections: number): Promise<number> {
    const { mails, domains, tls, think } = one;
    const key = JSON.stringify([mails, domains, tls, think, connections]);
    const known = this.#plain.get(key) ?? this.#runPlain(one, connections);
    this.#plain.set(key, known);
    return known;
  }

  async #runPlain(one: OddCase, connections: number): Promise<number> {
    const options = { ...one, oddity: { kind: 'none' as const }, seed: this.#options.seed };
    const plain: OddCase = { ...one, oddity: options.oddity, course: { kind: 'send' } };
    let seconds = 0;
    for (let times = 0; times < PLAIN_RUNS; times++) {
      const { store, path } = await this.#freshStore(one, 'plain');
      const server = await OddServerProcess.start(options);
      try {
        const run = new OddRun(plain, store, server, this.#options.patience, path, connections);
        await run.go();
        if (run.sends[0]?.code !== 0)
          throw new Error('Even a plain server was not sent everything.');
        seconds += run.seconds / PLAIN_RUNS;
      } finally {
        await server.close();
      }
    }
    return seconds;
  }

  async #freshStore({ mails, domains }: OddCase, name: string) {
    const key = `${mails}-${domains}`;
    const made = this.#stores.get(key) ?? this.#makeStore(mails, domains);
    this.#stores.set(key, made);
    const path = this.#newFolder(name);
    return { store: (await made).copyTo(path), path };
  }

  #makeStore(mails: number, domains: number): Promise<OddStore> {
    return OddStore.make(this.#newFolder(`store-${mails}`), makeReaders(mails, domains));
  }

  #newFolder(name: string): string {
    this.#folders += 1;
    const path = join(this.#options.folder, `${this.#folders}-${name}`);
    mkdirSync(path);
    return path;
  }
}

/** The program against one server, with the ledger watched beside it. */
class OddRun {
  readonly sends: SendEnd[] = [];
  readonly worst: Worst = { refused: 0, suppressed: 0, attemptsBefore: 0 };
  seconds = 0;
  /** Milliseconds from the first start until the server was mended. */
  outage = 0;

  constructor(
    readonly one: OddCase,
    readonly store: OddStore,
    readonly server: OddServerProcess,
    readonly patience: number,
    readonly path: string,
    readonly connections: number = CONNECTIONS,
  ) {}

  async go(): Promise<void> {
    const { course } = this.one;
    const over = new AbortController();
    const watching = this.#watch(over.signal);
    const began = performance.now();
    try {
      if (course.kind === 'send') await this.#send();
      if (course.kind === 'outage') await this.#outage(course, began);
      if (course.kind === 'starts') {
        for (let start = 0; start < course.times; start++) await this.#send(course.stopAfter);
      }
    } finally {
      this.seconds = (performance.now() - began) / 1_000;
      over.abort();
      await watching;
    }
  }

  async #outage(
    { ms, stopAfter }: { ms: number; stopAfter?: number },
    began: number,
  ): Promise<void> {
    await this.#send(stopAfter);
    const left = began + ms - performance.now();
    if (left > 0) await sleep(left);
    this.#look();
    this.server.mend();
    this.outage = performance.now() - began;
    await this.#send();
  }

  /** @param stopAfter milliseconds after which it is stopped by intention */
  async #send(stopAfter?: number): Promise<void> {
    const running = this.store.startSend(this.server.url, this.connections);
    let stopped = false;
    const timer = setTimeout(() => {
      stopped = true;
      // It finishes what is under way, and answers as if it had come to its end.
      void running.stop('SIGTERM', STOPPING).catch(() => undefined);
    }, stopAfter ?? this.patience);
    const { code } = await running.exited;
    clearTimeout(timer);
    this.sends.push({
      code,
      held: heldOf(running),
      stopped,
      late: stopped && stopAfter === undefined,
    });
    writeFileSync(
      join(this.path, `send-${this.sends.length}.log`),
      running.stdout + running.stderr,
    );
    this.#look();
  }

  async #watch(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      this.#look();
      await sleep(LOOK_EVERY, undefined, { signal: over }).catch(() => undefined);
    }
  }

  #look(): void {
    const { rows, suppressed } = this.store.look();
    const refused = rows.filter(({ state }) => state === 'refused').length;
    const attempts = rows.filter(({ state }) => state !== 'accepted').map((row) => row.attempts);
    const { worst } = this;
    worst.refused = Math.max(worst.refused, refused);
    worst.suppressed = Math.max(worst.suppressed, suppressed);
    worst.attemptsBefore = Math.max(worst.attemptsBefore, ...attempts);
  }
}

/** Whether the JSON answer says that sending is held, if it says anything of that. */
function heldOf({ stdout }: RunningPaperboy): boolean | null {
  try {
    const answer: unknown = JSON.parse(stdout);
    if (typeof answer !== 'object' || answer === null || !('held' in answer)) return null;
    return answer.held !== null;
  } catch {
    return null;
  }
}
