import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import type { StoreLocation } from '../../src/store/open.js';
import { createDatabase, startPostgres } from '../support/postgres.js';
import type { Bench, Findings, Kit } from './kit/bench.js';
import { run as runProcess } from './kit/measure.js';
import { DATE, makeStore } from './kit/paperboy.js';
import { readersEverywhere } from './kit/places.js';
import { median } from './kit/stats.js';

const PLANNER = fileURLToPath(new URL('kit/planner.js', import.meta.url));

export const planBench: Bench = {
  name: 'plan',
  about: 'Planning an edition for readers in all time zones and at all hours of the day',
  run,
};

/** What planning took. */
interface Planned {
  planned: number;
  seconds: number;
  cpuSeconds: number;
  peakMb: number;
  /** The longest that another process had to wait before it could write, in milliseconds. */
  longestWait: number;
}

async function run(kit: Kit): Promise<Findings> {
  const readers = kit.size(1_000_000, 5_000);
  const rounds: Planned[] = [];
  for (let round = 1; round <= kit.rounds; round++) {
    const planned = await benchPlan(readers, kit.folder());
    rounds.push(planned);
    kit.say(`round ${round}: ${planned.seconds.toFixed(1)} s, ${JSON.stringify(planned)}`);
  }
  const postgres = await benchPlanOnPostgres(readers, kit.folder());
  kit.say(`PostgreSQL: ${JSON.stringify(postgres)}`);
  const of = (figure: (planned: Planned) => number) => median(rounds.map(figure));
  const perThousand = ({ cpuSeconds }: { cpuSeconds: number }) => (cpuSeconds / readers) * 1_000;
  return {
    rows: [
      {
        what: `${readers.toLocaleString('en-GB')} on SQLite`,
        wall: of(({ seconds }) => seconds),
        cpu: of(perThousand),
        peak: of(({ peakMb }) => peakMb),
        note: `another writer waited ${of(({ longestWait }) => longestWait).toFixed(0)} ms at most`,
      },
      {
        what: `${readers.toLocaleString('en-GB')} on PostgreSQL`,
        wall: postgres.seconds,
        cpu: perThousand(postgres),
        peak: postgres.peakMb,
        note: 'one round; the CPU is that of Paperboy alone',
      },
    ],
    marks: [
      { what: 'seconds on SQLite', value: of(({ seconds }) => seconds), most: 10 },
      { what: 'memory, MB', value: of(({ peakMb }) => peakMb), most: 300 },
    ],
    skipped: [],
  };
}

/** Plans an edition for so many readers in a new SQLite store, in a process of its own. */
export async function benchPlan(readers: number, folder: string): Promise<Planned> {
  await makeStore(folder, { readers: 1 });
  const file = join(folder, 'paperboy.db');
  const database = new SQLite(file, { timeout: 30_000 });
  try {
    database.exec(readersEverywhere(readers));
    database.pragma('wal_checkpoint(truncate)');
    let longestWait = 0;
    const writer = setInterval(() => {
      const began = performance.now();
      database.exec('begin immediate; rollback');
      longestWait = Math.max(longestWait, performance.now() - began);
    }, 10);
    const planned = await plan({ kind: 'sqlite', file }, folder);
    clearInterval(writer);
    return { ...planned, longestWait };
  } finally {
    database.close();
  }
}

/** The same on a PostgreSQL of its own, as it is without any settings. */
export async function benchPlanOnPostgres(
  readers: number,
  folder: string,
): Promise<Omit<Planned, 'longestWait'>> {
  const server = await startPostgres();
  try {
    const database = await createDatabase(server.url);
    await makeStore(folder, { readers: 1 }, { DATABASE_URL: database.url });
    await database.query(readersEverywhere(readers));
    await database.query('vacuum analyze');
    return await plan({ kind: 'postgres', url: database.url }, folder);
  } finally {
    await server.stop();
  }
}

async function plan(location: StoreLocation, cwd: string) {
  const args = [PLANNER, JSON.stringify(location), DATE];
  const { stdout, cpuSeconds, peakMb } = await runProcess(process.execPath, args, { cwd });
  const { planned, seconds } = JSON.parse(stdout) as { planned: number; seconds: number };
  return { planned, seconds, cpuSeconds, peakMb };
}
