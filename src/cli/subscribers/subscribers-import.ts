import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { withSteadyFile } from '../../base/file-text.js';
import { buildConfirmWords } from '../../delivery/notice-words.js';
import { toImportsPerDay, toRoutesCap } from '../../delivery/throttle/notice-budget.js';
import { COLUMN_FIELDS } from '../../subscribers/import-columns.js';
import { type ImportFileOptions, importFile } from '../../subscribers/import-file.js';
import { parseStanding } from '../../subscribers/import-standing.js';
import { type CliContext, withServices } from '../context.js';
import { answer, complain, progress } from '../output.js';
import { formatReport, toAsking, toJson } from './import-answer.js';

interface Options {
  confirmed?: boolean;
  dryRun?: boolean;
  suppress?: boolean;
  encoding?: string;
  column: string[];
  ignoreColumn: string[];
  status: string[];
  json?: boolean;
}

export function importCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('import')
    .description('take in the addresses of a CSV file, also of another tool')
    .argument(
      '<file>',
      'columns email, timezone, hour, frequency, weekday, length, language, topics, keywords, authors, organisations; only email is needed',
    )
    .option('--confirmed', 'their owners have agreed already: make them active, without a mail')
    .option('--dry-run', 'write nothing; say what would come in, what would stay out, and why')
    .option('--suppress', 'whoever bounced or complained elsewhere must not be mailed here')
    .option('--column <field=name>', 'what a column is, like "email=Contact"', collect, [])
    .option('--ignore-column <name>', 'read a file as if it had no such column', collect, [])
    .option('--status <word=meaning>', 'what a status is, like "VIP=active"', collect, [])
    .option('--encoding <name>', 'of a file that is not UTF-8, like windows-1252')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Rows that can't be taken are named by their line, and the others are imported; the exit code is 1
then. Who is known already stays as they are: nobody who has left is brought back, and the same file
again changes nothing. Whoever has left, bounced or complained where the file comes from stays out,
and who has not confirmed there is asked to confirm, also with --confirmed.

Fields for --column: ${COLUMN_FIELDS.join(', ')}.
Meanings for --status: active, pending, unsubscribed, bounced, complained. Options with "=" and
--ignore-column can be given again and again. docs/IMPORT.md has more.`,
    )
    .action((file: string, options: Options) =>
      withServices(context, async ({ store, config, clock, catalogues }) => {
        const { atomically, subscribers } = store;
        const { json } = options;
        const { site: messages, codes: languages } = await catalogues();
        const words = buildConfirmWords(config.site, messages);
        const findAsking = async (more: number) => {
          const waiting = (await store.status.status()).waitingNotices.import;
          const limits = { ...config.rateLimits, routesCap: toRoutesCap(config.routes) };
          return toAsking(waiting + more, toImportsPerDay(limits, clock.now()));
        };
        const show = progress(json);
        const { report, columns } = await withSteadyFile(file, (path) =>
          importFile({ atomically, subscribers, clock, languages, shown: words }, path, {
            ...toImportOptions(options),
            ...(show && { onProgress: ({ imported }) => show(`${imported} imported`) }),
          }),
        );
        show?.('');
        for (const { line, reason } of report.rejected) {
          complain(`${file}, line ${line}: ${reason}`);
        }
        const isDryRun = options.dryRun ?? false;
        const asking =
          report.pending === 0 ? null : await findAsking(isDryRun ? report.pending : 0);
        const shown = isDryRun ? columns : null;
        answer(json, toJson(report, shown, asking), formatReport(report, shown, asking));
        context.exitCode = report.rejected.length > 0 ? 1 : 0;
      }),
    );
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** @throws PaperboyError `bad_usage` */
function toImportOptions(options: Options): ImportFileOptions {
  return {
    confirmed: options.confirmed ?? false,
    isDryRun: options.dryRun ?? false,
    suppress: options.suppress ?? false,
    encoding: options.encoding,
    columns: { columns: options.column.map(parseColumn), ignored: options.ignoreColumn },
    statuses: options.status.map((text) => {
      const [word, name] = splitAtEquals('--status', text, text.lastIndexOf('='));
      const meaning = parseStanding(name);
      if (meaning) return [word, meaning];
      throw new PaperboyError(
        'bad_usage',
        `--status takes active, pending, unsubscribed, bounced or complained behind the "=", not "${name}".`,
      );
    }),
  };
}

/** @throws PaperboyError `bad_usage` */
function parseColumn(text: string): [field: string, heading: string] {
  const [name, heading] = splitAtEquals('--column', text, text.indexOf('='));
  const field = name.toLowerCase() === 'state' ? 'status' : name.toLowerCase();
  if (COLUMN_FIELDS.includes(field)) return [field, heading];
  throw new PaperboyError(
    'bad_usage',
    `"${name}" is no field for --column; choose ${COLUMN_FIELDS.join(', ')}.`,
  );
}

/** @throws PaperboyError `bad_usage` */
function splitAtEquals(option: string, text: string, at: number): [string, string] {
  const [before, after] = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
  if (at > 0 && before !== '' && after !== '') return [before, after];
  throw new PaperboyError(
    'bad_usage',
    `${option} takes two names with "=" between, not "${text}".`,
  );
}
