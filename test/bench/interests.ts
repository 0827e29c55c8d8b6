import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import type { Bench, Findings, Kit } from './kit/bench.js';
import { interestsOf } from './kit/interests.js';
import { run as runProcess } from './kit/measure.js';
import { DATE, makeStore } from './kit/paperboy.js';
import { median } from './kit/stats.js';

const kitFile = (name: string) => fileURLToPath(new URL(`kit/${name}`, import.meta.url));

export const interestsBench: Bench = {
  name: 'interests',
  about: 'Selecting from 50 papers for readers with ten interests each, and planning for them',
  run,
};

const PAPERS = 50;

async function run(kit: Kit): Promise<Findings> {
  const readers = kit.size(1_000_000, 2_000);
  const planned = kit.size(100_000, 500);
  const folder = kit.folder();
  const file = join(folder, 'paperboy.db');
  await makeStore(folder, { readers: 1, papers: PAPERS });
  const location = JSON.stringify({ kind: 'sqlite', file });
  const run = (script: string, ...args: string[]) =>
    runProcess(process.execPath, [kitFile(script), location, DATE, ...args], { cwd: folder });

  const seconds: number[] = [];
  const peaks: number[] = [];
  let matched = 0;
  for (let round = 1; round <= kit.rounds; round++) {
    const { stdout, peakMb } = await run('selector.js', String(readers));
    const told = JSON.parse(stdout) as { cpuSeconds: number; matched: number };
    seconds.push(told.cpuSeconds);
    peaks.push(peakMb);
    matched = told.matched;
    kit.say(`round ${round}: ${told.cpuSeconds.toFixed(1)} CPU s, ${matched} matched`);
  }

  addReaders(file, planned);
  const plan = await run('planner.js');
  const told = JSON.parse(plan.stdout) as { planned: number; seconds: number };
  return {
    rows: [
      {
        what: `${readers.toLocaleString('en-GB')} selections`,
        cpu: (median(seconds) / readers) * 1_000,
        peak: median(peaks),
        wall: median(seconds),
        note: `${((matched / readers) * 100).toFixed(0)} % of the readers get something for them; the seconds are of CPU, on one core`,
      },
      {
        what: `${planned.toLocaleString('en-GB')} planned on SQLite`,
        cpu: (plan.cpuSeconds / planned) * 1_000,
        peak: plan.peakMb,
        wall: told.seconds,
        note: sizeOf(file),
      },
    ],
    marks: [
      { what: 'CPU seconds for all selections', value: median(seconds), most: 60 },
      { what: 'memory, MB', value: Math.max(plan.peakMb, median(peaks)), most: 300 },
    ],
    skipped: [],
  };
}

function addReaders(file: string, count: number): void {
  const database = new SQLite(file, { timeout: 30_000 });
  const insert = database.prepare(
    `insert into subscribers (email, email_key, state, round, frequency, length, topics, keywords,
       authors, organisations, created_at, active_since)
     values (?, ?, 'active', 1, 'daily', 20, ?, ?, ?, ?, 0, 0)`,
  );
  database.transaction(() => {
    for (let nth = 0; nth < count; nth++) {
      const email = `interested${nth}@mail.test`;
      const { topics, keywords, authors, organisations } = interestsOf(nth);
      const lists = [topics, keywords, authors, organisations].map((list) => JSON.stringify(list));
      insert.run(email, email, ...lists);
    }
  })();
  database.close();
}

/** How many selections were kept, and how long they are. */
function sizeOf(file: string): string {
  const database = new SQLite(file, { readonly: true });
  const { count, octets } = database
    .prepare<[], { count: number; octets: number }>(
      `select count(*) as count, avg(length(papers) + length(coalesce(reasons, ''))) as octets
       from selections`,
    )
    .get() ?? { count: 0, octets: 0 };
  database.close();
  return `${count.toLocaleString('en-GB')} different selections of ${octets.toFixed(0)} octets on average`;
}
