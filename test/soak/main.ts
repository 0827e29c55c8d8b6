/**
 * Lets readers and an operator live with the program for minutes, while mail server, store, source and
 * clock go wrong and processes are killed, and judges what came of it:
 * `npm run soak -- [--minutes N] [--seed N] [--database embedded|postgres://…]`
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.js';
import { HURRIED, tempDir } from '../support/program.js';
import type { StorePlace } from '../torture/scene.js';
import { soak } from './soak.js';
import { checkAll, reportSoak } from './soak-report.js';

/** Minutes below which leases and waits are short, as in tests: there is no time for others. */
const HURRIED_BELOW = 3;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** A server, on which a database is made; without it, SQLite. */
    database: { type: 'string' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const folder = tempDir();
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
const { place, close } = await openServer(values.database);
say(`soak on ${place.kind}: ${minutes} minutes, seed ${seed}`);
let good = false;
try {
  const hurried = minutes < HURRIED_BELOW ? { main: HURRIED } : {};
  const evidence = await soak({ minutes, seed, place, folder: folder.path, say, ...hurried });
  const checks = checkAll(evidence);
  for (const line of reportSoak(evidence, checks)) say(line);
  writeFileSync(join(folder.path, 'record.json'), JSON.stringify(evidence.record));
  good = checks.every(({ violations }) => violations.length === 0);
} catch (error) {
  say(`failed: ${error instanceof Error ? error.stack : error}`);
}
await close();
if (good) folder.dispose();
else say(`What the run left is in ${folder.path}`);
say(good ? 'passed' : 'FAILED');
process.exitCode = good ? 0 : 1;

async function openServer(database: string | undefined) {
  const nothing = async () => {};
  if (database === undefined) return { place: { kind: 'sqlite' } as StorePlace, close: nothing };
  if (database !== 'embedded') {
    return { place: { kind: 'postgres', server: database } as StorePlace, close: nothing };
  }
  const server = await startPostgres();
  return {
    place: { kind: 'postgres', server: server.url } as StorePlace,
    close: () => server.stop(),
  };
}
