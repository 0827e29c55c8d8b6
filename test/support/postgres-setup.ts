import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres.js';

/**
 * For a whole run of tests there is one PostgreSQL, started when a test first asks for it: whoever
 * connects to this port gets one line of JSON, `{url}` or `{reason}`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<PostgresServer> | undefined;
  const answer = async (socket: Socket) => {
    starting ??= startPostgres(FORGETFUL);
    const told = await starting.then(
      ({ url }) => ({ url }),
      (error: Error) => ({ reason: error.message }),
    );
    socket.end(`${JSON.stringify(told)}\n`);
  };
  const door = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void answer(socket);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  project.provide('postgresPort', address.port);
  return async () => {
    door.close();
    await starting?.then(
      (server) => server.stop(),
      () => undefined,
    );
  };
}

/** Its data ends with the run, so nothing needs to be on the disk. */
const FORGETFUL = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

declare module 'vitest' {
  export interface ProvidedContext {
    postgresPort: number;
  }
}
