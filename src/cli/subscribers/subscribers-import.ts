import type { Command } from 'commander';
import { importFile } from '../../subscribers/import-file.js';
import { type CliContext, withServices } from '../context.js';
import { answer, complain, count, progress } from '../output.js';

interface Options {
  confirmed?: boolean;
  json?: boolean;
}

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
    .action((file: string, { confirmed = false, json }: Options) =>
      withServices(context, async ({ store: { atomically }, clock }) => {
        const show = progress(json);
        const report = await importFile({ atomically, clock }, file, {
          confirmed,
          ...(show && { onProgress: ({ imported }) => show(`${imported} imported`) }),
        });
        show?.('');
        const { imported, known, rejected } = report;
        for (const { line, reason } of rejected) {
          complain(`${file}, line ${line}: ${reason}`);
        }
        const rows = count(rejected.length, 'row');
        answer(json, report, `${imported} imported, ${known} known already, ${rows} rejected.`);
        context.exitCode = rejected.length > 0 ? 1 : 0;
      }),
    );
}
