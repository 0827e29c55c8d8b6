import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { type PickReport, pickEdition } from '../editions/pick.js';
import { type CliContext, withServices } from './context.js';
import { answer, count } from './output.js';

export function pickCommand(program: Command, context: CliContext): void {
  program
    .command('pick')
    .description('make the edition of a day, or refresh it while it is a draft')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest day that has papers')
    .option('--json', 'answer with one JSON object')
    .action((options: { date?: string; json?: boolean }) =>
      withServices(context, async ({ store, clock, logger, config }) => {
        const { papers, editions } = store;
        const { date } = options;
        const day = date === undefined ? await papers.newestListedDay() : parseDay(date);
        if (day === null) {
          throw new PaperboyError(
            'no_papers',
            'There are no papers yet; run "paperboy fetch" first.',
          );
        }
        const report = await pickEdition(
          { papers, editions, clock, logger, ranking: config.ranking },
          day,
        );
        answer(options.json, pickAnswer(report), pickSentence(report));
      }),
    );
}

export function pickAnswer({ edition, changed, repeated, rising }: PickReport) {
  const { date, state, count: papers } = edition;
  return { date, state, papers, changed, repeated, ...(rising > 0 && { rising }) };
}

export function pickSentence({ edition, changed, repeated, rising }: PickReport): string {
  if (!changed) {
    return `The edition of ${edition.date} is frozen with ${count(edition.count, 'paper')}; nothing was changed.`;
  }
  const left = repeated > 0 ? `; ${repeated} left out, since another edition carries them` : '';
  const late = rising > 0 ? `, ${rising} of them still rising from days before` : '';
  return `The edition of ${edition.date} has ${count(edition.count, 'paper')}${late}${left}.`;
}
