import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { messageOf, PaperboyError } from '../base/errors.js';
import type { CliContext } from './context.js';
import { fetchCommand } from './fetch.js';
import { migrateCommand } from './migrate.js';
import { pickCommand } from './pick.js';
import { previewCommand } from './preview.js';
import { runCommand } from './run.js';
import { sendCommand } from './send.js';
import { serveCommand } from './serve.js';
import { storeCommand } from './store.js';
import { subscribersCommand } from './subscribers.js';
import { workerCommand } from './worker.js';

const DONE = 0;
const FAILED = 1;
const BAD_USAGE = 2;

/** Errors that say that the command was given something wrong. */
const USAGE_CODES = new Set([
  'bad_config',
  'bad_date',
  'bad_address',
  'bad_preferences',
  'bad_usage',
]);

/**
 * Runs one command.
 * @returns the exit code: 0 done, 1 failed, 2 bad usage.
 */
export async function runCli(args: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const context: CliContext = { environment, exitCode: DONE };
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_USAGE;
    process.stderr.write(`paperboy: ${sentenceOf(error)}\n`);
    return error instanceof PaperboyError && USAGE_CODES.has(error.code) ? BAD_USAGE : FAILED;
  }
}

function buildProgram(context: CliContext): Command {
  const program = new Command('paperboy')
    .description('Sends people the day’s trending research papers by email.')
    .version(version())
    .helpCommand(true)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .addHelpText(
      'after',
      `
A day by hand:
  $ paperboy fetch --date 2026-08-20     read that day's papers from the sources
  $ paperboy pick --date 2026-08-20      make the edition of that day
  $ paperboy preview --date 2026-08-20 --out digest.html
  $ paperboy send --date 2026-08-20 --now
or all of it, for the newest day that has papers:
  $ paperboy run --now

Settings come from the environment (DATABASE_URL, SMTP_URL, MAIL_FROM, PUBLIC_URL, …); README.md
has the table. Exit code: 0 done, 1 failed, 2 bad usage.`,
    );
  serveCommand(program, context);
  workerCommand(program, context);
  runCommand(program, context);
  fetchCommand(program, context);
  pickCommand(program, context);
  sendCommand(program, context);
  previewCommand(program, context);
  subscribersCommand(program, context);
  storeCommand(program, context);
  migrateCommand(program, context);
  return program;
}

function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(file) as { version: string }).version);
}

function sentenceOf(error: unknown): string {
  if (error instanceof PaperboyError) return error.message;
  const stack = error instanceof Error && error.stack ? `\n${error.stack}` : '';
  return `Something unforeseen went wrong: ${messageOf(error)}${stack}`;
}
