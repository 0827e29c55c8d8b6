import type { Command } from 'commander';
import { prepareMails } from '../jobs/run-pictures.js';
import { runDay } from '../jobs/send-day.js';
import { failureSentence } from '../sources/fetch.js';
import { type CliContext, toJobDeps, withServices } from './context.js';
import { answer, complain, progress } from './output.js';
import { pickAnswer, pickSentence } from './pick.js';
import { toSendOptions } from './send.js';
import { leftSentence, sendAnswer, sendSentence } from './send-report.js';

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
        const show = progress(options.json);
        const jobs = toJobDeps(services);
        const sources = await services.sources();
        const deps = { ...jobs, sources, prepareMails: prepareMails(jobs) };
        const { day, fetched, failed, picked, sent } = await runDay(
          deps,
          toSendOptions(options, show),
        );
        show?.('');
        const missing = failed.length > 0 && { failed };
        answer(
          options.json,
          { date: day, fetched, ...missing, picked: pickAnswer(picked), ...sendAnswer(sent) },
          `${pickSentence(picked)}\n${sendSentence(sent)}`,
        );
        if (failed.length > 0) complain(failureSentence(failed));
        context.exitCode = sent.open > 0 ? 1 : 0;
        if (sent.open > 0) complain(leftSentence(sent));
      }),
    );
}
