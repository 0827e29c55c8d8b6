import type { Command } from 'commander';
import { type Day, parseDay } from '../base/day.js';
import { makeEdition } from '../jobs/daily-run.js';
import { refreshWeek } from '../jobs/weekly-run.js';
import { failureSentence } from '../sources/fetch.js';
import { answer, type CliContext, withServices } from './context.js';
import { pickAnswer, pickSentence } from './pick.js';
import { findWeekly, leftSentence, send, sendAnswer, sendSentence } from './send.js';

interface Options {
  date?: string;
  now?: boolean;
  json?: boolean;
}

export function runCommand(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('fetch, pick and send a day: what happens at the hour of PICK_CRON, by hand')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest day that has papers')
    .option('--now', 'to everybody at once, whatever their hour and the age of the edition')
    .option('--json', 'answer with one JSON object')
    .action((options: Options) =>
      withServices(context, async (services) => {
        const day = options.date === undefined ? undefined : parseDay(options.date);
        const { store, clock, logger, today, config } = services;
        const sources = await services.sources();
        const { ranking } = config;
        const deps = { ...store, sources, clock, logger, today, ranking };
        const { day: date, fetched, failed, picked } = await makeEdition(deps, { day });
        const refresh = (last: Day) => refreshWeek(deps, last);
        const weekly = await findWeekly(services, day, options, refresh);
        const report = await send(services, [picked.edition, weekly], options);
        answer(
          options.json,
          {
            date,
            fetched,
            ...(failed.length > 0 && { failed }),
            picked: pickAnswer(picked),
            ...sendAnswer(report),
          },
          `${pickSentence(picked)}\n${sendSentence(report)}`,
        );
        if (failed.length > 0) process.stderr.write(`paperboy: ${failureSentence(failed)}\n`);
        context.exitCode = report.open > 0 ? 1 : 0;
        if (report.open > 0) process.stderr.write(`paperboy: ${leftSentence(report)}\n`);
      }),
    );
}
