import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { annotate } from '../../editions/curate-draft.js';
import { readNote } from '../../editions/curation.js';
import { formatTarget } from '../../editions/draft.js';
import { answer, type CliContext, withServices } from '../context.js';
import { type EditionOptions, parseTarget, withEditionOptions } from './edition-draft.js';

export function noteCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('note')
    .description('put a few words above the papers, on the page, in the digest and in the feeds')
    .argument('[text]', 'plain text; an empty line begins a new paragraph')
    .option('--clear', 'take the note away');
  withEditionOptions(command)
    .addHelpText(
      'after',
      `
At most 1,000 characters in six paragraphs. What looks like markup is shown as it is typed.
  $ paperboy edition note "$(cat note.txt)"`,
    )
    .action((text: string | undefined, options: EditionOptions & { clear?: boolean }) =>
      withServices(context, async (services) => {
        const note = wanted(text, options.clear ?? false);
        const target = await parseTarget(services, options);
        const { atomically } = services.store;
        const { date, kind } = await annotate(
          { atomically, logger: services.logger },
          target,
          note,
        );
        const sentence = note === null ? 'has no note' : 'has your note';
        answer(
          options.json,
          { date, kind, note },
          `The draft of ${formatTarget(target)} ${sentence}.`,
        );
      }),
    );
}

function wanted(text: string | undefined, clear: boolean): string | null {
  if ((text !== undefined) === clear) {
    throw new PaperboyError('bad_usage', 'Give the note as one text, or --clear; not both.');
  }
  return text === undefined ? null : readNote(text);
}
