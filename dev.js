import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `npm run dev`: builds, runs `serve`, and does both again whenever a source, a template or a
 * migration changes. The compiler watches beside it and tells of types that are wrong, which keep
 * nothing from running.
 */
const WATCHED = ['src', 'templates', 'migrations'];
/** Looking costs some milliseconds, and sees what editors do in any file system. */
const LOOK_EVERY = 300;
/** Mails under way are not waited for, as they would be in production. */
const LEAVE_TO_STOP = 1_500;

process.chdir(import.meta.dirname);
/** @type {import('node:child_process').ChildProcess | null} */
let serving = null;
let stopping = false;

// In a group of its own, since the compiler is a child of what starts it.
const types = spawn(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '--noEmit', '--watch', '--preserveWatchOutput'],
  { stdio: ['ignore', 'inherit', 'inherit'], detached: true },
);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, stop);

let seen = look();
await start();
while (!stopping) {
  await sleep(LOOK_EVERY);
  const now = look();
  if (now === seen || stopping) continue;
  seen = now;
  console.log('dev: something changed');
  await start();
}

/** Builds, and puts what was built in the place of what runs, unless the build failed. */
async function start() {
  const [code] = await once(run('build.js'), 'close');
  if (stopping) return;
  if (code !== 0) return console.error('dev: the build failed; waiting for a change');
  await end();
  if (stopping) return;
  const child = run('dist/main.js', 'serve');
  serving = child;
  child.once('close', (status) => {
    if (serving !== child || stopping) return;
    serving = null;
    console.error(`dev: serve ended with ${status}; waiting for a change`);
  });
}

/** The second signal stops it at once. */
async function end() {
  const child = serving;
  serving = null;
  if (child === null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await Promise.race([closed, sleep(LEAVE_TO_STOP)]);
  child.kill('SIGTERM');
  await closed;
}

async function stop() {
  stopping = true;
  const isRunning = types.exitCode === null && types.signalCode === null;
  if (types.pid !== undefined && isRunning) process.kill(-types.pid);
  await end();
}

/** Names and times of all that is watched. */
function look() {
  return WATCHED.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const file = join(parentPath, name);
        // It may be gone by now.
        return `${file} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs}`;
      }),
  ).join('\n');
}

/** @param {string[]} command */
function run(...command) {
  return spawn(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
}
