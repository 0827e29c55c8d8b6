import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPaperboy } from '../../support/program.js';
import { connectionSeconds } from './connecting.js';
import { type OddCase, PROBE_INTERVAL } from './odd-cases.js';
import { OddServerProcess } from './odd-server-process.js';
import { CONNECTIONS, makeFolder, makeReaders, OddStore, type RunOptions } from './odd-store.js';
import { judgeOdd, type OddVerdict, type SendEnd, type Worst } from './odd-verdict.js';

export interface OddRunOptions extends RunOptions {
  seed: number;
  /** Milliseconds beyond the allowed time after which a `send` is stopped. */
  extraTime: number;
}

/** How often the ledger is looked at while the program runs. */
const LOOK_EVERY = 250;
/** How long a `send` waits by itself for a server that takes nothing. */
const SEND_WAITS = 120_000;
/** How long a `send` may take to stop. */
const STOPPING = 40_000;
/** Plain runs, of which the median counts; of two that is the mean. */
const PLAIN_RUNS = 2;

/** Runs cases, and makes stores that several of them need only once. */
export class OddRuns {
  readonly #options: OddRunOptions;
  readonly #stores = new Map<string, Promise<OddStore>>();
  #folders = 0;

  constructor(options: OddRunOptions) {
    this.#options = options;
  }

  async run(one: OddCase): Promise<OddVerdict> {
    const { seed, timed } = this.#options;
    const usual = timed ? await this.#usualSeconds(one) : null;
    const { store, path } = await this.#freshStore(one, one.name);
    const server = await OddServerProcess.start({ ...one, seed });
    try {
      const run = new OddRun(one, store, server, this.#toTimeLimit(one, usual), path);
      await run.go();
      const { sends, worst, seconds, outage } = run;
      const { rows } = store.look();
      const readers = makeReaders(one.mails, one.domains);
      const evidence = { readers, seen: await server.seen(), sends, rows, worst, seconds };
      writeFileSync(join(path, 'evidence.json'), JSON.stringify(evidence, null, 1));
      const { factor } = one;
      const allowance = usual === null ? null : { seconds: usual + outage, factor };
      return judgeOdd(evidence, one.expect, allowance);
    } finally {
      await server.close();
    }
  }

  /**
   * The seconds against which the run is held, but for an outage. What is measured is measured
   * right before it, since the machine may be busier at other times.
   */
  async #usualSeconds(one: OddCase): Promise<number | null> {
    const { yardstick, tls } = one;
    if (yardstick.kind === 'none') return null;
    if (yardstick.kind === 'limit') return yardstick.ms / 1_000;
    if (yardstick.kind === 'outage') return PROBE_INTERVAL / 1_000;
    const { connections = CONNECTIONS, closings = 0 } = yardstick;
    let seconds = closings > 0 ? closings * (await connectionSeconds(CONNECTIONS, tls)) : 0;
    for (let times = 0; times < PLAIN_RUNS; times++) {
      seconds += (await this.#plainSeconds(one, connections)) / PLAIN_RUNS;
    }
    return seconds;
  }

  #toTimeLimit({ factor, course }: OddCase, usual: number | null): number {
    const waits = course.kind === 'send' ? 0 : SEND_WAITS;
    return waits + (usual ?? 0) * factor * 1_000 + this.#options.extraTime;
  }

  async #plainSeconds(one: OddCase, connections: number): Promise<number> {
    const { seed, extraTime } = this.#options;
    const plain: OddCase = { ...one, oddity: { kind: 'none' }, course: { kind: 'send' } };
    const { store, path } = await this.#freshStore(plain, 'plain');
    const server = await OddServerProcess.start({ ...plain, seed });
    try {
      const run = new OddRun(plain, store, server, extraTime, path, connections);
      await run.go();
      if (run.sends[0]?.code === 0) return run.seconds;
      throw new Error(`Even a plain server was not sent everything; see ${path}.`);
    } finally {
      await server.close();
    }
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
    return makeFolder(this.#options.folder, `${this.#folders}-${name}`);
  }
}

/** The program against one server, with the ledger watched beside it. */
class OddRun {
  readonly sends: SendEnd[] = [];
  readonly worst: Worst = { refused: 0, suppressed: 0, attemptsBefore: 0 };
  seconds = 0;
  /** Seconds from the first start until the server was mended. */
  outage = 0;

  constructor(
    readonly one: OddCase,
    readonly store: OddStore,
    readonly server: OddServerProcess,
    readonly timeLimit: number,
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
    this.outage = (performance.now() - began) / 1_000;
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
    }, stopAfter ?? this.timeLimit);
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
    // What is on the wire at this moment counts its attempt until it is known how that ends.
    const waits = rows.filter(({ state }) => state !== 'accepted' && state !== 'sending');
    const attempts = waits.map((row) => row.attempts);
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
