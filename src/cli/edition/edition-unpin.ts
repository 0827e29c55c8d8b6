import type { Command } from 'commander';
import { unpin } from '../../editions/curate-draft.js';
import type { CliContext } from '../context.js';
import { changePaper, type EditionOptions, withEditionOptions } from './edition-draft.js';

export function unpinCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('unpin')
    .description('let a pinned paper go back to where its votes put it')
    .argument('<paper>', 'arXiv id or link');
  withEditionOptions(command).action((paper: string, options: EditionOptions) =>
    changePaper(context, paper, options, unpin, (id, place) =>
      place === null
        ? `${id} is not pinned any more; that day did not list it, so it has left the edition.`
        : `${id} is not pinned any more; it stands at place ${place}.`,
    ),
  );
}
