import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/program.js';
import { start } from './measure.js';
import { need } from './tools.js';

export interface Sink {
  port: number;
  url: string;
  close(): Promise<void>;
}

/**
 * Starts Postfix's smtp-sink, which takes mails and throws them away. One for each contender and
 * round, so that none finds it warmed up by another.
 * @throws Skipped
 */
export async function startSink(): Promise<Sink> {
  const command = need('smtp-sink', 'postfix');
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const { child, closed, output } = start(command, [...user, `127.0.0.1:${port}`, '1000'], {
    cwd: tmpdir(),
  });
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`smtp-sink does not start: ${output.stderr}`);
    await sleep(10);
  }
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Runs `work` against a sink of its own. */
export async function withSink<T>(work: (sink: Sink) => Promise<T>): Promise<T> {
  const sink = await startSink();
  try {
    return await work(sink);
  } finally {
    await sink.close();
  }
}
