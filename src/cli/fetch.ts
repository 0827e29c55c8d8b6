import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { Services } from '../services.js';
import { backfill } from '../sources/backfill.js';
import {
  type FetchDeps,
  type FetchReport,
  failureSentence,
  fetchDay,
  newestDay,
  type SourceFailure,
} from '../sources/fetch.js';
import type { Source } from '../sources/source.js';
import { type CliContext, stopSignal, withServices } from './context.js';
import { answer, complain, count } from './output.js';

interface Options {
  date?: string;
  from?: string;
  to?: string;
  source?: string;
  file?: string;
  again?: boolean;
  json?: boolean;
}

export function fetchCommand(program: Command, context: CliContext): void {
  program
    .command('fetch')
    .description('read the papers of a day from the sources into the store')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest day that has papers')
    .option('--from <day>', 'the first of several days; goes with --to')
    .option('--to <day>', 'the last of them')
    .option('--source <name>', 'only this source: huggingface, arxiv, feed or file')
    .option('--file <file>', 'what the source "file" reads: JSON, JSON Lines or CSV')
    .option('--again', 'ask for what is known already as well')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
A range leaves out the days that were read when they were long over, so one that broke off goes on
where it was. When a source can't be read, the others' papers are stored and the exit code is 1.

A file has at least the columns or fields title and abstract; it may have authors, arxiv_id, doi,
url, date, keywords, categories, organisation and upvotes, also under the names that Zotero, Semantic
Scholar, OpenReview and arXiv use. Its papers are listed for --date, or else for today. Rows that
can't be taken are named by their line, and the others stored; the exit code is 1 then.`,
    )
    .action((options: Options) =>
      withServices(context, async (services) => {
        checkUsage(options);
        const { store, clock, logger } = services;
        const deps = { ...store, sources: await chooseSources(services, options), clock, logger };
        const failed =
          options.from === undefined
            ? await fetchOne(deps, services.today(), options)
            : await fetchRange(deps, options);
        if (failed) context.exitCode = 1;
      }),
    );
}

function checkUsage({ date, from, to, source, file }: Options): void {
  const wrong = (sentence: string) => new PaperboyError('bad_usage', sentence);
  if ((from === undefined) !== (to === undefined)) throw wrong('--from and --to go together.');
  if (from !== undefined && date !== undefined) throw wrong('Take --date, or --from and --to.');
  if ((source === 'file') !== (file !== undefined)) {
    throw wrong('--source file and --file go together.');
  }
  if (file !== undefined && from !== undefined) throw wrong('A file is read for one day.');
}

async function chooseSources(services: Services, { source, file }: Options): Promise<Source[]> {
  if (file !== undefined) {
    const { fileSource } = await import('../sources/files/file.js');
    return [fileSource(file)];
  }
  const sources = (await services.sources()).filter(({ name }) => !source || name === source);
  if (sources.length > 0) return sources;
  throw new PaperboyError('bad_usage', `"${source}" is not a source that is set up.`);
}

async function fetchOne(deps: FetchDeps, today: string, options: Options): Promise<boolean> {
  const { date, file, again = false, json } = options;
  const how = { today, since: deps.clock.now() };
  const newest = date === undefined ? await newestDay(deps, today, how) : null;
  const day = newest?.day ?? parseDay(date ?? today);
  const anew = again || file !== undefined;
  const { reports, failures } = await fetchDay(deps, day, { ...how, again: anew });
  answer(json, reports, formatReports(day, reports));
  const missing = new Map(
    [...(newest?.failures ?? []), ...failures].map((failure) => [failure.source, failure]),
  );
  reportFailures([...missing.values()]);
  const rows = file === undefined ? [] : (reports['file']?.dropped ?? []);
  for (const { id, reason } of rows) complain(`${file}, ${id}: ${reason}`);
  return missing.size > 0 || rows.length > 0;
}

async function fetchRange(deps: FetchDeps, options: Options): Promise<boolean> {
  const { from = '', to = '', again = false, json } = options;
  const report = await backfill(deps, {
    ...{ from: parseDay(from), to: parseDay(to), again, signal: stopSignal() },
    onDay: (day, reports) => {
      if (!json) answer(false, {}, formatReports(day, reports));
    },
  });
  const days = Object.keys(report.days).length;
  answer(json, report, `${count(days, 'day')} of ${from} to ${to} read.`);
  reportFailures(report.failed);
  return report.failed.length > 0;
}

function reportFailures(failures: readonly (SourceFailure & { day?: string })[]): void {
  for (const { day, ...failure } of failures) {
    const when = day === undefined ? '' : `${day}: `;
    complain(`${when}${failureSentence([failure])}`);
  }
}

function formatReports(day: string, reports: Record<string, FetchReport>): string {
  const lines = Object.entries(reports).map(([name, report]) => {
    const { listed, stored, dropped, unchanged, skipped } = report;
    const how = `${listed} listed, ${dropped.length} left out`;
    const known = (unchanged && ', unchanged') || (skipped && ', known already') || '';
    return `${name}: ${count(stored, 'paper')} of ${day} stored (${how}${known})`;
  });
  return lines.join('\n');
}
