/**
 * Kills senders at random moments until an edition is sent, and judges what came of it:
 * `npm run torture -- [--database sqlite|postgres] [--seed N] [--subscribers N] [--kills N]`;
 * or sends to servers that are odd: `npm run torture -- --odd [--seed N] [--mails N] [--only NAME]`
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.js';
import { tempDir } from '../support/program.js';
import { tortureByOddServers } from './odd/odd-main.js';
import { DATABASES, type DatabaseName, type StorePlace } from './scene.js';
import { torture } from './torture.js';
import { report, type Verdict } from './verdict.js';

const CONNECTIONS = 8;
const LOSE = 1 / 250;

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    subscribers: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '24' },
    odd: { type: 'boolean', default: false },
    mails: { type: 'string', default: '400' },
    only: { type: 'string' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
process.exitCode = (await (values.odd ? byOddServers() : byKills())) ? 0 : 1;

function byOddServers(): Promise<boolean> {
  const { seed, mails, only } = values;
  return tortureByOddServers({ seed: Number(seed), mails: Number(mails), only, say });
}

async function byKills(): Promise<boolean> {
  const wanted = DATABASES.filter((name) => (values.database ?? name) === name);
  if (wanted.length === 0) throw new Error(`--database is one of ${DATABASES.join(', ')}`);
  let passed = true;
  for (const database of wanted) passed = (await run(database)) && passed;
  return passed;
}

async function run(database: DatabaseName): Promise<boolean> {
  if (database === 'sqlite') return runAt({ kind: 'sqlite' });
  // With its own defaults: what it has committed is on the disk.
  const server = await startPostgres();
  try {
    return await runAt({ kind: 'postgres', server: server.url });
  } finally {
    await server.stop();
  }
}

async function runAt(place: StorePlace): Promise<boolean> {
  const folder = tempDir();
  const began = Date.now();
  const numbers = {
    seed: Number(values.seed),
    subscribers: Number(values.subscribers),
    kills: Number(values.kills),
    connections: CONNECTIONS,
  };
  const told = Object.entries(numbers).map(([name, number]) => `${name} ${number}`);
  say(`torture on ${place.kind}: ${told.join(', ')}`);
  let verdict: Verdict | undefined;
  try {
    verdict = await torture({ ...numbers, place, lose: LOSE, folder: folder.path, say });
    for (const line of report(verdict)) say(line);
  } catch (error) {
    say(`failed: ${error instanceof Error ? error.message : error}`);
  }
  const good = verdict?.violations.length === 0;
  if (good) folder.dispose();
  else say(`The server's record is in ${folder.path}, and so is a store on SQLite`);
  say(`${good ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - began) / 1_000)} s\n`);
  return good;
}
