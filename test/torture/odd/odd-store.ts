import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { startHuggingFace } from '../../support/huggingface.js';
import {
  freePort,
  ROOT,
  type RunningPaperboy,
  runPaperboy,
  startPaperboy,
} from '../../support/program.js';

/** Options of all runs of the program against odd servers. */
export interface RunOptions {
  /** An empty folder, in which the stores and logs of all runs stay. */
  folder: string;
  /** Whether times are compared with those of runs against a plain server. */
  timed: boolean;
}

/** Connections of the program to the server. */
export const CONNECTIONS = 8;

/** Makes a folder for one run. */
export function makeFolder(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

/** A delivery as it lies in the store, with what the ledger knows of its tries. */
export interface OddRow {
  email: string;
  state: string;
  attempts: number;
  reply: string | null;
}

/** What a look into the store found, at some moment. */
export interface Look {
  rows: OddRow[];
  /** Addresses that must not be mailed. */
  suppressed: number;
}

const DATE = '2026-03-02';
const SEND = ['send', '--date', DATE, '--now', '--json'];
const FIXTURES = join(ROOT, 'test/fixtures/huggingface');
const ROWS = `
  select s.email, d.state, d.attempts, d.reply
  from deliveries d join subscribers s on s.id = d.subscriber_id order by d.id`;
const SUPPRESSED = `
  select max(
    (select count(*) from suppressions),
    (select count(*) from subscribers where state = 'suppressed')) as number`;
/** Longest time for a command that sends nothing. */
const LIMIT = 120_000;

/** A store with an edition that nobody has got yet, and the program to send it with. */
export class OddStore {
  readonly #folder: string;
  readonly #env: Record<string, string>;

  private constructor(folder: string, env: Record<string, string>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Makes it by the program itself, in an empty folder. */
  static async make(folder: string, readers: readonly string[]): Promise<OddStore> {
    const source = await startHuggingFace({ dir: FIXTURES });
    const store = new OddStore(folder, {
      DATABASE_URL: 'sqlite:paperboy.db',
      HUGGINGFACE_URL: source.url,
      PORT: String(await freePort()),
      // Not while it runs, whatever the time of day.
      PICK_CRON: '0 0 29 2 *',
      SECRET_KEY: 'a secret of tests, long enough for all',
      LOG_LEVEL: 'warn',
    });
    try {
      writeFileSync(join(folder, 'readers.csv'), `email\n${readers.join('\n')}\n`);
      await store.#run(['subscribers', 'import', 'readers.csv', '--confirmed']);
      await store.#run(['fetch', '--date', DATE]);
      await store.#run(['pick', '--date', DATE]);
    } finally {
      await source.close();
    }
    return store;
  }

  /** The same once more, in another empty folder. Nobody may be at work in this one. */
  copyTo(folder: string): OddStore {
    copyFileSync(this.#file, join(folder, 'paperboy.db'));
    return new OddStore(folder, this.#env);
  }

  startSend(smtpUrl: string, connections: number): RunningPaperboy {
    const env = {
      ...this.#env,
      SMTP_URL: smtpUrl,
      SMTP_CONNECTIONS: String(connections),
    };
    return startPaperboy(SEND, { cwd: this.#folder, env });
  }

  look(): Look {
    const database = new SQLite(this.#file, { readonly: true });
    try {
      const suppressed = database.prepare<[], { number: number }>(SUPPRESSED).get();
      const rows = database.prepare<[], OddRow>(ROWS).all();
      return { rows, suppressed: suppressed?.number ?? 0 };
    } finally {
      database.close();
    }
  }

  get #file(): string {
    return join(this.#folder, 'paperboy.db');
  }

  async #run(args: string[]): Promise<void> {
    const options = { cwd: this.#folder, env: this.#env, timeoutMs: LIMIT };
    const { code, stderr } = await runPaperboy(args, options);
    if (code !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`);
  }
}

/** Readers of so many domains in turn, the same for the same numbers. */
export function makeReaders(mails: number, domains: number): string[] {
  return Array.from({ length: mails }, (_, n) => `reader${n + 1}@${domainOf(n % domains)}`);
}

export function domainOf(n: number): string {
  return `reader${n + 1}.test`;
}
