// The built program, kept running: does one command after the other, each as if it were alone. To
// load the program takes longer than most commands do. It hurries, like `hurried.js`.
import { writeSync } from 'node:fs';
import { toTiming } from './hurry.js';

/** @typedef {{args: string[], env: Record<string, string>, cwd: string, end: string}} Order */

const built = new URL('../../dist/cli/program.js', import.meta.url).href;
const { runCli } = await import(built);

/** How long what a command has opened may take to close once it is done, in milliseconds. */
const PATIENCE = 10_000;
/** The same where only timers are left: whoever runs the command would wait for nothing. */
const PATIENCE_WITH_TIMERS = 1_000;
const FREE_MASK = 0o022;
/** @type {any[]} */
const STOPS = ['SIGINT', 'SIGTERM', 'exit'];

const own = new Map(STOPS.map((name) => [name, process.rawListeners(name)]));
/** @type {string[] | undefined} */
let idle;
process.on('message', async (/** @type {Order} */ order) => {
  idle ??= await settled();
  const code = await run(order);
  // Behind all that the command wrote: both are pipes, to which Node writes at once.
  for (const stream of [1, 2]) writeAll(stream, `${order.end}${code}\n`);
});
// Opened when they are first asked for, which must not look like a command's work.
for (const stream of [process.stdout, process.stderr]) stream.write('');
// Nobody is there any more who would read what it writes.
process.on('disconnect', () => process.exit());
process.send?.('ready');

/** @param {Order} order */
async function run({ args, env, cwd }) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.umask(FREE_MASK);
  process.chdir(cwd);
  const code = await runCli(args, process.env, await toTiming(env['HURRIED']));
  endAsAProcess();
  const left = await leftOpen();
  process.chdir('/');
  if (left.length === 0) return code;
  process.stderr.write(`A process would not end: it has ${left.join(', ')} open.\n`);
  return null;
}

/** What was to happen at the end of the process, and no signal means the last command any more. */
function endAsAProcess() {
  for (const name of STOPS) {
    for (const listener of /** @type {any[]} */ (process.rawListeners(name))) {
      if (own.get(name)?.includes(listener)) continue;
      process.removeListener(name, listener);
      if (name === 'exit') listener(0);
    }
  }
}

/** What keeps a process alive, beyond what did before the first command. */
async function leftOpen() {
  const began = performance.now();
  for (;;) {
    const now = await settled();
    const left = now.filter(
      (kind, n) => count(now.slice(0, n + 1), kind) > count(idle ?? [], kind),
    );
    const patience = left.every((kind) => kind === 'Timeout') ? PATIENCE_WITH_TIMERS : PATIENCE;
    if (left.length === 0 || performance.now() > began + patience) return left;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Once what happens in this turn of the event loop has happened. */
async function settled() {
  await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo();
}

/**
 * @param {string[]} kinds
 * @param {string} one
 */
const count = (kinds, one) => kinds.filter((kind) => kind === one).length;

/**
 * @param {number} stream
 * @param {string} text
 */
function writeAll(stream, text) {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(stream, rest));
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EAGAIN') throw error;
    }
  }
}
