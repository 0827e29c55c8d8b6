import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPaperboy } from '../support/program.js';
import type { Place, SoakCommand } from './place.js';

/** Memory of a process at a moment. */
export interface MemorySample {
  command: SoakCommand;
  pid: number;
  at: number;
  /** Bytes of RAM that it holds. */
  rss: number;
}

/** How a process ended that was told to. */
export interface Stop {
  command: SoakCommand;
  code: number | null;
  ms: number;
}

/** A process that was ended without warning. */
export interface Killing {
  command: SoakCommand;
  pid: number;
  at: number;
  /** Digests under way by the ledger: `ADDRESS EDITION`, and notices: `ADDRESS Message`. */
  underWay: string[];
}

const UNDER_WAY = `
  select s.email, e.date, e.kind, d.worker from deliveries d
  join subscribers s on s.id = d.subscriber_id join editions e on e.id = d.edition_id
  where d.state = 'sending'`;

/** Digests that are under way, or were when their process died. */
export async function findUnderWay(place: Place, pid?: number): Promise<string[]> {
  const rows = await place.rows<{ email: string; date: string; kind: string; worker: string }>(
    UNDER_WAY,
  );
  const mine = rows.filter(({ worker }) => pid === undefined || worker.includes(`:${pid}:`));
  return mine.map(({ email, date, kind }) => `${email.toLowerCase()} ${date}:${kind}`);
}

/** The processes of the program: started, killed, measured; and what they wrote. */
export class Programs {
  readonly killings: Killing[] = [];
  readonly memory: MemorySample[] = [];
  /** Ends that nobody asked for. */
  readonly deaths: string[] = [];
  /** How many lines of the log had control characters. */
  controls = 0;
  readonly #place: Place;
  readonly #running = new Map<SoakCommand, RunningPaperboy>();
  readonly #wanted = new Set<SoakCommand>();

  constructor(place: Place) {
    this.#place = place;
  }

  start(command: SoakCommand, args: string[] = [command]): RunningPaperboy {
    const running = this.#place.start(args);
    this.#running.set(command, running);
    if (command !== 'send') this.#wanted.add(command);
    void running.exited.then(({ code, signal }) => {
      this.keep(`${running.stdout}${running.stderr}`);
      if (this.#running.get(command) === running) this.#running.delete(command);
      if (command === 'send' || !this.#wanted.has(command)) return;
      this.deaths.push(`${command} ended with ${code ?? signal}: ${running.stderr.slice(-600)}`);
    });
    return running;
  }

  /** Starts what serves the pages, until it does. */
  async serve(): Promise<void> {
    await this.start('serve').waitForLog(/^Paperboy is at/m, 240_000);
  }

  isRunning(command: SoakCommand): boolean {
    return this.#running.has(command);
  }

  /** Ends it without warning. @returns whether there was one to end */
  async kill(command: SoakCommand): Promise<boolean> {
    const running = this.#running.get(command);
    if (!running) return false;
    this.#wanted.delete(command);
    const at = Date.now();
    await running.kill();
    const underWay = await findUnderWay(this.#place, running.pid);
    this.killings.push({ command, pid: running.pid, at, underWay });
    return true;
  }

  /** Ends all as an operator does. */
  async stop(): Promise<Stop[]> {
    this.#wanted.clear();
    return Promise.all(
      [...this.#running].map(async ([command, running]) => {
        const began = Date.now();
        const { code } = await running.stop('SIGTERM', 60_000);
        return { command, code, ms: Date.now() - began };
      }),
    );
  }

  /** Measures those that run for long, until told to stop. */
  async measure(every: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const [command, { pid }] of this.#running) {
        const rss = command === 'send' ? null : readRss(pid);
        if (rss !== null) this.memory.push({ command, pid, at: Date.now(), rss });
      }
      await sleep(every, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks at what a process wrote: whatever came from outside may be no code for a terminal. */
  keep(written: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
    this.controls += written.match(/[\u0000-\u0008\u000b-\u001f\u007f]/g)?.length ?? 0;
  }
}

/** Where there is a /proc; elsewhere memory is not measured. */
function readRss(pid: number): number | null {
  try {
    const [, kilobytes] =
      /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
  } catch {
    return null;
  }
}
