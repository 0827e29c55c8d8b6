import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { prepareMails } from '../jobs/run-pictures.js';
import { type SendDayOptions, sendDay, sendRefusedAgain } from '../jobs/send-day.js';
import { type CliContext, stopSignal, toJobDeps, withServices } from './context.js';
import { answer, complain, progress } from './output.js';
import { leftSentence, progressText, sendAnswer, sendSentence } from './send-report.js';

interface Options {
  date?: string;
  now?: boolean;
  again?: string;
  json?: boolean;
}

export function sendCommand(program: Command, context: CliContext): void {
  program
    .command('send')
    .description('plan the edition of a day and deliver it to all that are due')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest edition, and the week to this day')
    .option('--now', 'to everybody at once, whatever their hour and the age of the edition')
    .option('--again <outcome>', '"refused": what servers refused, and nothing else')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Readers of weekly digests get the best of the seven days that end on that day, if it is their day;
the counts are those of both editions.

Waits up to two minutes for mails that are to be tried again. Sending the same edition again is
safe: nobody gets it twice. Exit code 1 when something is left that is due.

With --again refused, what was refused of the daily and the weekly edition of that day is planned once
more, due at once, where the address may still be mailed: for when it was your server or your settings
that were at fault.`,
    )
    .action((options: Options) =>
      withServices(context, async (services) => {
        const isAgain = parseAgain(options.again);
        const show = progress(options.json);
        const how = toSendOptions(options, show);
        const jobs = toJobDeps(services);
        const deps = { ...jobs, prepareMails: prepareMails(jobs) };
        const { report, again } = isAgain
          ? await sendRefusedAgain(deps, how)
          : { report: await sendDay(deps, how), again: null };
        show?.('');
        answer(
          options.json,
          { ...sendAnswer(report), ...(again !== null && { again }) },
          `${again === null ? '' : `${again} planned again. `}${sendSentence(report)}`,
        );
        context.exitCode = report.open > 0 ? 1 : 0;
        if (report.open > 0) complain(leftSentence(report));
      }),
    );
}

export function toSendOptions(
  { date, now = false }: Pick<Options, 'date' | 'now'>,
  show: ((text: string) => void) | undefined,
): SendDayOptions {
  return {
    day: date === undefined ? undefined : parseDay(date),
    now,
    stopSignal,
    onProgress: show && ((counts) => show(progressText(counts))),
  };
}

/** @throws PaperboyError `bad_usage` */
function parseAgain(outcome: string | undefined): boolean {
  if (outcome === undefined || outcome === 'refused') return outcome !== undefined;
  throw new PaperboyError('bad_usage', `--again takes "refused", not "${outcome}".`);
}
