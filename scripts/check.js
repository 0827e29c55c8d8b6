import { spawn } from 'node:child_process';

/**
 * Style, import directions and types: `npm run check`. Side by side, since the second keeps one
 * processor busy only; each tells at its end what it has to tell.
 */
const CHECKS = ['biome check .', 'npm run --silent imports', 'tsc -p test'];

const codes = await Promise.all(CHECKS.map(check));
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

/**
 * @param {string} command
 * @returns {Promise<number | null>}
 */
function check(command) {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {Buffer[]} */
  const told = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => told.push(piece));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(told));
      resolve(code);
    });
  });
}
