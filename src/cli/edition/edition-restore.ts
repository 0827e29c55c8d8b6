import type { Command } from 'commander';
import { restore } from '../../editions/curate-draft.js';
import type { CliContext } from '../context.js';
import { changePaper, type EditionOptions, withEditionOptions } from './edition-draft.js';

export function restoreCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('restore')
    .description('take a dropped paper back to where its votes put it')
    .argument('<paper>', 'arXiv id or link');
  withEditionOptions(command).action((paper: string, options: EditionOptions) =>
    changePaper(context, paper, options, restore, (id, place) =>
      place === null
        ? `${id} is not dropped any more; that day did not list it, so pin it to have it.`
        : `${id} is back; it stands at place ${place}.`,
    ),
  );
}
