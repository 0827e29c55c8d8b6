import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import type { Services } from '../../services.js';
import { type ImportRow, importSubscribers } from '../../subscribers/import.js';
import { answer, type CliContext, count, progress, withServices } from '../context.js';
import { type CsvRow, readCsv } from './csv.js';

interface Options {
  confirmed?: boolean;
  json?: boolean;
}

interface Report {
  imported: number;
  known: number;
  rejected: { line: number; reason: string }[];
}

/** Rows that are written in one transaction. */
const BATCH = 500;

export function importCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('import')
    .description('take in the addresses of a CSV file')
    .argument(
      '<file>',
      'columns email, timezone, hour, frequency, weekday, length, topics, keywords, authors, organisations; only email is needed',
    )
    .option('--confirmed', 'their owners have agreed already: make them active, without a mail')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Rows that can't be taken are named by their line, and the others are imported; the exit code is 1
then. Who is known already stays as they are: nobody who has left is brought back. In a file of
"subscribers export" only active and pending ones are taken; pending ones are asked to confirm.`,
    )
    .action((file: string, options: Options) =>
      withServices(context, async (services) => {
        const show = progress(options.json);
        const report = await importFile(services, file, options.confirmed ?? false, show);
        show?.('');
        for (const { line, reason } of report.rejected) {
          process.stderr.write(`paperboy: ${file}, line ${line}: ${reason}\n`);
        }
        const { imported, known, rejected } = report;
        answer(
          options.json,
          report,
          `${imported} imported, ${known} known already, ${count(rejected.length, 'row')} rejected.`,
        );
        context.exitCode = rejected.length > 0 ? 1 : 0;
      }),
    );
}

async function importFile(
  services: Services,
  file: string,
  confirmed: boolean,
  show: ((text: string) => void) | undefined,
): Promise<Report> {
  const report: Report = { imported: 0, known: 0, rejected: [] };
  let batch: CsvRow[] = [];
  for await (const row of readCsv(file, 'email')) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    await importBatch(services, batch, confirmed, report);
    batch = [];
    show?.(`${report.imported} imported`);
  }
  await importBatch(services, batch, confirmed, report);
  return report;
}

/**
 * All rows of a batch are written, or none: a failure of the store must not lose some of them. The
 * work may be done again, so it is counted when it is done.
 */
async function importBatch(
  { store, clock }: Services,
  rows: CsvRow[],
  confirmed: boolean,
  report: Report,
): Promise<void> {
  const read = rows.map((row) => toImportRow(row, confirmed));
  const good = read.flatMap((row) => (row instanceof PaperboyError ? [] : [row]));
  const results = await store.atomically((stores) =>
    importSubscribers({ ...stores, clock }, good, 'import'),
  );
  const next = results.values();
  for (const [index, row] of read.entries()) {
    const result = row instanceof PaperboyError ? row : next.next().value;
    if (result instanceof PaperboyError) {
      report.rejected.push({ line: rows[index]?.line ?? 0, reason: result.message });
    } else if (result) report[result]++;
  }
}

function toImportRow(row: CsvRow, confirmed: boolean): ImportRow | PaperboyError {
  if ('reason' in row) return new PaperboyError('bad_csv', row.reason);
  const { email = '', state = '', ...preferences } = row.fields;
  // An export names states: who gets no digests there must not be brought back by importing it.
  if (!['', 'active', 'pending'].includes(state)) {
    return new PaperboyError('bad_csv', `its state is ${state}, so it was left out`);
  }
  return { row: { email, ...preferences }, confirmed: confirmed && state !== 'pending' };
}
