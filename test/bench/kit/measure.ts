import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What a process has used up to a moment. */
export interface Sample {
  /** Milliseconds since the epoch. */
  at: number;
  /** User and system, all threads. */
  cpuSeconds: number;
}

export interface Usage {
  cpuSeconds: number;
  /** Most memory ever held, in MB. */
  peakMb: number;
}

export interface Measured extends Usage {
  /** From start to exit. */
  wallSeconds: number;
  samples: readonly Sample[];
  stdout: string;
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. */
const TICKS = 100;
/** The last of these intervals before a process ends is lost. */
const EVERY = 20;

/**
 * Watches a process through /proc: `wait4` would be more exact, but Node does not pass its answer
 * on, and GNU time is not everywhere.
 */
export class Watch {
  readonly samples: Sample[] = [];
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peakMb = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#look();
    this.#timer = setInterval(() => this.#look(), EVERY);
  }

  /** Looks once more and gives what was used since the watch began. */
  stop(): Usage {
    clearInterval(this.#timer);
    this.#look();
    return {
      cpuSeconds: (this.samples.at(-1)?.cpuSeconds ?? 0) - (this.samples[0]?.cpuSeconds ?? 0),
      peakMb: this.#peakMb,
    };
  }

  #look(): void {
    try {
      const stat = readFileSync(`/proc/${this.#pid}/stat`, 'latin1');
      // The name in brackets may hold anything; utime to cstime are fields 14 to 17.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
      const status = readFileSync(`/proc/${this.#pid}/status`, 'latin1');
      const [, peak] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? [];
      // A process that has ended and not been waited for has no memory, but its times still stand.
      if (peak !== undefined) this.#peakMb = Number(peak) / 1024;
      this.samples.push({ at: Date.now(), cpuSeconds: ticks / TICKS });
    } catch {
      // It has ended between two looks.
    }
  }
}

/** CPU seconds that a process had used at a moment, between two samples by a straight line. */
export function cpuAt(samples: readonly Sample[], at: number): number {
  const after = samples.findIndex((sample) => sample.at >= at);
  const right = samples[after === -1 ? samples.length - 1 : after];
  const left = samples[after - 1] ?? right;
  if (!left || !right) throw new Error('The process was never seen.');
  if (right.at === left.at) return right.cpuSeconds;
  const share = Math.min(1, Math.max(0, (at - left.at) / (right.at - left.at)));
  return left.cpuSeconds + share * (right.cpuSeconds - left.cpuSeconds);
}

export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
  /** Sends SIGTERM after so many milliseconds. */
  stopAfterMs?: number;
  /** Ending with these is no failure. Default: only 0. */
  codes?: number[];
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program that is killed with the bench, at the latest. */
export function start(command: string, args: string[], { cwd, env }: RunOptions) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid === undefined) throw new Error(`${command} can't be started.`);
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr = (output.stderr + text).slice(-4_000);
  });
  const closed = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return { child, pid: child.pid, output, closed };
}

/** Runs a program to its end and measures it; anything but a good end is an error. */
export async function run(command: string, args: string[], options: RunOptions): Promise<Measured> {
  const began = performance.now();
  const { child, pid, output, closed } = start(command, args, options);
  const watch = new Watch(pid);
  const stopping = options.stopAfterMs && setTimeout(() => child.kill(), options.stopAfterMs);
  const exited = once(child, 'exit').then(() => performance.now());
  const { code, signal } = await closed;
  if (stopping) clearTimeout(stopping);
  const usage = watch.stop();
  if (!(options.codes ?? [0]).includes(code ?? -1)) {
    throw new Error(
      `${command} ${args.join(' ').slice(0, 200)} ended with ${code ?? signal}:\n${output.stderr}${output.stdout.slice(-1_000)}`,
    );
  }
  const wallSeconds = ((await exited) - began) / 1000;
  return { ...usage, wallSeconds, samples: watch.samples, stdout: output.stdout };
}
