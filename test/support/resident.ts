import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type RunOptions, type RunResult, tempDir, toEnvironment, toRunResult } from './program.js';

const SCRIPT = fileURLToPath(new URL('resident-program.js', import.meta.url));

/** No shorter than what tells that a command has ended. */
const MARK_LENGTH = 100;

/** Programs that wait for their next command. They outlive a file of tests, not its worker. */
const idle: Resident[] = [];

/**
 * Runs a command of the built program to its end, hurried, in a process that has loaded the program
 * for another one before. Fails where a process of its own would not have ended by itself. A command
 * with standard input, or other options of Node's, needs a process of its own: `runPaperboy`.
 */
export async function runResident(args: string[], options: RunOptions = {}): Promise<RunResult> {
  const own = options.cwd === undefined ? tempDir() : null;
  const resident = findIdle() ?? new Resident();
  try {
    const result = await resident.run(args, { ...options, cwd: options.cwd ?? own?.path ?? '/' });
    // What one command has left behind must not count as another's.
    if (result.code === null) resident.kill();
    else idle.push(resident);
    return result;
  } finally {
    own?.dispose();
  }
}

function findIdle(): Resident | undefined {
  let resident = idle.pop();
  while (resident && !resident.isAlive) resident = idle.pop();
  return resident;
}

class Resident {
  readonly #child: ChildProcess;
  readonly #ready: Promise<unknown>;
  readonly #closed: Promise<[number | null]>;
  readonly #written = { stdout: '', stderr: '' };
  /** The last of it, which is all that has to be looked at after each piece. */
  readonly #last = { stdout: '', stderr: '' };
  #onWritten = () => {};

  constructor() {
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    // The same as for a process of its own: nothing of what this one has.
    this.#child = spawn(process.execPath, [SCRIPT], { cwd: '/', env: {}, stdio: [...stdio] });
    this.#closed = once(this.#child, 'close') as Promise<[number | null]>;
    this.#ready = Promise.race([once(this.#child, 'message'), this.#closed]);
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this.#written[name] += text;
        this.#last[name] = (this.#last[name] + text).slice(-MARK_LENGTH);
        this.#onWritten();
      });
    }
  }

  get isAlive(): boolean {
    return this.#child.connected;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async run(args: string[], options: RunOptions & { cwd: string }): Promise<RunResult> {
    const { timeoutMs = 30_000, cwd } = options;
    const end = `${randomUUID()} ends with `;
    const problem = (what: string) => {
      const { stdout, stderr } = this.#written;
      return new Error(`paperboy ${args.join(' ')}: ${what}\n${stdout}\n${stderr}`);
    };
    this.#hold(true);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.kill();
    }, timeoutMs);
    await this.#ready;
    this.#written.stdout = '';
    this.#written.stderr = '';
    const ended = this.#untilEnd(end);
    this.#child.send({ args, env: toEnvironment(options.env), cwd, end }, () => undefined);
    const code = await Promise.race([ended, this.#closed.then(([code]) => code)]);
    clearTimeout(timer);
    this.#hold(false);
    if (isLate) throw problem(`did not end within ${timeoutMs} ms`);
    const [stdout = '', stderr = ''] = [this.#written.stdout, this.#written.stderr].map(
      (text) => text.split(end)[0],
    );
    return toRunResult({ code, stdout, stderr }, problem);
  }

  /** Until both streams say so, and with which code. */
  #untilEnd(end: string): Promise<number | null> {
    const pattern = new RegExp(`${end}(\\w+)\\n$`);
    return new Promise((resolve) => {
      this.#onWritten = () => {
        const [out, err] = [this.#last.stdout, this.#last.stderr].map((text) => pattern.exec(text));
        if (out && err) resolve(out[1] === 'null' ? null : Number(out[1]));
      };
    });
  }

  /** Whether this process waits for it: an idle one must not keep a worker from its end. */
  #hold(isHeld: boolean): void {
    const { stdout, stderr, channel } = this.#child;
    for (const one of [this.#child, stdout, stderr, channel]) {
      const end = one as { ref?: () => void; unref?: () => void } | null | undefined;
      if (isHeld) end?.ref?.();
      else end?.unref?.();
    }
  }
}
