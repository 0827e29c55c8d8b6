import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { loadConfig } from '../config/config.js';
import { parseDatabase } from '../config/parse-database.js';
import { copyStore, type TableReport } from '../store/copy/copy.js';
import type { CliContext } from './context.js';
import { answer, complain, progress } from './output.js';

interface Options {
  to: string;
  json?: boolean;
}

export function storeCommand(program: Command, context: CliContext): void {
  program
    .command('store')
    .description('move the store')
    .command('copy')
    .description('copy the SQLite store of DATABASE_URL into an empty PostgreSQL database')
    .requiredOption('--to <url>', 'postgres://USER:PASSWORD@HOST[:PORT]/DATABASE')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Stop everything that runs on the store first. Every table is read back and compared; where anything
differs, or the copy breaks off, nothing of it stays. The file is not changed. Afterwards set
DATABASE_URL to the new one, keep SECRET_KEY if you have set it, and start nothing on the file any
more: two stores send everything twice. A password may be left out of the URL and given as
PGPASSWORD.`,
    )
    .action(async ({ to, json }: Options) => {
      const file = parseSource(context);
      const url = parseTarget(to);
      const show = progress(json);
      const tables = await copyStore(file, url, {
        clock: systemClock,
        ...(show && { onProgress: (table, rows) => show(`${table}: ${rows} rows`) }),
      });
      show?.('');
      const copied = tables.every(({ same }) => same);
      answer(json, { copied, tables }, tableText(tables));
      if (copied) return;
      complain('The copy differs from the store, so nothing of it stays.');
      context.exitCode = 1;
    });
}

function parseSource({ environment }: CliContext): string {
  const { database } = loadConfig(environment);
  if (database.kind === 'sqlite') return database.file;
  throw new PaperboyError(
    'bad_usage',
    'DATABASE_URL is a PostgreSQL database already; what can be copied is a SQLite store.',
  );
}

/** The text may hold a password, so it is not shown. */
function parseTarget(text: string): string {
  let wanted = 'postgres://USER:PASSWORD@HOST[:PORT]/DATABASE';
  try {
    const location = parseDatabase(text);
    if (location.kind === 'postgres') return location.url;
  } catch (error) {
    wanted = toErrorMessage(error);
  }
  throw new PaperboyError('bad_usage', `--to must be ${wanted}.`);
}

function tableText(tables: readonly TableReport[]): string {
  const lines = [
    ['table', 'rows', 'checksum', 'in the copy'],
    ...tables.map(({ table, rows, checksum, copied, same }) => [
      table,
      String(rows),
      checksum,
      same ? 'the same' : `${copied.rows} rows, ${copied.checksum}`,
    ]),
  ];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map(([name = '', rows = '', checksum = '', copy = '']) =>
      [
        name.padEnd(widths[0] ?? 0),
        rows.padStart(widths[1] ?? 0),
        checksum.padEnd(widths[2] ?? 0),
        copy,
      ].join('  '),
    )
    .join('\n');
}
