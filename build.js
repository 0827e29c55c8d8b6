import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Builds `dist/`: compiles, compiles the mails' MJML, and puts modules together. Does nothing when
 * it was built from the same files already. Types are not looked at here, `npm run check` does that.
 */
const SOURCES = ['src', 'templates'];
const FILES = ['build.js', 'bundle.js', 'package.json', 'package-lock.json', 'tsconfig.json'];
const DIST = 'dist';
const STAMP = join(DIST, '.built');

process.chdir(import.meta.dirname);
const digest = digestInputs();
const isWhole = ['main.js', 'cli/program.js', 'mjml.json'].every((file) =>
  existsSync(join(DIST, file)),
);
if (!isWhole || readStamp() !== digest) {
  rmSync(STAMP, { force: true });
  const began = Date.now();
  run('node_modules/typescript/bin/tsc', '--noCheck');
  run('dist/digest/build-mjml.js');
  run('bundle.js');
  removeOlderThan(began);
  writeFileSync(STAMP, digest);
}

/** A digest of everything that the build reads; packages are in it by their locked versions. */
function digestInputs() {
  const hash = createHash('sha256');
  for (const file of [...FILES, ...SOURCES.flatMap(filesIn)].sort()) {
    hash.update(`${file}\0`);
    hash.update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

function readStamp() {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return null;
  }
}

/** @param {string[]} command */
function run(...command) {
  try {
    execFileSync(process.execPath, command, { stdio: 'inherit' });
  } catch {
    process.exit(1);
  }
}

/**
 * What an earlier build has left, of sources that have gone since.
 * @param {number} began
 */
function removeOlderThan(began) {
  for (const file of filesIn(DIST)) {
    // A file system may know whole seconds only.
    if (statSync(file).mtimeMs < Math.floor(began / 1_000) * 1_000) rmSync(file);
  }
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
