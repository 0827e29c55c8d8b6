import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { fetchDay, newestDay } from '../papers/fetch.js';
import { answer, type CliContext, count, withServices } from './context.js';

interface Options {
  date?: string;
  source?: string;
  json?: boolean;
}

export function fetchCommand(program: Command, context: CliContext): void {
  program
    .command('fetch')
    .description('read the papers of a day from the sources into the store')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest day that has papers')
    .option('--source <name>', 'only this source')
    .option('--json', 'answer with one JSON object')
    .action((options: Options) =>
      withServices(context, async ({ sources: all, store, logger, today }) => {
        const known = await all();
        const sources = known.filter(({ name }) => !options.source || name === options.source);
        if (sources.length === 0) {
          throw new PaperboyError(
            'bad_usage',
            `"${options.source}" is not a source that is set up.`,
          );
        }
        const { date } = options;
        const day = date === undefined ? await newestDay(sources, today()) : parseDay(date);
        const reports = await fetchDay({ sources, papers: store.papers, logger }, day);
        const told = Object.entries(reports).map(
          ([name, { listed, stored, dropped }]) =>
            `${name}: ${count(stored, 'paper')} of ${day} stored (${listed} listed, ${dropped.length} left out)`,
        );
        answer(options.json, reports, told.join('\n'));
      }),
    );
}
