import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHuggingFace } from '../support/huggingface.js';
import { createDatabase } from '../support/postgres.js';
import {
  freePort,
  MAIN,
  ROOT,
  type RunningPaperboy,
  type RunResult,
  runPaperboy,
  startPaperboy,
} from '../support/program.js';
import type { Command } from './kills.js';
import { type LedgerReader, postgresLedger, sqliteLedger } from './ledger.js';

export const DATABASES = ['sqlite', 'postgres'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** Where the store is made: a file in the folder, or a database of its own on a server. */
export type StorePlace = { kind: 'sqlite' } | { kind: 'postgres'; server: string };

const DATE = '2026-03-02';
const SEND = ['send', '--date', DATE, '--now', '--json'];
const FIXTURES = join(ROOT, 'test/fixtures/huggingface');

/** A store with an edition that nobody has got yet, and the program to send it with. */
export interface Scene {
  readonly ledger: LedgerReader;
  start(command: Command): RunningPaperboy;
  /** One `send` to its end. */
  finish(): Promise<RunResult>;
  /** Ends what was started here. */
  close(): Promise<void>;
}

export interface SceneOptions {
  /** Where everything lies. */
  folder: string;
  place: StorePlace;
  smtpUrl: string;
  readers: readonly string[];
  connections: number;
  /** The program, if it is not the built one. */
  main?: string;
}

/** Longest time for one command, however slow the machine. */
const LIMIT = 600_000;

export async function setScene(options: SceneOptions): Promise<Scene> {
  const { folder, smtpUrl, readers, connections, main = MAIN } = options;
  const source = await startHuggingFace({ dir: FIXTURES });
  const store = await makeStore(options);
  const env: Record<string, string> = {
    DATABASE_URL: store.url,
    SMTP_URL: smtpUrl,
    SMTP_CONNECTIONS: String(connections),
    HUGGINGFACE_URL: source.url,
    PORT: String(await freePort()),
    // Not while it runs, whatever the time of day.
    PICK_CRON: '0 0 29 2 *',
    SECRET_KEY: 'a secret of tests, long enough for all',
    LOG_LEVEL: 'error',
  };
  const started: RunningPaperboy[] = [];
  const run = (args: string[]) => runPaperboy(args, { cwd: folder, main, env, timeoutMs: LIMIT });
  const done = async (args: string[]) => {
    const result = await run(args);
    if (result.code !== 0) throw new Error(`${args.join(' ')} failed: ${result.stderr}`);
  };
  try {
    const csv = join(folder, 'readers.csv');
    writeFileSync(csv, `email\n${readers.join('\n')}\n`);
    await done(['subscribers', 'import', csv, '--confirmed']);
    await done(['fetch', '--date', DATE]);
    await done(['pick', '--date', DATE]);
  } finally {
    await source.close();
  }
  return {
    ledger: store.ledger,
    start: (command) => {
      const running = startPaperboy(command === 'send' ? SEND : [command], {
        cwd: folder,
        main,
        env,
      });
      started.push(running);
      return running;
    },
    finish: () => run(SEND),
    close: async () => {
      for (const running of started) await running.kill();
      await store.close();
    },
  };
}

async function makeStore({ place, folder }: SceneOptions) {
  if (place.kind === 'sqlite') {
    const file = join(folder, 'paperboy.db');
    return { url: `sqlite:${file}`, ledger: sqliteLedger(file), close: async () => {} };
  }
  const database = await createDatabase(place.server);
  return { url: database.url, ledger: postgresLedger(database), close: () => database.drop() };
}
