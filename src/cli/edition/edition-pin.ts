import type { Command } from 'commander';
import { pin } from '../../editions/curate-draft.js';
import type { CliContext } from '../context.js';
import {
  changePaper,
  type EditionOptions,
  readPlace,
  withEditionOptions,
} from './edition-draft.js';

export function pinCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('pin')
    .description('hold a paper at a place, however the votes go; it may be one of another day')
    .argument('<paper>', 'arXiv id or link')
    .option('--at <place>', '1 for the top; without it, the first place where none is pinned');
  withEditionOptions(command)
    .addHelpText(
      'after',
      `
A paper that was not listed on that day comes in too, if the store knows it and no other edition
carries it.`,
    )
    .action((paper: string, options: EditionOptions & { at?: string }) => {
      const at = options.at === undefined ? undefined : readPlace('--at', options.at);
      return changePaper(
        context,
        paper,
        options,
        (deps, target, id) => pin(deps, target, id, at),
        (id, place) => `${id} is pinned; it stands at place ${place}.`,
      );
    });
}
