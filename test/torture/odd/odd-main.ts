import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../support/program.js';
import { oddCases } from './odd-cases.js';
import { OddRuns } from './odd-run.js';
import { isGood, type OddResult, oddFaults, oddTable } from './odd-table.js';
import type { OddVerdict } from './odd-verdict.js';
import { tortureByRestarts } from './postfix-run.js';
import { POSTFIX } from './postfix-server.js';

export interface OddOptions {
  seed: number;
  mails: number;
  /** The beginning of the names of the cases that are wanted. */
  only: string | undefined;
  say: (line: string) => void;
}

/** A case that can be run by its name. */
interface Runnable {
  name: string;
  mails: number;
  run(): Promise<OddVerdict>;
}

/** How much longer than it is allowed a `send` is watched before it is stopped. */
const EXTRA_TIME = 30_000;
const RESTARTS = { name: 'postfix-restarts', mails: 3_000, restarts: 10 };

/**
 * Sends editions to servers that are odd in one way each, one case after another.
 * @returns whether all of them were as they should be
 */
export async function tortureByOddServers(options: OddOptions): Promise<boolean> {
  const { seed, mails, only = '', say } = options;
  const folder = tempDir();
  const all = [...stubbed(options, folder.path), ...withPostfix(folder.path)];
  const wanted = all.filter(({ name }) => name.startsWith(only));
  if (wanted.length === 0) throw new Error(`No case begins with ${only}.`);
  say(`odd servers: seed ${seed}, mails ${mails}, ${wanted.length} cases`);
  if (!canStartPostfix()) say(`SKIPPED ${RESTARTS.name}: it needs root and ${POSTFIX}`);
  const results: OddResult[] = [];
  for (const one of wanted) {
    const result = await resultOf(one);
    results.push(result);
    say(`${isGood(result) ? 'good  ' : 'FAILED'} ${one.name}`);
    for (const fault of oddFaults(result)) say(`         ${fault}`);
  }
  say('');
  for (const line of oddTable(results)) say(line);
  const good = results.every(isGood);
  if (good) folder.dispose();
  else say(`\nStores, logs and what the servers saw are in ${folder.path}`);
  return good;
}

function stubbed({ seed, mails }: OddOptions, folder: string): Runnable[] {
  const runs = new OddRuns({ seed, folder, timed: true, extraTime: EXTRA_TIME });
  return oddCases({ mails, short: false }).map((one) => ({
    name: one.name,
    mails: one.mails,
    run: () => runs.run(one),
  }));
}

function withPostfix(path: string): Runnable[] {
  if (!canStartPostfix()) return [];
  const run = () => {
    const folder = join(path, RESTARTS.name);
    mkdirSync(folder);
    return tortureByRestarts({ ...RESTARTS, folder, timed: true });
  };
  return [{ ...RESTARTS, run }];
}

function canStartPostfix(): boolean {
  return process.getuid?.() === 0 && existsSync(POSTFIX);
}

async function resultOf({ name, mails, run }: Runnable): Promise<OddResult> {
  try {
    return { name, mails, outcome: await run() };
  } catch (error) {
    return { name, mails, outcome: error instanceof Error ? error : new Error(String(error)) };
  }
}
