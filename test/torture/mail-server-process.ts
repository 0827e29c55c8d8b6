import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stage } from './kills.js';

export interface ServerArguments {
  record: string;
  seed: number;
  /** The share of replies that get lost, in [0, 1). */
  lose: number;
}

/** What the server tells; `holding` counts the connections whose reply is held back. */
export type FromServer =
  | { kind: 'listening'; url: string }
  | { kind: 'progress'; accepted: number; holding: number }
  | { kind: 'quiet' };

/** What it is told: to hold replies back once so many are accepted; to let go; to say when all is still. */
export type ToServer =
  | { kind: 'hold'; stage: Stage; from: number }
  | { kind: 'release' }
  | { kind: 'quiet' };

const SCRIPT = fileURLToPath(new URL('mail-server.ts', import.meta.url));

/** The mail server's process, seen from the one that started it. */
export class MailServerProcess {
  accepted = 0;
  holding = 0;
  url = '';
  readonly #child: ChildProcess;
  readonly #events = new EventEmitter().setMaxListeners(0);

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: FromServer) => this.#hear(message));
    child.once('exit', (code) => this.#events.emit('error', new Error(`It ended with ${code}.`)));
  }

  static async start(options: ServerArguments): Promise<MailServerProcess> {
    const args = ['--import', 'tsx', SCRIPT, JSON.stringify(options)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const server = new MailServerProcess(child);
    await server.#until('listening', () => server.url !== '');
    return server;
  }

  /** Holds back the replies at a stage from the nth accepted message on, until `release`. */
  holdFrom(stage: Stage, nth: number): void {
    this.#say({ kind: 'hold', stage, from: nth });
  }

  release(): void {
    this.#say({ kind: 'release' });
  }

  /** Waits until `test` holds, or for ever: race it against something. */
  until(test: () => boolean): Promise<void> {
    return this.#until('progress', test);
  }

  /** Waits until no connection is open and all that came in is recorded. */
  async quiet(): Promise<void> {
    const answer = once(this.#events, 'quiet');
    this.#say({ kind: 'quiet' });
    await answer;
    this.holding = 0;
  }

  async close(): Promise<void> {
    this.#child.removeAllListeners('exit');
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #until(event: FromServer['kind'], test: () => boolean): Promise<void> {
    while (!test()) await once(this.#events, event);
  }

  #hear(message: FromServer): void {
    if (message.kind === 'listening') this.url = message.url;
    if (message.kind === 'progress') {
      this.accepted = message.accepted;
      this.holding = message.holding;
    }
    this.#events.emit(message.kind);
  }

  #say(message: ToServer): void {
    this.#child.send(message);
  }
}
