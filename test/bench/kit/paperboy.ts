import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { startHuggingFace } from '../../support/huggingface.js';
import { MAIN } from '../../support/program.js';
import { type Measured, type RunOptions, run, start } from './measure.js';
import { dayOfPapers } from './papers.js';

export const DATE = '2026-03-02';
const STORE = 'paperboy.db';

/** What Paperboy is set to in every benchmark, unless one says otherwise. */
const SETTINGS = {
  DATABASE_URL: `sqlite:${STORE}`,
  MAIL_FROM: 'Daily Papers <papers@example.org>',
  PUBLIC_URL: 'https://papers.example.org',
  SECRET_KEY: 'a secret of the bench, long enough',
  LOG_LEVEL: 'warn',
  // Not while a bench runs, whatever the time of day.
  PICK_CRON: '0 0 29 2 *',
  HOST: '127.0.0.1',
};

export type Settings = Record<string, string>;

/** Runs a command of the built program in `cwd`. */
export function paperboy(
  cwd: string,
  args: string[],
  { env, ...options }: Omit<RunOptions, 'cwd'> = {},
): Promise<Measured> {
  return run(process.execPath, [MAIN, ...args], { cwd, env: { ...SETTINGS, ...env }, ...options });
}

/** Starts a command that the caller stops. */
export function launch(cwd: string, args: string[], env: Settings) {
  return start(process.execPath, [MAIN, ...args], { cwd, env: { ...SETTINGS, ...env } });
}

export interface StoreWish {
  readers: number;
  /** In the edition; a reader's selection has 20 of them. Default: 20. */
  papers?: number;
  /**
   * Whether the deliveries are planned already, and due half a day from now. Otherwise `send`
   * plans them.
   */
  planned?: boolean;
}

/** Makes a store the way an operator does: fetch, pick, import. */
export async function makeStore(
  folder: string,
  { papers, ...readers }: StoreWish,
  env: Settings = {},
): Promise<void> {
  await makeEdition(folder, papers, env);
  await addReaders(folder, readers, env);
}

async function makeEdition(folder: string, papers = 20, env: Settings = {}): Promise<void> {
  const source = await startHuggingFace();
  source.setDay(DATE, dayOfPapers(DATE, papers));
  const settings = { ...env, HUGGINGFACE_URL: source.url };
  try {
    await paperboy(folder, ['fetch', '--date', DATE], { env: settings });
    await paperboy(folder, ['pick', '--date', DATE], { env: settings });
  } finally {
    await source.close();
  }
}

async function addReaders(
  folder: string,
  { readers, planned = false }: Omit<StoreWish, 'papers'>,
  env: Settings = {},
): Promise<void> {
  const later = (new Date().getUTCHours() + 12) % 24;
  const rows = Array.from(
    { length: readers },
    (_, n) => `reader${n}@mail${n % 100}.test,UTC,${later}`,
  );
  const file = join(folder, 'readers.csv');
  writeFileSync(file, `email,timezone,hour\n${rows.join('\n')}\n`);
  await paperboy(folder, ['subscribers', 'import', file, '--confirmed'], { env });
  if (planned) await paperboy(folder, ['send', '--date', DATE], { env });
}

/** Stores that benchmarks share: each is made once in a run, and copied for every use. */
export class Stores {
  readonly #newFolder: () => string;
  readonly #editions = new Map<number, Promise<string>>();
  readonly #made = new Map<string, Promise<string>>();

  constructor(newFolder: () => string) {
    this.#newFolder = newFolder;
  }

  /** A folder with a store of its own. */
  async fresh(
    preferences: StoreWish,
    change?: (database: SQLite.Database) => void,
  ): Promise<string> {
    const made = remember(this.#made, JSON.stringify(preferences), async () => {
      const folder = this.#copy(await this.#edition(preferences.papers ?? 20));
      await addReaders(folder, preferences);
      return folder;
    });
    const folder = this.#copy(await made);
    if (change) inStore(folder, change);
    return folder;
  }

  #edition(papers: number): Promise<string> {
    return remember(this.#editions, papers, async () => {
      const folder = this.#newFolder();
      await makeEdition(folder, papers);
      return folder;
    });
  }

  #copy(from: string): string {
    const folder = this.#newFolder();
    copyFileSync(join(from, STORE), join(folder, STORE));
    return folder;
  }
}

function remember<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

/** Works on a store beside the program. */
export function inStore<T>(folder: string, work: (database: SQLite.Database) => T): T {
  const database = new SQLite(join(folder, STORE), { timeout: 30_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

export interface Sent extends Measured {
  /** Mails a second between the first outcome and the last, without the start of the process. */
  rate: number;
}

/**
 * Sends the whole edition and makes sure that every mail was accepted.
 * @param ended reads when each mail ended; out of the SQLite store in `folder` when left out
 */
export async function sendAll(
  folder: string,
  mails: number,
  env: Settings,
  ended: () => number[] | Promise<number[]> = () => endings(folder),
): Promise<Sent> {
  const measured = await paperboy(folder, ['send', '--date', DATE, '--now', '--json'], { env });
  const counts = JSON.parse(measured.stdout) as { accepted: number };
  if (counts.accepted !== mails) throw new Error(`Of ${mails} mails: ${measured.stdout}`);
  return { ...measured, rate: rateOf(await ended()) };
}

/** When each mail came to its end, in milliseconds since the epoch, in order. */
export function endings(folder: string): number[] {
  return inStore(folder, (database) =>
    database
      .prepare<[], number>('select ended_at from deliveries where ended_at is not null order by 1')
      .pluck()
      .all(),
  );
}

/** The first moment counts as the start, so what ended in it is not part of the work. */
export function rateOf(times: readonly number[]): number {
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  const after = times.filter((time) => time > first).length;
  return after / ((last - first) / 1000);
}

/** The digest as everybody gets it, for contenders that send the same. */
export interface Mail {
  subject: string;
  html: string;
  text: string;
  /** Octets as encoded, header fields included. */
  octets: number;
}

export async function previewMail(folder: string): Promise<Mail> {
  const { stdout } = await paperboy(folder, ['preview', '--date', DATE, '--json']);
  const { subject, html, text, bytes } = JSON.parse(stdout) as Omit<Mail, 'octets'> & {
    bytes: number;
  };
  return { subject, html, text, octets: bytes + 700 };
}
