import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { writeEmptyStore } from '../store/empty-file.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import { createDatabase } from '../support/postgres.js';
import {
  freePort,
  MAIN,
  type RunningPaperboy,
  type RunOptions,
  type RunResult,
  runPaperboy,
  startPaperboy,
} from '../support/program.js';
import type { StorePlace } from '../torture/scene.js';
import type { SoakClock } from './soak-clock.js';

/** Connections of each process that sends. */
export const CONNECTIONS = 4;
/** Limits on what strangers can cause; small enough to be reached. */
export const LIMITS = { perHour: 250, perDomain: 20, perNetwork: 50, perMailbox: 3 };
export const HOOK_PASSWORD = 'a long word of the hook';
const PRELOAD = new URL('shifted-clock.js', import.meta.url).href;
/** Small enough to be filled at once, large enough for a run. */
const DISK = '128m';

export interface PlaceOptions {
  /** An empty folder; the store and all files of the run are in it. */
  folder: string;
  place: StorePlace;
  /** The program, if it is not the built one. */
  main?: string;
  clock: SoakClock;
}

export type SoakCommand = 'serve' | 'worker' | 'send';

/** A store, the program on it, a source, and a clock that can be set. */
export interface Place {
  readonly folder: string;
  readonly clock: SoakClock;
  readonly source: HuggingFaceStub;
  readonly site: string;
  readonly bouncePort: number;
  /** The folder with the store's files; `null` where it is a database's. */
  readonly storeFolder: string | null;
  /** Whether the store has a small disk of its own. */
  readonly hasOwnDisk: boolean;
  /** Starts a command of the program that runs on. */
  start(args: string[]): RunningPaperboy;
  run(args: string[], options?: RunOptions): Promise<RunResult>;
  rows<T>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}

export async function openPlace(options: PlaceOptions, smtpUrl: string): Promise<Place> {
  const { folder, main = MAIN, clock } = options;
  const source = await startHuggingFace();
  const store = await openStorePlace(options);
  const port = await freePort();
  const bouncePort = await freePort();
  const env: Record<string, string> = {
    ...{ NODE_OPTIONS: `--import ${PRELOAD}`, SOAK_CLOCK: clock.file },
    ...{ PORT: String(port), BOUNCE_PORT: String(bouncePort), TRUST_PROXY: 'on' },
    ...{ DATABASE_URL: store.url, SMTP_URL: smtpUrl, SMTP_CONNECTIONS: String(CONNECTIONS) },
    ...{ HUGGINGFACE_URL: source.url, SOURCE_TIMEOUT: '3' },
    // Not while it runs, wherever the clock is set to.
    PICK_CRON: '0 0 29 2 *',
    // Of the hurried program: a machine that stands still for a while may not look like a dead process.
    HURRIED: JSON.stringify({ lease: 20_000, renewEvery: 2_000 }),
    SECRET_KEY: 'a secret of tests, long enough for all',
    ...{ MAIL_FROM: 'Papers <papers@ours.test>', BOUNCE_ADDRESS: 'bounces@ours.test' },
    ...{ OPERATOR_EMAIL: 'operator@ours.test', HOOK_POSTMARK_PASSWORD: HOOK_PASSWORD },
    NOTICES_PER_HOUR: String(LIMITS.perHour),
    NOTICES_PER_DOMAIN: String(LIMITS.perDomain),
    NOTICES_PER_NETWORK: String(LIMITS.perNetwork),
  };
  // A worker beside `serve` listens to nothing of its own.
  const { BOUNCE_PORT: _, ...aside } = env;
  const started: RunningPaperboy[] = [];
  return {
    ...{ folder, clock, source, bouncePort, site: `http://127.0.0.1:${port}` },
    ...{ storeFolder: store.folder, hasOwnDisk: store.hasOwnDisk, rows: store.rows },
    start: (args) => {
      const own = args[0] === 'serve' ? env : aside;
      const running = startPaperboy(args, { cwd: folder, main, env: own });
      started.push(running);
      return running;
    },
    run: (args, more) => runPaperboy(args, { cwd: folder, main, env: aside, ...more }),
    close: async () => {
      for (const running of started) await running.kill();
      await source.close();
      await store.close();
    },
  };
}

async function openStorePlace({ place, folder }: PlaceOptions) {
  if (place.kind === 'postgres') {
    const database = await createDatabase(place.server);
    return {
      ...{ url: database.url, folder: null, hasOwnDisk: false },
      rows: <T>(sql: string) => database.query<T>(sql),
      close: () => database.drop(),
    };
  }
  const disk = join(folder, 'store');
  mkdirSync(disk);
  const hasOwnDisk = mount(disk);
  const file = join(disk, 'paperboy.db');
  await writeEmptyStore(file);
  return {
    ...{ url: `sqlite:${file}`, folder: disk, hasOwnDisk },
    rows: async <T>(sql: string): Promise<T[]> => {
      const database = new SQLite(file, { readonly: true });
      try {
        return database.prepare<[], T>(sql).all();
      } finally {
        database.close();
      }
    },
    close: async () => {
      if (!hasOwnDisk) return;
      // What may have to be looked at stays.
      cpSync(disk, join(folder, 'store-at-the-end'), { recursive: true });
      execFileSync('umount', [disk]);
    },
  };
}

/** @returns whether this machine lets us have a small disk */
function mount(path: string): boolean {
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${DISK}`, 'none', path];
    execFileSync('mount', options, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
