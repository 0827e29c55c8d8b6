import type { Command } from 'commander';
import { move } from '../../editions/curate-draft.js';
import type { CliContext } from '../context.js';
import {
  changePaper,
  type EditionOptions,
  readPlace,
  withEditionOptions,
} from './edition-draft.js';

export function moveCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('move')
    .description('give a paper of the edition another place, and pin it there')
    .argument('<paper>', 'arXiv id or link')
    .requiredOption('--to <place>', '1 for the top');
  withEditionOptions(command).action((paper: string, options: EditionOptions & { to: string }) => {
    const to = readPlace('--to', options.to);
    return changePaper(
      context,
      paper,
      options,
      (deps, target, id) => move(deps, target, id, to),
      (id, place) => `${id} is pinned; it stands at place ${place}.`,
    );
  });
}
