import { Command, CommanderError } from 'commander';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import type { Timing } from '../base/timing.js';
import { VERSION } from '../base/version.js';
import type { CliContext } from './context.js';
import { complain } from './output.js';

/** Adds a command to the program. */
type Register = (program: Command, context: CliContext) => void;

/** Each is loaded when it is the one that runs: none should wait for the modules of all others. */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  serve: async () => (await import('./serve.js')).serveCommand,
  worker: async () => (await import('./worker.js')).workerCommand,
  run: async () => (await import('./run.js')).runCommand,
  fetch: async () => (await import('./fetch.js')).fetchCommand,
  pick: async () => (await import('./pick.js')).pickCommand,
  send: async () => (await import('./send.js')).sendCommand,
  preview: async () => (await import('./preview.js')).previewCommand,
  edition: async () => (await import('./edition/edition-commands.js')).editionCommand,
  suggestions: async () => (await import('./suggestions.js')).suggestionsCommand,
  deliveries: async () => (await import('./deliveries.js')).deliveriesCommand,
  subscribers: async () =>
    (await import('./subscribers/subscribers-commands.js')).subscribersCommand,
  bounce: async () => (await import('./bounce.js')).bounceCommand,
  holds: async () => (await import('./holds.js')).holdsCommand,
  store: async () => (await import('./store-copy.js')).storeCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  seed: async () => (await import('./seed.js')).seedCommand,
  migrate: async () => (await import('./migrate.js')).migrateCommand,
};

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
  'bad_note',
  'bad_reason',
  'bad_credit',
  'bad_link',
]);

/**
 * All that is written is the operator's alone: the store has addresses and the secret of all links,
 * exports have addresses, previews have links, the inbox has mails. Threads have this mask, too.
 */
const PRIVATE_MASK = 0o077;

/**
 * Runs one command.
 * @returns the exit code: 0 done, 1 failed, 2 bad usage.
 */
export async function runCli(
  args: string[],
  environment: NodeJS.ProcessEnv,
  timing: Timing,
): Promise<number> {
  process.umask(PRIVATE_MASK);
  const context: CliContext = { environment, timing, exitCode: DONE };
  try {
    const program = await loadProgram(context, args);
    await program.parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_USAGE;
    complain(formatError(error));
    return error instanceof PaperboyError && USAGE_CODES.has(error.code) ? BAD_USAGE : FAILED;
  }
}

/** The program with the command that `args` begin with, or with all of them. */
export async function loadProgram(context: CliContext, args: string[] = []): Promise<Command> {
  const program = buildProgram();
  for (const register of await registersFor(args)) register(program, context);
  return program;
}

/** The command that is meant, or all of them for the help and for whoever mistyped one. */
function registersFor([name = '']: string[]): Promise<Register[]> {
  const meant = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all((meant ? [meant] : Object.values(COMMANDS)).map((load) => load()));
}

function buildProgram(): Command {
  return new Command('paperboy')
    .description('Sends people the day’s trending research papers by email.')
    .version(VERSION)
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

Settings come from the environment (DATABASE_URL, SMTP_URL, MAIL_FROM, PUBLIC_URL, …);
docs/CONFIGURATION.md has the table. Exit code: 0 done, 1 failed, 2 bad usage.`,
    );
}

function formatError(error: unknown): string {
  if (error instanceof PaperboyError) return error.message;
  const stack = error instanceof Error && error.stack ? `\n${error.stack}` : '';
  return `Something unforeseen went wrong: ${toErrorMessage(error)}${stack}`;
}
