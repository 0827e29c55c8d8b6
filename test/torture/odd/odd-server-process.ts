import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OddServerOptions, Seen } from './oddity.js';

export type FromOddServer = { kind: 'listening'; port: number } | { kind: 'seen'; seen: Seen };
/** To be as other servers are from now on; to tell all that it has seen. */
export type ToOddServer = { kind: 'mend' } | { kind: 'tell' };

const SCRIPT = fileURLToPath(new URL('odd-server.ts', import.meta.url));

/** The odd server's process, seen from the one that started it. */
export class OddServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(options: OddServerOptions): Promise<OddServerProcess> {
    const args = ['--import', 'tsx', SCRIPT, JSON.stringify(options)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const message = await next(child);
    if (message.kind !== 'listening') throw new Error('The mail server did not say where it is.');
    const login = options.oddity.kind === 'login' ? 'paperboy:wrong@' : '';
    const query = options.tls ? '?tls.rejectUnauthorized=false' : '';
    return new OddServerProcess(child, `smtp://${login}127.0.0.1:${message.port}/${query}`);
  }

  mend(): void {
    this.#say({ kind: 'mend' });
  }

  async seen(): Promise<Seen> {
    const answer = next(this.#child);
    this.#say({ kind: 'tell' });
    const message = await answer;
    if (message.kind !== 'seen') throw new Error('The mail server did not tell what it saw.');
    return message.seen;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #say(message: ToOddServer): void {
    this.#child.send(message);
  }
}

/** @throws when the process ends instead */
async function next(child: ChildProcess): Promise<FromOddServer> {
  const over = new AbortController();
  const gone = once(child, 'exit', over).then(([code]) => {
    throw new Error(`The mail server ended with ${code}.`);
  });
  gone.catch(() => undefined);
  try {
    const [message] = (await Promise.race([once(child, 'message', over), gone])) as [FromOddServer];
    return message;
  } finally {
    over.abort();
  }
}
