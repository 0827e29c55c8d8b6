import type { Command } from 'commander';
import { parseDay } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { type Accepted, acceptSuggestion } from '../../editions/accept-suggestion.js';
import { joined } from '../../views/names.js';
import { answer, type CliContext, withServices } from '../context.js';
import { parsePaperId } from '../edition/edition-draft.js';

interface Options {
  date?: string;
  /** `false`: nobody; left out: not said. */
  credit?: string | false;
  json?: boolean;
}

export function acceptCommand(suggestions: Command, context: CliContext): void {
  suggestions
    .command('accept')
    .description('list a suggested paper for an edition, which names who suggested it')
    .argument('<paper>', 'arXiv id or link')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest draft or the next edition')
    .option('--credit <numbers>', 'whom the edition names, by their numbers in the list: 1 or 1,3')
    .option('--no-credit', 'the edition names nobody')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
A paper that was declined may be accepted still. Whom the edition names has to be said where there are
names, since others may have come since you read the list. It stands where its votes put it, mostly at
the end; "paperboy edition pin" puts it further up. If no edition of that day comes about, the next one
has it.`,
    )
    .action((paper: string, options: Options) =>
      withServices(context, async (services) => {
        const { store, clock, logger, today } = services;
        const lookup = await services.lookup();
        const accepted = await acceptSuggestion(
          { ...store, lookup, clock, logger, today },
          parsePaperId(paper),
          {
            day: options.date === undefined ? undefined : parseDay(options.date),
            credit: options.credit === false ? [] : readNumbers(options.credit),
          },
        );
        answer(options.json, accepted, sentence(accepted));
      }),
    );
}

/** @throws PaperboyError `bad_usage` */
function readNumbers(text: string | undefined): number[] | null {
  if (text === undefined) return null;
  if (/^\s*[1-9]\d{0,2}(?:\s*,\s*[1-9]\d{0,2})*\s*$/.test(text)) {
    return [...new Set(text.split(',').map(Number))];
  }
  throw new PaperboyError('bad_usage', `--credit takes numbers like 1 or 1,3, not "${text}".`);
}

function sentence({ paperId, title, day, credit, place }: Accepted): string {
  const where =
    place === null
      ? `comes with the edition of ${day} or the next after it`
      : `is in the draft of ${day} at place ${place}`;
  const thanks = credit.length > 0 ? `, suggested by ${joined(credit)}` : '';
  return `"${title}" (${paperId}) ${where}${thanks}.`;
}
