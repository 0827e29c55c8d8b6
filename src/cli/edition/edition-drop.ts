import type { Command } from 'commander';
import { drop } from '../../editions/curate-draft.js';
import { readReason } from '../../editions/curation.js';
import type { CliContext } from '../context.js';
import { changePaper, type EditionOptions, withEditionOptions } from './edition-draft.js';

export function dropCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('drop')
    .description('leave a paper out; later editions leave it out too, unless it is pinned there')
    .argument('<paper>', 'arXiv id or link')
    .option('--reason <text>', 'for the log and for "edition show"');
  withEditionOptions(command).action(
    (paper: string, options: EditionOptions & { reason?: string }) => {
      const reason = readReason(options.reason);
      return changePaper(
        context,
        paper,
        options,
        (deps, target, id) => drop(deps, target, id, reason),
        (id) => `${id} is dropped.`,
      );
    },
  );
}
