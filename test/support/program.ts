import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, and the built program in it. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const MAIN = join(ROOT, 'dist', 'main.js');
/** The same with shorter leases, drains and rests. */
export const HURRIED = join(ROOT, 'test', 'support', 'hurried.js');

export interface ProgramOptions {
  /** Added to PATH and HOME, which are all that the program gets otherwise. */
  env?: Record<string, string>;
  /** Default: a temporary folder that is removed when the program has ended. */
  cwd?: string;
  /** Another script than the built program. */
  main?: string;
}

export interface RunOptions extends ProgramOptions {
  /** Standard input; empty without it. */
  input?: string | Buffer;
  /** Default: 30 seconds. Then the program is killed and the promise fails. */
  timeoutMs?: number;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as one JSON value; fails in clear words when it is none. */
  json<T = unknown>(): T;
  /** Standard output as one JSON value per line. */
  jsonLines<T = unknown>(): T[];
}

export interface RunningPaperboy {
  readonly pid: number;
  /** What it has written so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly exited: Promise<Exit>;
  /** Waits for a match in either stream, past output included; fails when the program ends. */
  waitForLog(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end; kills and fails after `timeoutMs` (15 seconds). */
  stop(signal?: NodeJS.Signals, timeoutMs?: number): Promise<Exit>;
  /** Ends it at once, without a chance to tidy up. */
  kill(): Promise<Exit>;
}

export interface TempDir {
  readonly path: string;
  dispose(): void;
  [Symbol.dispose](): void;
}

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Makes an empty folder for one test; `dispose` removes it with all that is in it. */
export function tempDir(): TempDir {
  const path = mkdtempSync(join(tmpdir(), 'paperboy-test-'));
  const dispose = () => rmSync(path, { recursive: true, force: true });
  return { path, dispose, [Symbol.dispose]: dispose };
}

/** Finds a port of the loopback address on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a command of the built program to its end. */
export async function runPaperboy(args: string[], options: RunOptions = {}): Promise<RunResult> {
  const { input, timeoutMs = 30_000 } = options;
  const running = new Program(args, options, input ?? '');
  const exit = await running.waitForExit(timeoutMs);
  const { stdout, stderr } = running;
  return toRunResult({ code: exit.code, stdout, stderr }, (what) => running.problem(what));
}

/** @param problem makes an error that says what the program wrote */
export function toRunResult(
  ended: { code: number | null; stdout: string; stderr: string },
  problem: (what: string) => Error,
): RunResult {
  const parse = <T>(text: string): T => {
    try {
      return JSON.parse(text) as T;
    } catch {
      throw problem('standard output is not JSON');
    }
  };
  const lines = () => ended.stdout.split('\n').filter((line) => line.trim() !== '');
  return {
    ...ended,
    json: <T>() => parse<T>(ended.stdout),
    jsonLines: <T>() => lines().map((line) => parse<T>(line)),
  };
}

/** All that the program has of an environment: names of tests are in no DNS, and no test asks it. */
export function toEnvironment(more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, CHECK_MX: 'off', ...more };
}

/** Starts a command of the built program that runs until it is told to stop. */
export function startPaperboy(args: string[], options: ProgramOptions = {}): RunningPaperboy {
  return new Program(args, options, '');
}

class Program implements RunningPaperboy {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #args: string[];
  readonly #events = new EventEmitter().setMaxListeners(0);
  #exit: Exit | null = null;

  constructor(args: string[], options: ProgramOptions, input: string | Buffer) {
    const own = options.cwd === undefined ? tempDir() : null;
    const child = spawn(process.execPath, [options.main ?? MAIN, ...args], {
      cwd: options.cwd ?? own?.path,
      env: toEnvironment(options.env),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.on('error', (error) => {
      this.stderr += `${error.message}\n`;
    });
    if (child.pid === undefined) throw new Error(`Cannot start a program in ${options.cwd}`);
    this.pid = child.pid;
    this.#child = child;
    this.#args = args;
    alive.add(child);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#events.emit('change');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#events.emit('change');
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    this.exited = this.#untilClosed(own);
  }

  async waitForLog(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    const plain = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const match = plain.exec(this.stderr) ?? plain.exec(this.stdout);
      if (match !== null) return match;
      if (this.#exit !== null) throw this.problem(`ended before it wrote ${pattern}`);
      await once(this.#events, 'change', { signal }).catch(() => {
        throw this.problem(`did not write ${pattern} within ${timeoutMs} ms`);
      });
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<Exit> {
    this.#child.kill(signal);
    return this.waitForExit(timeoutMs);
  }

  async kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  async waitForExit(timeoutMs: number): Promise<Exit> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child.kill('SIGKILL');
    }, timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    if (late) throw this.problem(`did not end within ${timeoutMs} ms`);
    return exit;
  }

  /** An error that says what the program wrote. */
  problem(what: string): Error {
    const command = `paperboy ${this.#args.join(' ')}`;
    const streams = `--- stdout\n${tail(this.stdout)}\n--- stderr\n${tail(this.stderr)}`;
    return new Error(`${command}: ${what}\n${streams}`);
  }

  #untilClosed(own: TempDir | null): Promise<Exit> {
    return new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        alive.delete(this.#child);
        own?.dispose();
        resolve(this.#exit);
        this.#events.emit('change');
      });
    });
  }
}

function tail(text: string): string {
  return text.length > 4_000 ? `…${text.slice(-4_000)}` : text;
}
