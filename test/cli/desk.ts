import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { writeEmptyStore } from '../store/empty-file.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import {
  freePort,
  HURRIED,
  ROOT,
  type RunningPaperboy,
  type RunOptions,
  type RunResult,
  runPaperboy,
  startPaperboy,
  tempDir,
} from '../support/program.js';
import { runResident } from '../support/resident.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from '../support/smtp.js';

/** By which the program under test signs. */
export const SECRET_KEY = 'a secret of tests, long enough for all';

const FIXTURES = join(ROOT, 'test/fixtures/huggingface');

/** What an operator has in front of them: a folder, a source, a mail server and the program. */
export interface Desk {
  readonly path: string;
  readonly env: Record<string, string>;
  readonly source: HuggingFaceStub;
  readonly smtp: SmtpStub;
  /** Where the pages are once `serve` runs. */
  readonly site: string;
  run(args: string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a command that must be done, and gives its JSON. */
  json<T = Record<string, unknown>>(args: string[]): Promise<T>;
  start(args: string[], env?: Record<string, string>): RunningPaperboy;
  /** Starts `serve` and waits until it says that it is there. */
  serve(env?: Record<string, string>): Promise<RunningPaperboy>;
  /** Writes a file into the folder and gives its name. */
  file(name: string, content: string): string;
  /** Rows of the store, read beside the program. */
  rows<T = Record<string, unknown>>(sql: string): T[];
  close(): Promise<void>;
}

/**
 * The program hurries, and its store is there already, since its migrations would be made anew for
 * each test.
 * @param more environment of all programs that are started at this desk
 */
export async function openDesk(
  options: SmtpOptions = {},
  more: Record<string, string> = {},
): Promise<Desk> {
  const dir = tempDir();
  const source = await startHuggingFace({ dir: FIXTURES });
  const smtp = await startSmtp(options);
  const port = await freePort();
  const env: Record<string, string> = {
    PORT: String(port),
    HUGGINGFACE_URL: source.url,
    SMTP_URL: smtp.url,
    DATABASE_URL: 'sqlite:paperboy.db',
    // Not while a test runs, whatever the time of day.
    PICK_CRON: '0 0 29 2 *',
    SECRET_KEY,
    ...more,
  };
  if (more['DATABASE_URL'] === undefined) await writeEmptyStore(join(dir.path, 'paperboy.db'));
  const started: RunningPaperboy[] = [];
  const run = (args: string[], more: RunOptions = {}) => {
    // Node reads some of the environment at its own start.
    const needsOwn =
      ['input', 'main'].some((name) => name in more) ||
      ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'].some((name) => more.env?.[name]);
    return (needsOwn ? runPaperboy : runResident)(args, {
      ...{ cwd: dir.path, main: HURRIED, timeoutMs: 60_000, ...more },
      env: { ...env, ...more.env },
    });
  };
  const start = (args: string[], more: Record<string, string> = {}) => {
    const running = startPaperboy(args, {
      ...{ cwd: dir.path, main: HURRIED },
      env: { ...env, ...more },
    });
    started.push(running);
    return running;
  };
  return {
    path: dir.path,
    env,
    source,
    smtp,
    site: `http://localhost:${port}`,
    run,
    json: async <T>(args: string[]) => {
      const result = await run([...args, '--json']);
      if (result.code === 0 && isOneJsonLine(result)) return result.json<T>();
      const { code, stdout, stderr } = result;
      throw new Error(`${args.join(' ')} ended with ${code}: ${stdout.slice(0, 500)}\n${stderr}`);
    },
    start,
    serve: async (more) => {
      const running = start(['serve'], more);
      await running.waitForLog(/^Paperboy is at/m, 30_000);
      return running;
    },
    file: (name, content) => {
      writeFileSync(join(dir.path, name), content);
      return name;
    },
    rows: <T>(sql: string) => {
      const database = new SQLite(join(dir.path, 'paperboy.db'), { readonly: true });
      try {
        return database.prepare<[], T>(sql).all();
      } finally {
        database.close();
      }
    },
    close: async () => {
      for (const running of started) await running.kill();
      await source.close();
      await smtp.close();
      dir.dispose();
    },
  };
}

/** One line of JSON on standard output, and nothing but log lines and sentences beside it. */
export function isOneJsonLine({ stdout }: RunResult): boolean {
  return /^\{.*\}\n$/.test(stdout) && typeof JSON.parse(stdout) === 'object';
}

/** What an error says to people: the lines that are no log. */
export function sentences({ stderr }: RunResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{"level"'));
}
